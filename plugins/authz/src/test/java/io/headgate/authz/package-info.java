/** Tests of this module, and the issuer that other modules' tests take their tokens from. */
@NullMarked
package io.headgate.authz;

import org.jspecify.annotations.NullMarked;

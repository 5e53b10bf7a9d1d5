/** Tests of this module. */
@NullMarked
package io.headgate.ratelimit;

import org.jspecify.annotations.NullMarked;

/** Tests of this module. */
@NullMarked
package io.headgate.filter;

import org.jspecify.annotations.NullMarked;

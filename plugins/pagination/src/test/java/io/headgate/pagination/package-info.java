/** Tests of this module. */
@NullMarked
package io.headgate.pagination;

import org.jspecify.annotations.NullMarked;

/** Tests of this module. */
@NullMarked
package io.headgate.reads;

import org.jspecify.annotations.NullMarked;

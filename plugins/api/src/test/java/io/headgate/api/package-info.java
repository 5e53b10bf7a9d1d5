/** Fixtures that the tests of every module share, beside the tests of the contracts themselves. */
@NullMarked
package io.headgate.api;

import org.jspecify.annotations.NullMarked;

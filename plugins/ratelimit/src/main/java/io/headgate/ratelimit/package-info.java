/**
 * How much a caller may ask for, and who waits when there is too much.
 * A request enters by the filter of its route, after it was authorized.
 * It must never let a request through half counted: one that a limit refuses uses up none of the others.
 */
@NullMarked
package io.headgate.ratelimit;

import org.jspecify.annotations.NullMarked;

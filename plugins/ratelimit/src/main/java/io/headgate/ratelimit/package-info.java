/**
 * How much a caller may ask for, and who waits when there is too much.
 * A request will enter after it was authorized; today only the route's section is read here.
 * It must never let a request through half counted: one that a limit refuses uses up none of the others.
 */
@NullMarked
package io.headgate.ratelimit;

import org.jspecify.annotations.NullMarked;

/**
 * One language for filters at the edge, and every backend's own behind it.
 * A request will enter with its query unread; today only the route's section is read here.
 * It must never pass on what a client wrote: what leaves is made anew from what was understood.
 */
@NullMarked
package io.headgate.filter;

import org.jspecify.annotations.NullMarked;

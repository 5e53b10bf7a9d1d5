/**
 * One language for filters at the edge, and every backend's own behind it.
 * A request enters {@code QueryFilter} with its query unread, and leaves with one that was understood and written anew.
 * It must never pass on what a client wrote, nor a query without the tenant of its caller.
 */
@NullMarked
package io.headgate.filter;

import org.jspecify.annotations.NullMarked;

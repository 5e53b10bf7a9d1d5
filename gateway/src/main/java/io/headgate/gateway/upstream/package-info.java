/**
 * Calls to backends: pools, time-outs, retries, breakers, and the stream both ways.
 * A request enters through the filters that {@code Upstreams} builds for a route.
 * It must never hold a body, wait without a bound, or keep calling for a client that has gone.
 */
@NullMarked
package io.headgate.gateway.upstream;

import org.jspecify.annotations.NullMarked;

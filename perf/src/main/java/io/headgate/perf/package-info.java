/**
 * Measures the gateway from outside, beside a bare Spring Cloud Gateway, a raw reactor-netty proxy, nginx and HAProxy,
 * each a process of its own on loopback. A measurement enters at {@link io.headgate.perf.Bench} and goes to the
 * generator's process as one line of JSON. It must never be on the gateway's class path, and never report a round in
 * which a request failed as if it were a good one.
 */
@NullMarked
package io.headgate.perf;

import org.jspecify.annotations.NullMarked;

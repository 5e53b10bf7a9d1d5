/**
 * Sends reads to replicas that have seen what the caller wrote.
 * A read enters at {@link io.headgate.reads.RoutedConnectionFactory}, with what its caller saw in the Reactor Context.
 * It must never answer with less than the level of consistency that it says it met.
 */
@NullMarked
package io.headgate.reads;

import org.jspecify.annotations.NullMarked;

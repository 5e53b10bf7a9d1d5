/**
 * The contracts that every plugin shares: who calls, what was refused, where a step stands, and what changes live.
 * A request meets this package first as an {@link io.headgate.api.ExchangeKey}, last as a {@link io.headgate.api.Problem}.
 * It must never know a plugin, nor the gateway.
 */
@NullMarked
package io.headgate.api;

import org.jspecify.annotations.NullMarked;

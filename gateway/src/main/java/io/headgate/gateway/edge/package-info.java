/**
 * The edge: hygiene, the index of routes, and the chain of steps, compiled once per route.
 * A request enters through {@code EdgeHandler}; a refusal leaves through the problem handler.
 * It must never do work that grows with the number of routes, or pass on what it did not look at.
 */
@NullMarked
package io.headgate.gateway.edge;

import org.jspecify.annotations.NullMarked;

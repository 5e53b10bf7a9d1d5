/**
 * The stack that developers, tests and drills run against: PostgreSQL with two replicas, Redis, Kafka, a token issuer,
 * demo backends and gateways, each a process of its own. People enter through {@link io.headgate.local.Headgate}, tests
 * through {@link io.headgate.local.SharedStack}. It must never be on the class path of production, nor listen anywhere
 * but on loopback, nor outlive the process that started it.
 */
@NullMarked
package io.headgate.local;

import org.jspecify.annotations.NullMarked;

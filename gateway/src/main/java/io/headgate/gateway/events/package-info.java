/**
 * Keeps what happened: a spool on this machine's disk, its delivery to Kafka, and the audit in PostgreSQL. An event
 * enters by {@link io.headgate.gateway.events.SpooledEventLog}, on the event loop and without a system call. An event
 * that was taken must never be lost, and the audit must never be changed without it showing.
 */
@NullMarked
package io.headgate.gateway.events;

import org.jspecify.annotations.NullMarked;

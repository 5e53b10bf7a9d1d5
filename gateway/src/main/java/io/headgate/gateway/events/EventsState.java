package io.headgate.gateway.events;

import java.time.Instant;
import java.util.Optional;

/**
 * How the events of this instance are doing.
 *
 * @param limit the bytes at which the spool is full
 * @param full whether an event that came now would find no room
 * @param oldest when the oldest event occurred that waits
 * @param failingSince since when nothing could be delivered
 * @param reason why not
 */
public record EventsState(
        long spooledBytes,
        long limit,
        boolean full,
        Optional<Instant> oldest,
        Optional<Instant> failingSince,
        Optional<String> reason,
        long appended,
        long delivered,
        long deadLettered,
        long refused,
        long dropped) {}

package io.headgate.gateway.events;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Which events to look for, newest first.
 *
 * @param from the first moment
 * @param to the moment before which they occurred
 * @param after the last of an earlier page
 */
public record AuditQuery(
        Optional<String> eventType,
        Optional<String> requestId,
        Optional<String> accountId,
        Optional<String> userId,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<Place> after,
        int limit) {

    /** Where an event stands in the order of the lists. */
    public record Place(Instant occurredAt, UUID eventId) {

        public static Place of(AuditEntry entry) {
            return new Place(entry.occurredAt(), entry.eventId());
        }

        /** @throws IllegalArgumentException where the text is none of {@link #toString} */
        public static Place parse(String text) {
            String[] parts = text.split(" ", 2);
            try {
                return new Place(Instant.parse(parts[0]), UUID.fromString(parts[parts.length - 1]));
            } catch (DateTimeException e) {
                throw new IllegalArgumentException(e);
            }
        }

        @Override
        public String toString() {
            return occurredAt + " " + eventId;
        }
    }
}

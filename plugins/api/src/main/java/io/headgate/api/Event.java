package io.headgate.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * One thing that happened, in the envelope that all consumers share.
 *
 * @param eventId a UUID of version 7, by which consumers drop what they have already seen
 * @param accountId the tenant, where one is concerned
 */
public record Event(
        UUID eventId,
        String eventType,
        Instant occurredAt,
        Optional<String> accountId,
        Optional<String> userId,
        Optional<String> requestId,
        Optional<String> traceId,
        Map<String, Object> data) {}

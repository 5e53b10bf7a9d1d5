package io.headgate.gateway.events;

import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * An event as the audit holds it.
 *
 * @param data JSON, character for character as it is stored
 */
public record AuditEntry(
        UUID eventId,
        String eventType,
        Instant occurredAt,
        Optional<String> accountId,
        Optional<String> userId,
        Optional<String> requestId,
        Optional<String> traceId,
        String data) {

    static final String COLUMNS = "event_id, event_type, occurred_at, account_id, user_id, request_id, trace_id, data";

    /** @throws IllegalArgumentException where the bytes are no event */
    static AuditEntry parse(byte[] json) {
        try {
            JsonNode event = EventJson.read(json);
            return new AuditEntry(
                    UUID.fromString(event.required("event_id").stringValue()),
                    event.required("event_type").stringValue(),
                    Instant.parse(event.required("occurred_at").stringValue()).truncatedTo(ChronoUnit.MICROS),
                    text(event, "account_id"),
                    text(event, "user_id"),
                    text(event, "request_id"),
                    text(event, "trace_id"),
                    EventJson.JSON.writeValueAsString(event.required("data")));
        } catch (JacksonException | DateTimeException e) {
            throw new IllegalArgumentException("no event: " + e.getMessage(), e);
        }
    }

    /** As PostgreSQL can keep it: neither NUL nor half a character. */
    private static Optional<String> text(JsonNode event, String member) {
        JsonNode value = event.path(member);
        if (!value.isString()) {
            return Optional.empty();
        }
        byte[] whole = value.stringValue().replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
        return Optional.of(new String(whole, StandardCharsets.UTF_8));
    }

    static AuditEntry of(Readable row) {
        return new AuditEntry(
                AuditDatabase.required(row, "event_id", UUID.class),
                AuditDatabase.required(row, "event_type", String.class),
                AuditDatabase.required(row, "occurred_at", Instant.class),
                Optional.ofNullable(row.get("account_id", String.class)),
                Optional.ofNullable(row.get("user_id", String.class)),
                Optional.ofNullable(row.get("request_id", String.class)),
                Optional.ofNullable(row.get("trace_id", String.class)),
                AuditDatabase.required(row, "data", String.class));
    }

    /** What the event tells, to look into. */
    public JsonNode document() {
        return EventJson.JSON.readTree(data);
    }

    /** The link of a chain that this entry makes at a place. Every part has its length before it, so that no two entries read alike. */
    byte[] link(String partition, long position, byte[] previous) {
        MessageDigest digest = sha256();
        add(digest, Optional.of(partition));
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(position).flip());
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(previous.length).flip());
        digest.update(previous);
        digest.update(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(eventId.getMostSignificantBits())
                .putLong(eventId.getLeastSignificantBits())
                .flip());
        add(digest, Optional.of(eventType));
        digest.update(ByteBuffer.allocate(Long.BYTES)
                .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, occurredAt))
                .flip());
        add(digest, accountId);
        add(digest, userId);
        add(digest, requestId);
        add(digest, traceId);
        add(digest, Optional.of(data));
        return digest.digest();
    }

    private static void add(MessageDigest digest, Optional<String> text) {
        byte[] bytes = text.map(value -> value.getBytes(StandardCharsets.UTF_8)).orElse(new byte[0]);
        digest.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(text.isPresent() ? bytes.length : -1)
                .flip());
        digest.update(bytes);
    }

    static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}

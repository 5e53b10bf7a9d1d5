package io.headgate.gateway.events;

import io.headgate.api.Event;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.ByteArrayBuilder;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The envelope on the wire. All of its members are always there; those that do not apply are null. */
final class EventJson {

    /** In ASCII alone, so that no string that a client sent can be more than a string. Decimals keep their digits. */
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private EventJson() {}

    static byte[] write(Event event) {
        try (var bytes = new ByteArrayBuilder(512)) {
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeStringProperty("event_id", event.eventId().toString());
                json.writeStringProperty("event_type", event.eventType());
                json.writeStringProperty("occurred_at", time(event.occurredAt()));
                optional(json, "account_id", event.accountId());
                optional(json, "user_id", event.userId());
                optional(json, "request_id", event.requestId());
                optional(json, "trace_id", event.traceId());
                json.writePOJOProperty("data", event.data());
                json.writeEndObject();
            }
            return bytes.toByteArray();
        }
    }

    static JsonNode read(byte[] json) {
        return JSON.readTree(json);
    }

    /** In the microseconds that PostgreSQL keeps: what comes back must be what went in. */
    static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MICROS).toString();
    }

    private static void optional(JsonGenerator json, String name, Optional<String> value) {
        if (value.isPresent()) {
            json.writeStringProperty(name, value.get());
        } else {
            json.writeNullProperty(name);
        }
    }
}

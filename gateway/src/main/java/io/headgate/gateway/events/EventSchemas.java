package io.headgate.gateway.events;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** One schema an event type, as the files in {@code events/} that consumers read too. */
final class EventSchemas {

    static final List<String> TYPES = List.of(
            "permission.checked",
            "permission.denied",
            "filter.applied",
            "filter.rejected",
            "export.requested",
            "export.completed",
            "export.failed",
            "export.downloaded",
            "limit.exceeded",
            "limit.approached",
            "config.changed");

    private final Map<String, JsonSchema> byFile = new LinkedHashMap<>();

    EventSchemas() {
        TYPES.forEach(type -> load(type + ".json"));
    }

    /** What is wrong with an event; empty where nothing is. */
    Optional<String> check(byte[] event) {
        try {
            return check(EventJson.read(event));
        } catch (JacksonException e) {
            return Optional.of("not readable as JSON");
        }
    }

    private Optional<String> check(JsonNode event) {
        JsonNode type = event.path("event_type");
        if (!type.isString() || !TYPES.contains(type.stringValue())) {
            return Optional.of("/event_type is " + type + " (expected: one of " + String.join(", ", TYPES) + ")");
        }
        return load(type.stringValue() + ".json").check(event);
    }

    private JsonSchema load(String file) {
        JsonSchema known = byFile.get(file);
        if (known != null) {
            return known;
        }
        JsonSchema schema = JsonSchema.read(document(file), this::load);
        byFile.put(file, schema);
        return schema;
    }

    static JsonNode document(String file) {
        try (InputStream resource = EventSchemas.class.getResourceAsStream("/events/" + file)) {
            if (resource == null) {
                throw new IllegalArgumentException("no schema /events/" + file);
            }
            return EventJson.JSON.readTree(resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.headgate.gateway.registry;

import io.headgate.api.Event;
import io.headgate.api.EventIds;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes the event that a change leaves in the audit; specs in it are redacted by their kind. */
final class ChangeEvents {

    private final EventIds ids;
    private final Documents documents;

    ChangeEvents(EventIds ids, Documents documents) {
        this.ids = ids;
        this.documents = documents;
    }

    Event of(Verdict.Accepted accepted, Row row) {
        Intent intent = accepted.intent();
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("kind", row.kind());
        data.put("team", row.id().team());
        data.put("name", row.id().name());
        data.put(
                "action",
                intent.restores() ? "rolled_back" : accepted.outcome().name().toLowerCase(Locale.ROOT));
        data.put("version", row.version());
        data.put("revision", row.revision());
        data.put("origin", row.origin().name().toLowerCase(Locale.ROOT));
        data.put("before", redacted(intent, accepted.before().flatMap(Row::spec).map(documents::stored)));
        data.put("after", redacted(intent, accepted.stored()));
        return new Event(
                ids.next(),
                "config.changed",
                row.changedAt(),
                intent.actor().tenant(),
                Optional.of(intent.actor().subject()),
                intent.actor().requestId(),
                intent.actor().traceId(),
                data);
    }

    private static JsonNode redacted(Intent intent, Optional<ObjectNode> spec) {
        return spec.<JsonNode>map(document -> intent.kind().redact(document))
                .orElse(JsonNodeFactory.instance.nullNode());
    }
}

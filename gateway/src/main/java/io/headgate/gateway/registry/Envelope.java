package io.headgate.gateway.registry;

import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What every document has in common. */
record Envelope(String kind, ResourceId id, ObjectNode spec) {

    static final String API_VERSION = "headgate/v1";

    static SpecReader.Outcome<Envelope> read(JsonNode document) {
        return SpecReader.read(document, "", Envelope::read);
    }

    private static Envelope read(SpecReader document) {
        document.parsed("apiVersion", Envelope::version);
        String kind = document.text("kind");
        Supplier<ResourceId> id = document.object("metadata", Envelope::metadata);
        JsonNode spec = document.raw("spec");
        if (!spec.isObject()) {
            document.problem("spec", spec.isMissingNode() ? "missing (expected: an object)" : "(expected: an object)");
        }
        return document.build(() -> new Envelope(kind, id.get(), (ObjectNode) spec));
    }

    private static ResourceId metadata(SpecReader metadata) {
        Supplier<String> team = metadata.parsed("team", text -> new ResourceId(text, "x").team());
        Supplier<String> name = metadata.parsed("name", text -> new ResourceId("x", text).name());
        return metadata.build(() -> new ResourceId(team.get(), name.get()));
    }

    private static String version(String text) {
        if (!text.equals(API_VERSION)) {
            throw new IllegalArgumentException("'" + text + "' (expected: " + API_VERSION + ")");
        }
        return text;
    }
}

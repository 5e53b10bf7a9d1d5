package io.headgate.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code status --json} prints, and the table that people read instead. */
final class StatusDocument {

    private static final JsonMapper JSON = JsonMapper.shared();

    private StatusDocument() {}

    static ObjectNode of(Settings settings, List<Part> parts) {
        ObjectNode status = JSON.createObjectNode();
        ArrayNode list = status.putArray("parts");
        parts.forEach(part -> list.add(describe(part)));
        return status.put("jwks", settings.issuerUrl() + IssuerMain.JWKS_PATH)
                .put("data", data(settings.root(), settings.places().home()));
    }

    private static ObjectNode describe(Part part) {
        ObjectNode description =
                JSON.createObjectNode().put("name", part.name()).put("kind", part.kind());
        part.pid().ifPresent(pid -> description.put("pid", pid));
        description.put("state", part.state().word());
        part.details().forEach((key, value) -> description.set(key, JSON.valueToTree(value)));
        return description;
    }

    private static String data(Path root, Path home) {
        return home.startsWith(root) ? root.relativize(home).toString() : home.toString();
    }

    static boolean isAllUp(JsonNode status) {
        JsonNode parts = status.path("parts");
        return !parts.isEmpty()
                && parts.valueStream()
                        .allMatch(part -> part.path("state").asString("").equals("up"));
    }

    static String table(JsonNode status) {
        var table = new StringBuilder("%-20s %-9s %-8s %s%n".formatted("PART", "STATE", "PID", "PORTS"));
        for (JsonNode part : status.path("parts")) {
            table.append("%-20s %-9s %-8s %s%n"
                    .formatted(
                            part.path("name").asString(""),
                            part.path("state").asString(""),
                            part.path("pid").asString("-"),
                            ports(part)));
        }
        return table.append("jwks ")
                .append(status.path("jwks").asString(""))
                .append(System.lineSeparator())
                .append("data ")
                .append(status.path("data").asString(""))
                .toString();
    }

    private static String ports(JsonNode part) {
        return part.propertyStream()
                .filter(member -> member.getValue().isInt())
                .filter(member -> !member.getKey().equals("pid"))
                .map(StatusDocument::port)
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
    }

    private static String port(Map.Entry<String, JsonNode> member) {
        String number = member.getValue().asString();
        return member.getKey().equals("port") ? number : member.getKey() + " " + number;
    }
}

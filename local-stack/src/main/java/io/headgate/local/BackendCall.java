package io.headgate.local;

import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** A request to a demo backend whose caller is known. */
record BackendCall(
        String method, String path, Map<String, List<String>> query, Mono<JsonNode> body, DemoCaller caller) {

    String parameter(String name, String otherwise) {
        List<String> values = query.getOrDefault(name, List.of(otherwise));
        if (values.size() > 1) {
            throw new BadRequest(name + ": given " + values.size() + " times");
        }
        return values.getFirst();
    }

    int number(String name, int otherwise, int min, int max) {
        return checked(name, parameter(name, Integer.toString(otherwise)), min, max);
    }

    static int checked(String name, String text, int min, int max) {
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new BadRequest(name + ": '" + text + "' (expected: " + min + ".." + max + ")");
        }
        throw new BadRequest(name + ": " + text + " (expected: " + min + ".." + max + ")");
    }
}

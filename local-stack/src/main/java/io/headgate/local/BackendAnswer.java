package io.headgate.local;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What a demo backend answers; no body for a 204. */
record BackendAnswer(int status, Optional<JsonNode> body) {

    static BackendAnswer of(int status, JsonNode body) {
        return new BackendAnswer(status, Optional.of(body));
    }

    static BackendAnswer empty(int status) {
        return new BackendAnswer(status, Optional.empty());
    }

    static BackendAnswer error(int status, String message) {
        return of(status, JsonNodeFactory.instance.objectNode().put("error", message));
    }
}

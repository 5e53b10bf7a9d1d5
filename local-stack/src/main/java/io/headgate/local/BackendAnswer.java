package io.headgate.local;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What a demo backend answers; no body for a 204.
 *
 * @param legacyDecision what the backend's own checks, from before the gateway had policies, say of the request
 */
record BackendAnswer(int status, Optional<JsonNode> body, Optional<String> legacyDecision) {

    static BackendAnswer of(int status, JsonNode body) {
        return new BackendAnswer(status, Optional.of(body), Optional.empty());
    }

    static BackendAnswer empty(int status) {
        return new BackendAnswer(status, Optional.empty(), Optional.empty());
    }

    static BackendAnswer error(int status, String message) {
        return of(status, JsonNodeFactory.instance.objectNode().put("error", message));
    }

    BackendAnswer deciding(boolean allows) {
        return new BackendAnswer(status, body, Optional.of(allows ? "allow" : "deny"));
    }
}

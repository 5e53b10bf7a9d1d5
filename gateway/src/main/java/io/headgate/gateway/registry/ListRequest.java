package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import java.util.Optional;

/** @param after the last resource of the page before */
public record ListRequest(ConfigKind<?> kind, Optional<String> team, Optional<ResourceId> after, int limit) {

    public static final int MAX_LIMIT = 500;

    public ListRequest {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + MAX_LIMIT + ")");
        }
    }
}

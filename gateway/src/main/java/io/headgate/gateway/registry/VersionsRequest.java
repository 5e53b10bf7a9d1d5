package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import java.util.Optional;

/** @param before the last version of the page before */
public record VersionsRequest(ConfigKind<?> kind, ResourceId id, Optional<Long> before, int limit) {

    public VersionsRequest {
        if (limit < 1 || limit > ListRequest.MAX_LIMIT) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1.." + ListRequest.MAX_LIMIT + ")");
        }
    }
}

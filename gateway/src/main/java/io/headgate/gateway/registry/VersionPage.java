package io.headgate.gateway.registry;

import io.headgate.api.Resource;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** @param next what the next page comes before; empty on the last */
public record VersionPage(List<Entry> items, Optional<Long> next) {

    /** @param spec redacted; empty where this version is a deletion */
    public record Entry(
            long version,
            long revision,
            Resource.Origin origin,
            Instant changedAt,
            String changedBy,
            Optional<ObjectNode> spec) {}
}

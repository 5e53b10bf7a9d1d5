package io.headgate.gateway.registry;

import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.time.Instant;
import java.util.Optional;

/**
 * One version of one resource, as it is stored.
 *
 * @param spec JSON; empty where this version is a deletion
 */
record Row(
        String kind,
        ResourceId id,
        long version,
        long revision,
        Resource.Origin origin,
        Optional<String> spec,
        Instant changedAt,
        String changedBy) {

    Key key() {
        return new Key(kind, id);
    }

    boolean isDeletion() {
        return spec.isEmpty();
    }
}

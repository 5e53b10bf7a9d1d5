package io.headgate.gateway.registry;

import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.time.Instant;
import tools.jackson.databind.node.ObjectNode;

/**
 * A resource as people may see it.
 *
 * @param version counts the resource's own changes from 1; it is what {@code ETag} and {@code If-Match} carry
 * @param revision of the whole registry at this change
 * @param spec redacted
 */
public record StoredResource(
        String kind,
        ResourceId id,
        long version,
        long revision,
        Resource.Origin origin,
        Instant changedAt,
        String changedBy,
        ObjectNode spec) {}

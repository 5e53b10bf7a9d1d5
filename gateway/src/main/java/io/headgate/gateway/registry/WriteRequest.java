package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import tools.jackson.databind.JsonNode;

/** A change of one resource, with what its author knows of it and who that is. */
public sealed interface WriteRequest {

    ConfigKind<?> kind();

    ResourceId id();

    Precondition precondition();

    Actor actor();

    /** @param document the whole envelope, which must name the same kind, team and name */
    record Put(ConfigKind<?> kind, ResourceId id, JsonNode document, Precondition precondition, Actor actor)
            implements WriteRequest {}

    record Delete(ConfigKind<?> kind, ResourceId id, Precondition precondition, Actor actor) implements WriteRequest {}

    /** Writes what version {@code to} said as a new version; also brings back what was deleted. */
    record Rollback(ConfigKind<?> kind, ResourceId id, long to, Precondition precondition, Actor actor)
            implements WriteRequest {}
}

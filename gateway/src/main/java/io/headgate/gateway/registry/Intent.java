package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What somebody wants of one resource.
 *
 * @param spec what it shall say; empty where it shall go
 * @param restores whether the spec was stored before, and therefore is not to be completed again
 */
record Intent(
        ConfigKind<?> kind,
        ResourceId id,
        Optional<ObjectNode> spec,
        boolean restores,
        Resource.Origin origin,
        Precondition precondition,
        Actor actor) {

    Key key() {
        return new Key(kind.kind(), id);
    }
}

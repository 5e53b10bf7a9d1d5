package io.headgate.authz;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An entity as a question describes it.
 *
 * @param attributes strings, whole numbers, decimals, truth values, {@link java.time.Instant}s, {@link Address}es, lists
 *     and maps of these
 */
record PolicyEntity(String type, String id, Map<String, Object> attributes, Set<Ref> parents) {

    record Ref(String type, String id) {}

    /** An IP address, which policies take as one or as text, as their schema says. */
    record Address(String text) {}

    PolicyEntity {
        attributes = Map.copyOf(attributes);
        parents = Set.copyOf(parents);
    }

    /** The tenant that stands before the first slash of the id. */
    Optional<String> tenant() {
        int slash = id.indexOf('/');
        return slash <= 0 ? Optional.empty() : Optional.of(id.substring(0, slash));
    }
}

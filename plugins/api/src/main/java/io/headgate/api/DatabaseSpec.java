package io.headgate.api;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A PostgreSQL cluster that reads are routed over.
 *
 * @param credentials the name of the environment variable that holds them; they are never part of a resource
 */
public record DatabaseSpec(String primary, List<Replica> replicas, String credentials) {

    /** @param exports whether it is meant for long reads */
    public record Replica(String name, String url, boolean exports) {}

    public DatabaseSpec {
        replicas = List.copyOf(replicas);
        Set<String> names = new HashSet<>(Set.of("primary"));
        for (Replica replica : replicas) {
            if (!names.add(replica.name())) {
                throw new IllegalArgumentException("replicas: '" + replica.name()
                        + "' is taken (expected: names of their own, none of them primary)");
            }
        }
    }

    public Optional<Replica> replica(String name) {
        return replicas.stream().filter(replica -> replica.name().equals(name)).findFirst();
    }
}

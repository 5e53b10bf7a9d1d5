package io.headgate.gateway.registry;

import io.headgate.api.ResourceId;
import java.time.Instant;
import java.util.List;

/**
 * @param revision that the instance serves
 * @param appliedAt when it began to
 * @param seenAt its last heartbeat
 * @param state the word of its {@link RegistryState}
 * @param broken what it had to leave out
 * @param files what it could not take from its configuration directory
 */
public record InstanceStatus(
        String instance,
        long revision,
        Instant appliedAt,
        Instant seenAt,
        String state,
        List<Broken> broken,
        List<FileProblem> files) {

    public record Broken(String kind, ResourceId id, String reason) {}

    /** @param file below the directory, with the document's number where there are several */
    public record FileProblem(String file, String reason) {}
}

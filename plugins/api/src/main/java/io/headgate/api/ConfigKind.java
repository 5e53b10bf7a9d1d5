package io.headgate.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * A kind of resource that the registry keeps, versions and carries to every instance. A module adds a kind by
 * publishing a bean of this type.
 */
public interface ConfigKind<S> {

    /** As documents write it: {@code RateLimit}. */
    String kind();

    /** As paths write it: {@code rate-limits}. */
    String plural();

    Class<S> specType();

    /** Reads the spec, all problems at once; {@link SpecReader} refuses what is left unread. */
    S read(SpecReader spec, ResourceId id);

    /**
     * What only the other resources can tell: ownership, references, conflicts. {@code others} holds every resource
     * but the candidate's own earlier version, and in a dry run the other candidates too.
     */
    default void review(Resource<S> candidate, ConfigSnapshot others, Review review) {}

    /** Comes before a review, for what a kind must ask elsewhere first; where it fails, nothing is changed. */
    default Mono<Void> inform(ResourceId id) {
        return Mono.empty();
    }

    /** Who may make this change; a team-writer is held to its own teams besides. */
    Set<AdminRole> writers(Optional<S> before, Optional<S> after);

    /** Whether the only team whose resources of this kind make sense is the platform. */
    default boolean isPlatformOnly() {
        return false;
    }

    /** False where going back would revive what was revoked. */
    default boolean canRollBack() {
        return true;
    }

    /** Whether others may name a resource of this kind, so that no change of it may leave them dangling. */
    default boolean isReferenced() {
        return true;
    }

    /** From when on a resource has no effect any more, so that the registry may remove it. */
    default Optional<Instant> endsAt(S spec) {
        return Optional.empty();
    }

    /** Lets a kind complete the document that is stored, and answer what must be shown this once and never again. */
    default Prepared prepare(ObjectNode spec, Optional<ObjectNode> before) {
        return new Prepared(spec, Map.of());
    }

    /** The spec as people may see it: without hashes of secrets. */
    default ObjectNode redact(ObjectNode spec) {
        return spec;
    }

    /** @param shownOnce members of the answer to the write, never stored */
    record Prepared(ObjectNode stored, Map<String, String> shownOnce) {}
}

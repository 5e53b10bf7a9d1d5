package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.LiveConfig;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Every resource that changes while traffic flows. What cannot be done ends in a {@link ProblemException}: a resource
 * that is not there, a lost race, a conflict, a caller who may not, a store that is away. Specs in answers are redacted.
 */
public interface Registry extends LiveConfig {

    /** In the order in which they lean on one another, teams first. */
    List<ConfigKind<?>> kinds();

    /** As paths write it; empty where no module of this build brings such a kind. */
    Optional<ConfigKind<?>> kind(String plural);

    /** Reads the documents that the methods here take. */
    Documents documents();

    Mono<StoredResource> find(ConfigKind<?> kind, ResourceId id);

    Mono<ListPage> list(ListRequest request);

    /** Newest first, deletions included. */
    Mono<VersionPage> versions(VersionsRequest request);

    /** All of the change or nothing of it. */
    Mono<WriteResult> write(WriteRequest request);

    /** What {@link #write} would say to these documents if they came together; changes nothing. */
    Mono<ValidationReport> validate(List<JsonNode> documents, Actor actor);

    Mono<RegistryStatus> status();

    /** How current the configuration is that this instance serves. */
    RegistryState state();
}

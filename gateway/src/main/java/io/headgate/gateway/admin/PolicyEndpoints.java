package io.headgate.gateway.admin;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.authz.CandidateReports;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Precondition;
import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.WriteRequest;
import java.util.UUID;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Taking back what was granted, and what a policy set in the shadow would change. */
final class PolicyEndpoints {

    private static final String POLICY_SETS = "policy-sets";
    private static final String REVOCATIONS = "revocations";

    private final Registry registry;
    private final CandidateReports candidates;
    private final Bodies bodies;
    private final Slots slots;

    PolicyEndpoints(Registry registry, CandidateReports candidates, Bodies bodies, Slots slots) {
        this.registry = registry;
        this.candidates = candidates;
        this.bodies = bodies;
        this.slots = slots;
    }

    /** The body says what is revoked; the revocation gets a name of its own, and is a resource like every other. */
    Mono<ServerResponse> revoke(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(REVOCATIONS);
        ResourceId id = new ResourceId(ResourceId.PLATFORM, "r-" + UUID.randomUUID());
        AdminRights.requireWriter(actor, id);
        return slots.within(() -> bodies.document(request)
                        .flatMap(spec -> registry.write(
                                new WriteRequest.Put(kind, id, envelope(kind, id, spec), Precondition.ABSENT, actor))))
                .flatMap(result -> ResourceEndpoints.answer(request, result));
    }

    private static JsonNode envelope(ConfigKind<?> kind, ResourceId id, JsonNode spec) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("apiVersion", "headgate/v1").put("kind", kind.kind());
        document.putObject("metadata").put("team", id.team()).put("name", id.name());
        document.set("spec", spec);
        return document;
    }

    /** By the traffic of this very instance, since the present version of the set came here. */
    Mono<ServerResponse> differences(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(POLICY_SETS);
        ResourceId id = ResourceEndpoints.id(request);
        AdminRights.requireRead(actor, kind, id);
        return registry.find(kind, id)
                .flatMap(set -> Answers.ok(
                        request,
                        candidates
                                .find(id)
                                .filter(report -> report.version() == set.version())
                                .map(Views::differences)
                                .orElseGet(() -> Views.noDifferences(set.version()))));
    }

    private ConfigKind<?> kind(String plural) {
        return registry.kind(plural).orElseThrow(() -> Refusals.notFound("'" + plural + "'"));
    }
}

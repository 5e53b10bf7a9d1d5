package io.headgate.gateway.admin;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.authz.CandidateReports;
import io.headgate.authz.LegacyReports;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Precondition;
import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.WriteRequest;
import java.util.UUID;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Taking back what was granted, and what a policy set in the shadow would change. */
final class PolicyEndpoints {

    private static final String POLICY_SETS = "policy-sets";
    private static final String ROUTES = "routes";
    private static final String REVOCATIONS = "revocations";

    private final Registry registry;
    private final CandidateReports candidates;
    private final LegacyReports legacy;
    private final Bodies bodies;
    private final Slots slots;

    PolicyEndpoints(Registry registry, CandidateReports candidates, LegacyReports legacy, Bodies bodies, Slots slots) {
        this.registry = registry;
        this.candidates = candidates;
        this.legacy = legacy;
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

    /** By the traffic of all instances, since the present version of the set came to them. */
    Mono<ServerResponse> differences(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(POLICY_SETS);
        ResourceId id = ResourceEndpoints.id(request);
        AdminRights.requireRead(actor, kind, id);
        return registry.find(kind, id)
                .flatMap(set -> candidates
                        .find(id)
                        .map(found -> found.filter(report -> report.version() == set.version())
                                .map(Views::differences)
                                .orElseGet(() -> Views.noDifferences(set.version()))))
                .publishOn(Schedulers.parallel())
                .flatMap(view -> Answers.ok(request, view));
    }

    /** How what the route's policies say compares with what its backend says, on all instances. */
    Mono<ServerResponse> legacyDecisions(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ResourceId id = ResourceEndpoints.id(request);
        AdminRights.requireInsight(actor, id);
        return registry.find(kind(ROUTES), id)
                .flatMap(route -> legacy.find(id)
                        .map(found -> found.map(Views::legacyDecisions)
                                .orElseGet(() -> Views.noLegacyDecisions(route.version()))))
                .publishOn(Schedulers.parallel())
                .flatMap(view -> Answers.ok(request, view));
    }

    private ConfigKind<?> kind(String plural) {
        return registry.kind(plural).orElseThrow(() -> Refusals.notFound("'" + plural + "'"));
    }
}

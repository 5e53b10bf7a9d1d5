package io.headgate.gateway.admin;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Precondition;
import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.StoredResource;
import io.headgate.gateway.registry.WriteRequest;
import io.headgate.gateway.registry.WriteResult;
import io.headgate.reads.ReplicaInsight;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Which replicas take reads. A drain is a resource like any other: every instance applies it, and the audit has it. */
final class ReplicaEndpoints {

    private static final String DRAINS = "drains";
    private static final String REPLICAS = "replicas";
    private static final Set<AdminRole> DRAINING = EnumSet.of(AdminRole.SRE, AdminRole.PLATFORM_ADMIN);

    /** Of two that drain at once one comes second, and starts over from what the first one wrote. */
    private static final int ATTEMPTS = 5;

    private final Registry registry;
    private final ReplicaInsight insight;
    private final Slots slots;

    ReplicaEndpoints(Registry registry, ReplicaInsight insight, Slots slots) {
        this.registry = registry;
        this.insight = insight;
        this.slots = slots;
    }

    Mono<ServerResponse> list(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        AdminRights.requireList(actor, kind());
        return Answers.ok(request, insight.replicas());
    }

    Mono<ServerResponse> drain(ServerRequest request, Actor actor) {
        return change(request, actor, true);
    }

    Mono<ServerResponse> undrain(ServerRequest request, Actor actor) {
        return change(request, actor, false);
    }

    private Mono<ServerResponse> change(ServerRequest request, Actor actor, boolean out) {
        Parameters.allow(request);
        ResourceId database = database(request);
        if (!actor.mayWrite(database, DRAINING)) {
            throw Refusals.forbidden("Draining needs one of the roles sre and platform-admin.");
        }
        String replica = request.pathVariable("replica");
        requireThere(database, replica);
        return slots.within(() -> Mono.defer(() -> write(database, replica, out, actor))
                        .retryWhen(reactor.util.retry.Retry.max(ATTEMPTS - 1L).filter(ReplicaEndpoints::isLostRace)))
                .flatMap(result -> Answers.ok(request, Views.resource(result.resource())));
    }

    private void requireThere(ResourceId database, String replica) {
        if (insight.namesIn(database).filter(names -> names.contains(replica)).isEmpty()) {
            throw Refusals.notFound("'" + replica + "' in database " + database.name());
        }
    }

    private static ResourceId database(ServerRequest request) {
        String name = request.pathVariable("database");
        if (!ResourceId.isSlug(name)) {
            throw Refusals.notFound("a database of that name");
        }
        return new ResourceId(ResourceId.PLATFORM, name);
    }

    private Mono<WriteResult> write(ResourceId database, String replica, boolean out, Actor actor) {
        return present(database)
                .flatMap(drain -> registry.write(new WriteRequest.Put(
                        kind(),
                        database,
                        document(database, changed(drain, replica, out)),
                        drain.<Precondition>map(it -> new Precondition.VersionIs(it.version()))
                                .orElse(Precondition.ABSENT),
                        actor)));
    }

    private Mono<Optional<StoredResource>> present(ResourceId database) {
        return registry.find(kind(), database)
                .map(Optional::of)
                .onErrorResume(ReplicaEndpoints::isAbsent, _ -> Mono.just(Optional.empty()));
    }

    private static Set<String> changed(Optional<StoredResource> drain, String replica, boolean out) {
        Set<String> replicas = new TreeSet<>();
        drain.ifPresent(it -> it.spec().path(REPLICAS).forEach(name -> replicas.add(name.asString())));
        if (out) {
            replicas.add(replica);
        } else {
            replicas.remove(replica);
        }
        return replicas;
    }

    private static JsonNode document(ResourceId id, Set<String> replicas) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("apiVersion", "headgate/v1").put("kind", "Drain");
        document.putObject("metadata").put("team", id.team()).put("name", id.name());
        replicas.forEach(document.putObject("spec").putArray(REPLICAS)::add);
        return document;
    }

    private static boolean isAbsent(Throwable error) {
        return error instanceof ProblemException refused && refused.problem().type() == ProblemType.NOT_FOUND;
    }

    private static boolean isLostRace(Throwable error) {
        return error instanceof ProblemException refused && refused.problem().type() == ProblemType.STALE_VERSION;
    }

    private ConfigKind<?> kind() {
        return registry.kind(DRAINS).orElseThrow(() -> Refusals.notFound("'" + DRAINS + "'"));
    }
}

package io.headgate.gateway.admin;

import static io.headgate.gateway.admin.Preconditions.entityTag;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.ListRequest;
import io.headgate.gateway.registry.Precondition;
import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.StoredResource;
import io.headgate.gateway.registry.VersionsRequest;
import io.headgate.gateway.registry.WriteRequest;
import io.headgate.gateway.registry.WriteResult;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Reading and changing resources, one at a time. */
final class ResourceEndpoints {

    private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,17}");

    private final Registry registry;
    private final Bodies bodies;
    private final Slots slots;
    private final int pageSize;

    ResourceEndpoints(Registry registry, Bodies bodies, Slots slots, int pageSize) {
        this.registry = registry;
        this.bodies = bodies;
        this.slots = slots;
        this.pageSize = pageSize;
    }

    Mono<ServerResponse> list(ServerRequest request, Actor actor) {
        Parameters.allow(request, "team", "limit", "cursor");
        ConfigKind<?> kind = kind(request);
        AdminRights.requireList(actor, kind);
        PageRequest<ResourceId> page = PageRequest.of(request, pageSize, ResourceId::parse);
        Optional<String> team = request.queryParam("team").map(ResourceEndpoints::team);
        return registry.list(new ListRequest(kind, team, page.after(), page.limit()))
                .publishOn(Schedulers.parallel())
                .flatMap(found -> Answers.page(
                        request,
                        page.limit(),
                        found.items(),
                        Views::resource,
                        found.next().map(PageRequest::cursor)));
    }

    Mono<ServerResponse> get(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(request);
        ResourceId id = id(request);
        AdminRights.requireRead(actor, kind, id);
        return registry.find(kind, id).flatMap(found -> answer(request, found));
    }

    Mono<ServerResponse> put(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(request);
        ResourceId id = id(request);
        AdminRights.requireWriter(actor, id);
        Precondition precondition = Preconditions.of(request.headers().asHttpHeaders());
        return slots.within(() -> bodies.document(request)
                        .flatMap(document ->
                                registry.write(new WriteRequest.Put(kind, id, document, precondition, actor))))
                .flatMap(result -> answer(request, result));
    }

    Mono<ServerResponse> delete(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = kind(request);
        ResourceId id = id(request);
        AdminRights.requireWriter(actor, id);
        Precondition precondition = Preconditions.of(request.headers().asHttpHeaders());
        return slots.within(() -> registry.write(new WriteRequest.Delete(kind, id, precondition, actor)))
                .flatMap(result -> Answers.empty(HttpStatus.NO_CONTENT, Map.of()));
    }

    Mono<ServerResponse> versions(ServerRequest request, Actor actor) {
        Parameters.allow(request, "limit", "cursor");
        ConfigKind<?> kind = kind(request);
        ResourceId id = id(request);
        AdminRights.requireRead(actor, kind, id);
        PageRequest<Long> page = PageRequest.of(request, pageSize, Long::valueOf);
        return registry.versions(new VersionsRequest(kind, id, page.after(), page.limit()))
                .publishOn(Schedulers.parallel())
                .flatMap(found -> Answers.page(
                        request,
                        page.limit(),
                        found.items(),
                        Views::version,
                        found.next().map(PageRequest::cursor)));
    }

    Mono<ServerResponse> rollback(ServerRequest request, Actor actor) {
        Parameters.allow(request, "to");
        ConfigKind<?> kind = kind(request);
        ResourceId id = id(request);
        AdminRights.requireWriter(actor, id);
        long to = version(request.queryParam("to").orElse(""));
        Precondition precondition = Preconditions.of(request.headers().asHttpHeaders());
        return slots.within(() -> registry.write(new WriteRequest.Rollback(kind, id, to, precondition, actor)))
                .flatMap(result -> answer(request, result));
    }

    private static Mono<ServerResponse> answer(ServerRequest request, StoredResource found) {
        Map<String, String> tag = Map.of(HttpHeaders.ETAG, entityTag(found.version()));
        return Preconditions.isKnown(request.headers().asHttpHeaders(), found.version())
                ? Answers.empty(HttpStatus.NOT_MODIFIED, tag)
                : Answers.with(HttpStatus.OK, request, Views.resource(found), tag);
    }

    static Mono<ServerResponse> answer(ServerRequest request, WriteResult result) {
        StoredResource written = result.resource();
        String tag = entityTag(written.version());
        return result.outcome() == WriteResult.Outcome.CREATED
                ? Answers.with(
                        HttpStatus.CREATED,
                        request,
                        Views.written(result),
                        Map.of(HttpHeaders.ETAG, tag, HttpHeaders.LOCATION, place(request, written.id())))
                : Answers.with(HttpStatus.OK, request, Views.written(result), Map.of(HttpHeaders.ETAG, tag));
    }

    private static String place(ServerRequest request, ResourceId id) {
        return AdminRoutes.ROOT + "/" + request.pathVariable("kind") + "/" + id.team() + "/" + id.name();
    }

    private ConfigKind<?> kind(ServerRequest request) {
        return kind(registry, request);
    }

    static ConfigKind<?> kind(Registry registry, ServerRequest request) {
        String plural = request.pathVariable("kind");
        return registry.kind(plural)
                .orElseThrow(() -> Refusals.notFound("'" + Refusals.excerpt(plural)
                        + "' (expected: one of "
                        + registry.kinds().stream()
                                .map(ConfigKind::plural)
                                .sorted()
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    static ResourceId id(ServerRequest request) {
        return slug(() -> new ResourceId(request.pathVariable("team"), request.pathVariable("name")));
    }

    private static String team(String text) {
        return slug(() -> new ResourceId(text, "any")).team();
    }

    private static ResourceId slug(java.util.function.Supplier<ResourceId> id) {
        try {
            return id.get();
        } catch (IllegalArgumentException e) {
            throw Refusals.malformed(Refusals.excerpt(String.valueOf(e.getMessage())));
        }
    }

    private static long version(String text) {
        if (!VERSION.matcher(text).matches()) {
            throw Refusals.malformed("to: '" + Refusals.excerpt(text) + "' (expected: a version, as in ?to=3)");
        }
        return Long.parseLong(text);
    }
}

package io.headgate.gateway.admin;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.gateway.edge.RouteExplainer;
import io.headgate.gateway.events.EventPipeline;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.RegistryStatus;
import io.headgate.ratelimit.LimitInsight;
import java.util.regex.Pattern;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.node.ObjectNode;

/** What would happen, and what is: these change nothing. */
final class InsightEndpoints {

    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]{0,30}");

    private final Registry registry;
    private final RouteExplainer explainer;
    private final EventPipeline events;
    private final LimitInsight limits;
    private final Bodies bodies;
    private final Slots slots;

    InsightEndpoints(
            Registry registry,
            RouteExplainer explainer,
            EventPipeline events,
            LimitInsight limits,
            Bodies bodies,
            Slots slots) {
        this.registry = registry;
        this.explainer = explainer;
        this.events = events;
        this.limits = limits;
        this.bodies = bodies;
        this.slots = slots;
    }

    /** A dry run that finds problems has done what was asked, so it answers 200 and says so. */
    Mono<ServerResponse> validate(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        return slots.within(() -> bodies.batch(request).flatMap(documents -> registry.validate(documents, actor)))
                .publishOn(Schedulers.parallel())
                .flatMap(report -> Answers.ok(request, Views.report(report)));
    }

    /** By the routes that this very instance serves from at this moment. */
    Mono<ServerResponse> explain(ServerRequest request, Actor actor) {
        Parameters.allow(request, "method", "path", "host");
        String method = request.queryParam("method").orElse("GET");
        String path = request.queryParam("path").orElse("");
        if (!METHOD.matcher(method).matches()) {
            throw Refusals.malformed("method: '" + Refusals.excerpt(method) + "' (expected: one such as GET)");
        }
        if (!path.startsWith("/")) {
            throw Refusals.malformed("path: '" + Refusals.excerpt(path) + "' (expected: one such as /api/reports/1)");
        }
        var explained =
                explainer.explain(method, path, request.queryParam("host").orElse(""));
        return Answers.ok(request, Views.explained(explained).put("revision", registry.revision()));
    }

    Mono<ServerResponse> status(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        return registry.status().flatMap(status -> Answers.ok(request, status(status)));
    }

    private ObjectNode status(RegistryStatus status) {
        ObjectNode view = Views.status(status);
        view.set("events", Views.events(events.state()));
        view.set("limits", limits.state());
        return view;
    }

    /** On which instances the latest version of one resource is in force. */
    Mono<ServerResponse> applied(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ConfigKind<?> kind = ResourceEndpoints.kind(registry, request);
        ResourceId id = ResourceEndpoints.id(request);
        AdminRights.requireRead(actor, kind, id);
        return registry.find(kind, id)
                .zipWith(registry.status())
                .flatMap(found -> Answers.ok(request, Views.applied(found.getT1(), found.getT2())));
    }
}

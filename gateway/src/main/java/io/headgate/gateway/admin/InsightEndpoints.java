package io.headgate.gateway.admin;

import io.headgate.gateway.edge.RouteExplainer;
import io.headgate.gateway.events.EventPipeline;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Registry;
import java.util.regex.Pattern;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What would happen, and what is: these change nothing. */
final class InsightEndpoints {

    private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]{0,30}");

    private final Registry registry;
    private final RouteExplainer explainer;
    private final EventPipeline events;
    private final Bodies bodies;
    private final Slots slots;

    InsightEndpoints(Registry registry, RouteExplainer explainer, EventPipeline events, Bodies bodies, Slots slots) {
        this.registry = registry;
        this.explainer = explainer;
        this.events = events;
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
        return registry.status()
                .flatMap(status ->
                        Answers.ok(request, Views.status(status).set("events", Views.events(events.state()))));
    }
}

package io.headgate.gateway.admin;

import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Registry;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What would happen, and what is: these change nothing. */
final class InsightEndpoints {

    private final Registry registry;
    private final Bodies bodies;
    private final Slots slots;

    InsightEndpoints(Registry registry, Bodies bodies, Slots slots) {
        this.registry = registry;
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

    Mono<ServerResponse> status(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        return registry.status().flatMap(status -> Answers.ok(request, Views.status(status)));
    }
}

package io.headgate.gateway.admin;

import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.gateway.registry.Actor;
import io.headgate.gateway.registry.Registry;
import io.headgate.ratelimit.LimitInsight;
import java.util.Optional;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** Who has what left, and what another limit would have done. */
final class LimitEndpoints {

    private static final String RATE_LIMITS = "rate-limits";
    private static final int MAX_KEY = 512;

    private final Registry registry;
    private final LimitInsight limits;
    private final Bodies bodies;
    private final Slots slots;

    LimitEndpoints(Registry registry, LimitInsight limits, Bodies bodies, Slots slots) {
        this.registry = registry;
        this.limits = limits;
        this.bodies = bodies;
        this.slots = slots;
    }

    Mono<ServerResponse> usage(ServerRequest request, Actor actor) {
        Parameters.allow(request, "key");
        AdminRights.requireList(actor, kind());
        Optional<String> key = request.queryParam("key").filter(text -> !text.isEmpty());
        if (key.filter(text -> text.length() > MAX_KEY).isPresent()) {
            throw Refusals.malformed("key: " + key.get().length() + " characters (expected: at most " + MAX_KEY + ")");
        }
        return slots.within(() -> limits.usage(key)).flatMap(usage -> Answers.ok(request, usage));
    }

    /** The body is a whole document, as a write takes it, or its spec alone. */
    Mono<ServerResponse> simulate(ServerRequest request, Actor actor) {
        Parameters.allow(request);
        ResourceId id = ResourceEndpoints.id(request);
        AdminRights.requireRead(actor, kind(), id);
        return slots.within(() -> bodies.document(request).flatMap(document -> limits.simulate(id, spec(document))))
                .flatMap(simulated -> Answers.ok(request, simulated));
    }

    private static JsonNode spec(JsonNode document) {
        return document.has("spec") ? document.path("spec") : document;
    }

    private ConfigKind<?> kind() {
        return registry.kind(RATE_LIMITS).orElseThrow(() -> Refusals.notFound("'" + RATE_LIMITS + "'"));
    }
}

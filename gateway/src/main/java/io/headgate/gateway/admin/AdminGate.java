package io.headgate.gateway.admin;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.api.TraceId;
import io.headgate.authz.Authenticator;
import io.headgate.gateway.registry.Actor;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Nothing of this API is reached but through here: with a bearer token for it, and a role in it. When the token's keys
 * cannot be had the answer is 503 and nothing is done.
 */
final class AdminGate {

    private static final Logger log = LoggerFactory.getLogger(AdminGate.class);

    private final Authenticator authenticator;
    private final Bodies bodies;

    AdminGate(Authenticator authenticator, Bodies bodies) {
        this.authenticator = authenticator;
        this.bodies = bodies;
    }

    Mono<ServerResponse> enter(ServerRequest request, Function<Actor, Mono<ServerResponse>> action) {
        return authenticator
                .authenticate(request.headers().asHttpHeaders(), AdminRole.AUDIENCE)
                .flatMap(caller -> act(request, actor(caller, request), action))
                .onErrorResume(refused -> bodies.discard(request).then(Mono.error(refused)));
    }

    private Mono<ServerResponse> act(ServerRequest request, Actor actor, Function<Actor, Mono<ServerResponse>> action) {
        return Mono.defer(() -> {
                    AdminRights.requireAnyRole(actor);
                    return action.apply(actor);
                })
                .doOnError(ProblemException.class, refused -> logDenied(request, actor, refused.problem()));
    }

    private static Actor actor(Caller caller, ServerRequest request) {
        if (!caller.audiences().contains(AdminRole.AUDIENCE)) {
            throw new Problem.Unauthenticated("invalid_token").asException(); // an API key proves a caller of the edge
        }
        Set<AdminRole> roles = caller.roles().stream()
                .flatMap(role -> AdminRole.of(role).stream())
                .collect(Collectors.toSet());
        return new Actor(
                caller.subject(),
                Optional.of(caller.tenant()),
                roles,
                caller.teams(),
                RequestId.KEY.find(request.exchange()).map(RequestId::value),
                TraceId.of(request.headers().asHttpHeaders()).map(TraceId::value));
    }

    private static void logDenied(ServerRequest request, Actor actor, Problem problem) {
        if (problem.type() != ProblemType.FORBIDDEN) {
            return;
        }
        log.atWarn()
                .addKeyValue("requestId", actor.requestId().orElse(""))
                .addKeyValue("subject", actor.subject())
                .addKeyValue("roles", actor.roles())
                .addKeyValue("method", request.method())
                .addKeyValue("path", request.requestPath().value())
                .log("admin request denied");
    }
}

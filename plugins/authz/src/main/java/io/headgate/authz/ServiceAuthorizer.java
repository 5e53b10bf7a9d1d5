package io.headgate.authz;

import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.ClientIp;
import io.headgate.api.Decision.Granted;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.authz.AuthorizeFilter.Authority;
import io.headgate.authz.RouteQuestions.Asked;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Decides for services at the edge as for routes that enforce: the same engine, the same audit, the same refusals. */
final class ServiceAuthorizer implements Authorizer {

    private final Authority authority;
    private final Clock clock;

    ServiceAuthorizer(Authority authority, Clock clock) {
        this.authority = authority;
        this.clock = clock;
    }

    @Override
    public Mono<Granted> require(ServerWebExchange exchange, String action, String type, ResourceId resource) {
        return Mono.defer(() -> new AuthorizeFilter(
                        authority,
                        (request, caller) -> Optional.of(asked(request, caller, action, type, resource)),
                        AuthzMode.ENFORCE)
                .filter(exchange, permitted -> Mono.empty())
                .then(Mono.fromSupplier(() -> Granted.KEY.get(exchange))));
    }

    private Asked asked(ServerWebExchange exchange, Caller caller, String action, String type, ResourceId resource) {
        RouteInfo route = RouteInfo.KEY.get(exchange);
        return new Asked(
                route,
                resource.team(),
                new Operation(Set.of(), route.path(), action, Optional.empty(), true),
                caller,
                type,
                resource.toString(),
                Map.of(),
                false,
                exchange.getRequest(),
                ClientIp.KEY.find(exchange),
                RouteQuestions.requestId(exchange),
                clock);
    }
}

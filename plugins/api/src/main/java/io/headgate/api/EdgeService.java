package io.headgate.api;

import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * What a module serves at the edge by itself, in the place of a backend: its requests pass hygiene, authentication and
 * limits as those of any route do, and no team can put a route on its paths. A module adds a service by publishing a bean
 * of this type.
 */
public interface EdgeService {

    /** Whose requests it takes; its id, of team {@code platform}, is what limits and metrics call it. */
    RouteInfo route();

    /** Whether callers need no credential of their own, since the service checks for itself what the address proves. */
    default boolean isPublic() {
        return false;
    }

    /** Comes with {@link Caller#KEY} in the exchange, unless it is public. What it throws as a problem is answered as one. */
    Mono<Void> serve(ServerWebExchange exchange);
}

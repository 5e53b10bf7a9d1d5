package io.headgate.authz;

import io.headgate.api.Caller;
import io.headgate.api.EventLoops;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Puts the {@link Caller} into the exchange, or refuses. When no key can be had it answers 503 and never passes. */
final class AuthenticateFilter implements GatewayFilter {

    private final Authenticator authenticator;
    private final String audience;

    AuthenticateFilter(Authenticator authenticator, String audience) {
        this.authenticator = authenticator;
        this.audience = audience;
    }

    String audience() {
        return audience;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        Optional<Caller> known = authenticator.authenticated(headers, audience);
        return known.isPresent()
                ? passAs(known.get(), exchange, chain)
                : authenticator
                        .authenticate(headers, audience)
                        .publishOn(EventLoops.of(exchange.getRequest()))
                        .flatMap(caller -> passAs(caller, exchange, chain));
    }

    private static Mono<Void> passAs(Caller caller, ServerWebExchange exchange, GatewayFilterChain chain) {
        Caller.KEY.put(exchange, caller);
        return chain.filter(exchange);
    }
}

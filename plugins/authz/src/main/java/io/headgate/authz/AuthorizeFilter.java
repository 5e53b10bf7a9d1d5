package io.headgate.authz;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Stands where policies decide. There is no engine behind it yet, and without a decision nothing passes. */
final class AuthorizeFilter implements GatewayFilter {

    private static final Problem UNDECIDED = Problem.tryLater(
            ProblemType.AUTHORIZATION_UNAVAILABLE,
            "Whether the caller may do this cannot be decided here.",
            Duration.ofMinutes(1));

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return Mono.error(UNDECIDED.asException());
    }
}

package io.headgate.ratelimit;

import io.headgate.api.EventLoops;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Passes a request that every limit of its route has room for, and draws on all of them or on none. */
final class RateLimitFilter implements GatewayFilter {

    private static final Problem UNAVAILABLE = Problem.tryLater(
            ProblemType.LIMITS_UNAVAILABLE, "How much this caller has used cannot be told now.", Duration.ofSeconds(1));

    private final Supplier<List<RateLimit>> applying;
    private final String route;
    private final long cost;
    private final Keys keys;
    private final Limits limits;

    /**
     * @param applying the limits in force on the route, at this moment
     * @param route as keys name it
     */
    RateLimitFilter(Supplier<List<RateLimit>> applying, String route, long cost, Keys keys, Limits limits) {
        this.applying = applying;
        this.route = route;
        this.cost = cost;
        this.keys = keys;
        this.limits = limits;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        List<Claim> claims = claims(exchange);
        if (claims.isEmpty()) {
            return chain.filter(exchange);
        }
        CompletableFuture<LimitDecision> deciding = limits.decide(claims);
        return deciding.isDone()
                ? conclude(deciding.join(), exchange, chain)
                : Mono.fromFuture(deciding, true)
                        .publishOn(EventLoops.of(exchange.getRequest()))
                        .flatMap(decision -> conclude(decision, exchange, chain));
    }

    private List<Claim> claims(ServerWebExchange exchange) {
        List<RateLimit> present = applying.get();
        if (present.isEmpty()) {
            return List.of();
        }
        List<Claim> claims = new ArrayList<>(present.size());
        for (RateLimit limit : present) {
            Allowance allowance = keys.allowance(limit, route, exchange);
            if (allowance != null) {
                claims.add(new Claim(allowance, cost));
            }
        }
        return claims;
    }

    private static Mono<Void> conclude(LimitDecision decision, ServerWebExchange exchange, GatewayFilterChain chain) {
        LimitDecision.KEY.put(exchange, decision);
        LimitHeaders.write(decision.shares(), exchange.getResponse().getHeaders());
        return switch (decision) {
            case LimitDecision.Admitted _ -> chain.filter(exchange);
            case LimitDecision.Refused refused ->
                Mono.error(new Problem.Limited(refused.violated(), refused.retryAfter()).asException());
            case LimitDecision.Unavailable _ -> Mono.error(UNAVAILABLE.asException());
        };
    }
}

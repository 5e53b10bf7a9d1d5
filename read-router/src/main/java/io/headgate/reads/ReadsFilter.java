package io.headgate.reads;

import io.headgate.api.BackendCall;
import io.headgate.api.Decision.Granted;
import io.headgate.api.InternalHeaders;
import io.headgate.api.Query;
import io.headgate.api.ResourceId;
import io.headgate.api.WebSocketHandshake;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Sends a route's reads where they see what their caller saw, and learns the positions of its writes. */
final class ReadsFilter implements GatewayFilter {

    private static final String QUERY_PATH = "/query";

    /** What all routes share. */
    record Shared(
            Function<ResourceId, Optional<Cluster>> clusters,
            ReadScopes scopes,
            SubjectPositions subjects,
            ReadsMetrics metrics) {}

    private final Shared shared;
    private final ReadsSection section;
    private final Map<String, BackendCall.Target> targets;

    /** @param targets for each replica of the section's database that an instance of the backend reads from */
    ReadsFilter(Shared shared, ReadsSection section, Map<String, BackendCall.Target> targets) {
        this.shared = shared;
        this.section = section;
        this.targets = Map.copyOf(targets);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return WebSocketHandshake.isOne(exchange.getRequest())
                ? chain.filter(exchange)
                : Mono.defer(
                        () -> routed(exchange, chain)); // what it takes for a request it takes once that is awaited
    }

    private Mono<Void> routed(ServerWebExchange exchange, GatewayFilterChain chain) {
        Optional<Cluster> cluster = shared.clusters().apply(section.database());
        var request = new RoutedRequest(shared, exchange, chain, cluster);
        if (!isRead(exchange)) {
            return new RoutedWrite(request).run();
        }
        String asked = exchange.getRequest().getHeaders().getFirst(InternalHeaders.CONSISTENCY_LEVEL);
        return new RoutedRead(request, AskedLevel.of(asked, section), targets).run();
    }

    /** A POST is a read where its operation says so, or where its body was read as a query of the collection. */
    static boolean isRead(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        return switch (request.getMethod().name()) {
            case "GET", "HEAD", "OPTIONS", "QUERY" -> true;
            case "POST" ->
                Granted.KEY.find(exchange).map(Granted::read).orElse(false)
                        || request.getURI().getRawPath().endsWith(QUERY_PATH)
                                && Query.KEY.find(exchange).isPresent();
            default -> false;
        };
    }
}

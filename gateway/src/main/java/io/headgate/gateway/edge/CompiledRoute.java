package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** A route or a service, ready to serve: its chain is linked once, and nothing of it is computed again for a request. */
final class CompiledRoute {

    private final long version;
    private final Served spec;
    private final GatewayFilterChain chain;
    private final Optional<Cors> cors;
    private final List<Map.Entry<String, String>> headers;

    CompiledRoute(long version, Served spec, List<EdgeFilter> filters) {
        this.version = version;
        this.spec = spec;
        this.chain = link(filters);
        this.cors = spec.cors().map(it -> new Cors(it, spec.match().methods()));
        this.headers = List.copyOf(spec.lifecycle().headers().entrySet());
    }

    ResourceId id() {
        return spec.info().id();
    }

    RouteInfo info() {
        return spec.info();
    }

    Served spec() {
        return spec;
    }

    long version() {
        return version;
    }

    Optional<Cors> cors() {
        return cors;
    }

    /** What every answer of this route says, a refusal too. */
    void introduce(ServerWebExchange exchange) {
        if (!headers.isEmpty()) {
            headers.forEach(header -> exchange.getResponse().getHeaders().set(header.getKey(), header.getValue()));
        }
        if (cors.isPresent()) {
            cors.get()
                    .answer(
                            exchange.getResponse().getHeaders(),
                            exchange.getRequest().getHeaders().getOrigin());
        }
    }

    Mono<Void> serve(ServerWebExchange exchange) {
        return chain.filter(exchange);
    }

    RouteIndex.Entry<CompiledRoute> entry() {
        return new RouteIndex.Entry<>(spec.match(), id().toString(), this);
    }

    private static GatewayFilterChain link(List<EdgeFilter> filters) {
        GatewayFilterChain chain = exchange -> Mono.empty();
        List<EdgeFilter> inOrder =
                filters.stream().sorted(Comparator.comparing(EdgeFilter::order)).toList();
        for (EdgeFilter filter : inOrder.reversed()) {
            chain = new Link(filter.order(), filter.filter(), chain);
        }
        return chain;
    }

    private record Link(EdgeOrder step, GatewayFilter filter, GatewayFilterChain next) implements GatewayFilterChain {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange) {
            EdgeRecord.KEY.get(exchange).at(step);
            return filter.filter(exchange, next);
        }
    }
}

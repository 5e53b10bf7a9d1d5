package io.headgate.gateway.edge;

import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.RouteInfo;
import io.headgate.gateway.edge.CanonicalPath.Reading;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;

/** Runs a route's stock filters, and looks at the path again when they are through. */
final class StockStep implements GatewayFilter {

    private final List<GatewayFilter> filters;
    private final PathTemplate template;

    StockStep(List<GatewayFilter> filters, RouteInfo route) {
        this.filters = List.copyOf(filters);
        this.template = route.path();
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain next) {
        putVariables(exchange);
        GatewayFilterChain chain = changed -> next.filter(withCanonicalPath(changed));
        for (GatewayFilter filter : filters.reversed()) {
            GatewayFilterChain rest = chain;
            chain = changed -> filter.filter(changed, rest);
        }
        return chain.filter(exchange);
    }

    private void putVariables(ServerWebExchange exchange) {
        if (!template.variableNames().isEmpty()) {
            String path = exchange.getRequest().getURI().getRawPath();
            Map<String, String> variables = template.variables(PathTemplate.split(path));
            variables.replaceAll((name, value) -> UriUtils.decode(value, StandardCharsets.UTF_8));
            ServerWebExchangeUtils.putUriTemplateVariables(exchange, variables);
        }
    }

    /** A filter may have joined or cut the path into something that reads in two ways. */
    private static ServerWebExchange withCanonicalPath(ServerWebExchange exchange) {
        String path = exchange.getRequest().getURI().getRawPath();
        return switch (CanonicalPath.read(path)) {
            case Reading.Canonical(String canonical) ->
                canonical.equals(path)
                        ? exchange
                        : exchange.mutate()
                                .request(new CleanRequest(exchange.getRequest(), canonical))
                                .build();
            case Reading.Refused(String reason) ->
                throw Problem.of(
                                ProblemType.AMBIGUOUS_PATH,
                                "The route's filters make a path of this one that cannot be sent on: " + reason + ".")
                        .asException();
        };
    }
}

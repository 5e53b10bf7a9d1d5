package io.headgate.gateway.edge;

import io.headgate.api.Caller;
import io.headgate.api.EdgeOrder;
import io.headgate.api.EdgeService;
import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import io.headgate.gateway.upstream.UpstreamSpec;
import io.headgate.gateway.upstream.Upstreams;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Puts the filters of a route, or of a service, together from whoever has a part in it. */
final class RouteCompiler {

    private final Upstreams upstreams;
    private final StockFilters stockFilters;
    private final CallerHeaders callerHeaders;

    RouteCompiler(Upstreams upstreams, StockFilters stockFilters, CallerHeaders callerHeaders) {
        this.upstreams = upstreams;
        this.stockFilters = stockFilters;
        this.callerHeaders = callerHeaders;
    }

    CompiledRoute compile(Resource<RouteSpec> resource) {
        RouteSpec spec = resource.spec();
        RouteInfo route = spec.info().served(resource.version());
        List<EdgeFilter> filters = new ArrayList<>();
        spec.sections().forEach(section -> filters.addAll(section.filtersOf(route)));
        if (spec.cors().isPresent()) {
            filters.add(new EdgeFilter(EdgeOrder.STOCK, Cors::takeBackendsWord));
        }
        stock(spec, filters);
        filters.add(callerHeaders.filter(route));
        filters.addAll(upstreams.filters(spec.upstream(), route));
        return new CompiledRoute(resource.version(), spec, filters);
    }

    CompiledRoute compile(ServiceSpec service) {
        List<EdgeFilter> filters = new ArrayList<>();
        service.sections().forEach(section -> filters.addAll(section.filtersOf(service.info())));
        filters.add(new EdgeFilter(EdgeOrder.UPSTREAM, (exchange, chain) -> serve(service.service(), exchange)));
        return new CompiledRoute(0, service, filters);
    }

    /** Whatever steps there are, a service that wants a caller never sees a request without one. */
    private static Mono<Void> serve(EdgeService service, ServerWebExchange exchange) {
        return service.isPublic() || Caller.KEY.find(exchange).isPresent()
                ? service.serve(exchange)
                : Mono.error(new Problem.Unauthenticated("").asException());
    }

    /** Lets go of the connections that none of these routes uses. */
    void retainOnly(Collection<CompiledRoute> routes) {
        Map<ResourceId, UpstreamSpec> inUse = new HashMap<>();
        for (CompiledRoute route : routes) {
            if (route.spec() instanceof RouteSpec spec) {
                inUse.put(route.id(), spec.upstream());
            }
        }
        upstreams.retainOnly(inUse);
    }

    private void stock(RouteSpec spec, List<EdgeFilter> filters) {
        if (!spec.filters().isEmpty()) {
            String id = spec.info().id().toString();
            List<GatewayFilter> stock = spec.filters().stream()
                    .map(filter -> stockFilters.compile(filter, id))
                    .toList();
            filters.add(new EdgeFilter(EdgeOrder.STOCK, new StockStep(stock, spec.info())));
        }
    }
}

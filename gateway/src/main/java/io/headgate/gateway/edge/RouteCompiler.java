package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.Resource;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import io.headgate.gateway.upstream.Upstreams;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;

/** Puts a route's filters together, from whoever has a part in it. */
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

    /** Lets go of the connections that none of these routes uses. */
    void retainOnly(Collection<CompiledRoute> routes) {
        upstreams.retainOnly(
                routes.stream().map(route -> route.spec().upstream()).toList());
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

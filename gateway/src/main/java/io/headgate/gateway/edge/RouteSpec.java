package io.headgate.gateway.edge;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.gateway.upstream.UpstreamSpec;
import java.util.List;
import java.util.Optional;

/** A route as its team wrote it, read and checked. */
public record RouteSpec(
        RouteInfo info,
        UpstreamSpec upstream,
        List<StockFilter> filters,
        Optional<CorsSpec> cors,
        Lifecycle lifecycle,
        List<Section<?>> sections,
        RouteMatch match) {

    public RouteSpec {
        filters = List.copyOf(filters);
        sections = List.copyOf(sections);
    }

    /** One plugin's member of the route, with the step that reads it. */
    public record Section<S>(RouteStep<S> step, S value) {

        List<RouteStep.EdgeFilter> filtersOf(RouteInfo route) {
            return step.filters(value, route);
        }

        List<RouteStep.Explanation> explain(RouteInfo route) {
            return step.explain(value, route);
        }

        void review(RouteInfo route, ConfigSnapshot others, Review review) {
            step.review(value, route, others, review);
        }

        Optional<AdminRole> reservedTo() {
            return step.reservedTo(value);
        }
    }

    RouteSpec(
            RouteInfo info,
            UpstreamSpec upstream,
            List<StockFilter> filters,
            Optional<CorsSpec> cors,
            Lifecycle lifecycle,
            List<Section<?>> sections) {
        this(info, upstream, filters, cors, lifecycle, sections, RouteMatch.of(info));
    }
}

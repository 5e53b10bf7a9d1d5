package io.headgate.filter;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code filter} section of a route, and the filter that it asks for. */
final class FilterRouteStep implements RouteStep<Optional<FilterSection>> {

    private final QueryFilter.Shared shared;

    FilterRouteStep(QueryFilter.Shared shared) {
        this.shared = shared;
    }

    @Override
    public String section() {
        return "filter";
    }

    @Override
    public Optional<FilterSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent() ? Optional.of(FilterSection.read(section, route)) : Optional.empty();
    }

    @Override
    public void review(Optional<FilterSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        section.ifPresent(present -> {
            if (others.find(FilterSchema.class, present.schema()).isEmpty()) {
                review.problem(
                        "/spec/filter/schema", "'" + present.schema() + "' (expected: a FilterSchema that exists)");
            }
        });
    }

    /** There would be no tenant to limit a query to. */
    @Override
    public boolean needsCaller(Optional<FilterSection> section) {
        return section.isPresent();
    }

    @Override
    public List<EdgeFilter> filters(Optional<FilterSection> section, RouteInfo route) {
        return section.map(present -> new EdgeFilter(EdgeOrder.QUERY, new QueryFilter(shared, present, route)))
                .map(List::of)
                .orElse(List.of());
    }

    @Override
    public List<Explanation> explain(Optional<FilterSection> section, RouteInfo route) {
        return section.map(present -> new Explanation(EdgeOrder.QUERY, present.summary()))
                .map(List::of)
                .orElse(List.of());
    }
}

package io.headgate.filter;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code filter} section of a route: read and checked whole, and not yet acted on. */
final class FilterRouteStep implements RouteStep<Optional<FilterSection>> {

    @Override
    public String section() {
        return "filter";
    }

    @Override
    public Optional<FilterSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent()
                ? Optional.of(FilterSection.read(section, route.id().team()))
                : Optional.empty();
    }

    @Override
    public void review(Optional<FilterSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        if (section.isPresent()) {
            review.warning("filter: not in force in this build");
        }
    }

    @Override
    public List<EdgeFilter> filters(Optional<FilterSection> section, RouteInfo route) {
        return List.of();
    }

    @Override
    public List<Explanation> explain(Optional<FilterSection> section, RouteInfo route) {
        return section.map(
                        present -> new Explanation(EdgeOrder.QUERY, present.summary() + " Not in force in this build."))
                .map(List::of)
                .orElse(List.of());
    }
}

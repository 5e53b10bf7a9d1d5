package io.headgate.pagination;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code pagination} section of a route: read and checked whole, and not yet acted on. */
final class PaginationRouteStep implements RouteStep<Optional<PaginationSection>> {

    @Override
    public String section() {
        return "pagination";
    }

    @Override
    public Optional<PaginationSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent() ? Optional.of(PaginationSection.read(section)) : Optional.empty();
    }

    @Override
    public void review(Optional<PaginationSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        if (section.isPresent()) {
            review.warning("pagination: not in force in this build");
        }
    }

    @Override
    public List<EdgeFilter> filters(Optional<PaginationSection> section, RouteInfo route) {
        return List.of();
    }

    @Override
    public List<Explanation> explain(Optional<PaginationSection> section, RouteInfo route) {
        return section.map(
                        present -> new Explanation(EdgeOrder.PAGE, present.summary() + " Not in force in this build."))
                .map(List::of)
                .orElse(List.of());
    }
}

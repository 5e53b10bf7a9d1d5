package io.headgate.reads;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code reads} section of a route: read and checked whole, and not yet acted on. */
final class ReadsRouteStep implements RouteStep<Optional<ReadsSection>> {

    @Override
    public String section() {
        return "reads";
    }

    @Override
    public Optional<ReadsSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent() ? Optional.of(ReadsSection.read(section)) : Optional.empty();
    }

    @Override
    public void review(Optional<ReadsSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        if (section.isPresent()) {
            review.warning("reads: not in force in this build");
        }
    }

    @Override
    public List<EdgeFilter> filters(Optional<ReadsSection> section, RouteInfo route) {
        return List.of();
    }

    @Override
    public List<Explanation> explain(Optional<ReadsSection> section, RouteInfo route) {
        return section.map(
                        present -> new Explanation(EdgeOrder.READ, present.summary() + " Not in force in this build."))
                .map(List::of)
                .orElse(List.of());
    }
}

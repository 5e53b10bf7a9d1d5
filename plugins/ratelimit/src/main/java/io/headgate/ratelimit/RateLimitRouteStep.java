package io.headgate.ratelimit;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code rateLimit} section of a route: read and checked whole, and not yet acted on. */
final class RateLimitRouteStep implements RouteStep<Optional<RateLimitSection>> {

    @Override
    public String section() {
        return "rateLimit";
    }

    @Override
    public Optional<RateLimitSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent()
                ? Optional.of(RateLimitSection.read(section, route.id().team()))
                : Optional.empty();
    }

    @Override
    public void review(Optional<RateLimitSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        if (section.isPresent()) {
            review.warning("rateLimit: not in force in this build");
        }
    }

    @Override
    public List<EdgeFilter> filters(Optional<RateLimitSection> section, RouteInfo route) {
        return List.of();
    }

    @Override
    public List<Explanation> explain(Optional<RateLimitSection> section, RouteInfo route) {
        return section.map(
                        present -> new Explanation(EdgeOrder.LIMIT, present.summary() + " Not in force in this build."))
                .map(List::of)
                .orElse(List.of());
    }
}

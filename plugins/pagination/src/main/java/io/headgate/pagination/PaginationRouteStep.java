package io.headgate.pagination;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;

/** The {@code pagination} section of a route, and the filter that it asks for. */
final class PaginationRouteStep implements RouteStep<Optional<PaginationSection>> {

    private final PageFilter.Shared shared;

    PaginationRouteStep(PageFilter.Shared shared) {
        this.shared = shared;
    }

    @Override
    public String section() {
        return "pagination";
    }

    @Override
    public Optional<PaginationSection> read(SpecReader section, RouteInfo route) {
        return section.isPresent() ? Optional.of(PaginationSection.read(section, route)) : Optional.empty();
    }

    @Override
    public void review(Optional<PaginationSection> section, RouteInfo route, ConfigSnapshot others, Review review) {
        section.filter(present -> present.respond() == PageFormat.LEGACY)
                .ifPresent(
                        present -> review.warning(
                                "pagination: answers in the backend's own envelope; headgate.pagination.legacy counts for whom"));
        section.filter(present -> present.upstream().dialect() == UpstreamDialect.PAGE
                        && present.upstream().total().isEmpty())
                .ifPresent(present -> review.warning(
                        "pagination: without upstream.total a last page that is full is followed by an empty one"));
    }

    @Override
    public List<EdgeFilter> filters(Optional<PaginationSection> section, RouteInfo route) {
        return section.map(present -> new EdgeFilter(
                        EdgeOrder.PAGE,
                        new PageFilter(shared, present, route.id().toString())))
                .map(List::of)
                .orElse(List.of());
    }

    @Override
    public List<Explanation> explain(Optional<PaginationSection> section, RouteInfo route) {
        return section.map(present -> new Explanation(EdgeOrder.PAGE, present.summary()))
                .map(List::of)
                .orElse(List.of());
    }
}

package io.headgate.ratelimit;

import io.headgate.api.ConfigSnapshot;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The {@code rateLimit} section of a route, and the filters that every route gets: limits apply to routes that name none. */
final class RateLimitRouteStep implements RouteStep<RateLimitSection> {

    private final Supplier<LimitBook> book;
    private final Keys keys;
    private final Limits limits;
    private final Throttles throttles;

    RateLimitRouteStep(Supplier<LimitBook> book, Keys keys, Limits limits, Throttles throttles) {
        this.book = book;
        this.keys = keys;
        this.limits = limits;
        this.throttles = throttles;
    }

    @Override
    public String section() {
        return "rateLimit";
    }

    @Override
    public RateLimitSection read(SpecReader section, RouteInfo route) {
        return RateLimitSection.read(section, route.id().team());
    }

    @Override
    public void review(RateLimitSection section, RouteInfo route, ConfigSnapshot others, Review review) {
        for (int i = 0; i < section.policies().size(); i++) {
            ResourceId named = section.policies().get(i);
            String pointer = "/spec/rateLimit/policies/" + i;
            Optional<Resource<RateLimitSpec>> limit = others.find(RateLimitSpec.class, named);
            if (!mayName(named, route)) {
                review.problem(
                        pointer,
                        "'" + named + "' (expected: a limit of team "
                                + route.id().team() + " or of the platform)");
            } else if (limit.isEmpty()) {
                review.problem(pointer, "'" + named + "' (expected: a RateLimit that exists)");
            } else if (section.cost() > limit.get().spec().quota().burst()) {
                review.problem(
                        "/spec/rateLimit/cost",
                        section.cost() + " (expected: at most the burst of " + named + ", "
                                + limit.get().spec().quota().burst() + ")");
            }
        }
    }

    private static boolean mayName(ResourceId limit, RouteInfo route) {
        return limit.team().equals(ResourceId.PLATFORM)
                || limit.team().equals(route.id().team());
    }

    @Override
    public List<EdgeFilter> filters(RateLimitSection section, RouteInfo route) {
        var applying = new Applying(book, route.id(), section.policies());
        String id = route.id().toString();
        var limit = new EdgeFilter(EdgeOrder.LIMIT, new RateLimitFilter(applying, id, section.cost(), keys, limits));
        return throttles.areOff()
                ? List.of(limit)
                : List.of(
                        limit,
                        new EdgeFilter(EdgeOrder.SHED, ShedFilter.ofGateway(throttles, section.criticality(), id)));
    }

    @Override
    public List<Explanation> explain(RateLimitSection section, RouteInfo route) {
        List<Explanation> explanations = new ArrayList<>();
        List<RateLimit> applying = book.get().of(route.id(), section.policies());
        if (applying.isEmpty()) {
            explanations.add(new Explanation(EdgeOrder.LIMIT, "No limit applies."));
        }
        applying.forEach(
                limit -> explanations.add(new Explanation(EdgeOrder.LIMIT, explanation(limit, section.cost()))));
        explanations.add(new Explanation(EdgeOrder.SHED, shedding(section.criticality())));
        return explanations;
    }

    private String shedding(Criticality criticality) {
        String when = criticality.word() + ": 503 once " + criticality.percent(false)
                + "% of what the backend can take is under way, " + criticality.percent(true)
                + "% for a tenant that wants more than its share";
        return switch (throttles.mode()) {
            case ENFORCE -> when + ".";
            case SHADOW -> when + "; in shadow: it counts, and refuses nobody.";
            case OFF -> "Shedding is off.";
        };
    }

    private static String explanation(RateLimit limit, int cost) {
        RateLimitSpec spec = limit.spec();
        Quota quota = spec.quota();
        String what = limit.id() + " takes " + cost + " of " + quota.quota() + " in " + quota.seconds()
                + "s (burst " + quota.burst() + ") by "
                + spec.key().stream().map(KeyPart::word).toList() + ", " + word(spec.mode()) + "; ";
        return switch (spec.enforcement()) {
            case ENFORCE -> what + "429 above; without Redis: " + word(spec.onStoreDown()) + ".";
            case SHADOW -> what + "in shadow: it counts, and refuses nobody.";
            case OFF -> what + "off: it only takes note of traffic.";
        };
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** The limits of one route, looked up anew only when the book changes. */
    private static final class Applying implements Supplier<List<RateLimit>> {

        private record Known(LimitBook book, List<RateLimit> limits) {}

        private final Supplier<LimitBook> book;
        private final ResourceId route;
        private final List<ResourceId> named;
        private volatile Known known = new Known(LimitBook.EMPTY, List.of());

        Applying(Supplier<LimitBook> book, ResourceId route, List<ResourceId> named) {
            this.book = book;
            this.route = route;
            this.named = named;
        }

        @Override
        public List<RateLimit> get() {
            LimitBook present = book.get();
            Known last = known;
            if (last.book != present) {
                last = new Known(present, present.of(route, named));
                known = last;
            }
            return last.limits;
        }
    }
}

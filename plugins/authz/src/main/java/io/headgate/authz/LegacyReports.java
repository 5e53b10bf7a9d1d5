package io.headgate.authz;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.headgate.api.Findings;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** How our decisions compare with those of backends, for each route that this instance serves. */
public final class LegacyReports {

    private static final Duration FRESH = Duration.ofSeconds(30);
    private static final String OTHERS = "other";

    private record Read(LegacyReport report, Instant at) {}

    private final LivePolicies live;
    private final Supplier<Optional<Findings>> findings;
    private final MigrationProperties bounds;
    private final AuthzMetrics metrics;
    private final Clock clock;
    /** A tally lives as long as the chain of its route. */
    private final Cache<ResourceId, LegacyTally> tallies =
            Caffeine.newBuilder().weakValues().build();

    private final Map<ResourceId, Read> read = new ConcurrentHashMap<>();
    private final Set<String> labels = ConcurrentHashMap.newKeySet();

    LegacyReports(
            LivePolicies live,
            Supplier<Optional<Findings>> findings,
            MigrationProperties bounds,
            AuthzMetrics metrics,
            Clock clock) {
        this.live = live;
        this.findings = findings;
        this.bounds = bounds;
        this.metrics = metrics;
        this.clock = clock;
    }

    LegacyTally tally(AuthzSection section, RouteInfo route) {
        String label = route.id().toString();
        var settings = new LegacyTally.Settings(
                bounds.examples(), clock, (ours, theirs) -> metrics.legacy(label(label), ours, theirs.word()));
        var tally =
                new LegacyTally(section, route, () -> live.of(route.id().team()).names(), settings);
        tallies.put(route.id(), tally);
        return tally;
    }

    /** Given to those that are compared first; what is beyond the bound counts together. */
    private String label(String route) {
        if (labels.contains(route)) {
            return route;
        }
        synchronized (labels) {
            return labels.size() < bounds.maxRoutes() && labels.add(route) ? route : OTHERS;
        }
    }

    /** From all instances; empty where this one serves no such route that asks policies. */
    public Mono<Optional<LegacyReport>> find(ResourceId route) {
        LegacyTally tally = tallies.getIfPresent(route);
        if (tally == null) {
            return Mono.just(Optional.empty());
        }
        LegacyTally.Generation generation = tally.current();
        return Merged.of(generation, findings.get())
                .map(merged -> Optional.of(LegacyReport.of(tally, generation, merged, bounds, clock.instant())));
    }

    /** So that {@link #whyNotToEnforce} knows, where that may matter: for a route that is in shadow mode now. */
    Mono<Void> inform(ResourceId route) {
        LegacyTally tally = tallies.getIfPresent(route);
        if (tally == null || tally.mode() != AuthzMode.SHADOW) {
            read.remove(route);
            return Mono.empty();
        }
        return find(route)
                .doOnNext(found -> found.ifPresent(report -> read.put(route, new Read(report, clock.instant()))))
                .then();
    }

    /** Empty where the route is not in shadow mode now, or may well be enforced. */
    List<String> whyNotToEnforce(ResourceId route) {
        return Optional.ofNullable(read.get(route))
                .filter(last -> last.at().plus(FRESH).isAfter(clock.instant()))
                .map(last -> last.report().because())
                .orElse(List.of());
    }

    Collection<Shared<?>> all() {
        return tallies.asMap().values().stream()
                .<Shared<?>>map(LegacyTally::current)
                .toList();
    }
}

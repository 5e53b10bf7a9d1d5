package io.headgate.reads;

import io.headgate.api.BackendCall;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.DatabaseReplica;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.EdgeOrder;
import io.headgate.api.Resource;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The {@code reads} section of a route: which of its instances a request goes to. A route without it pays nothing. */
final class ReadsRouteStep implements RouteStep<Optional<ReadsSection>> {

    private final ReadsFilter.Shared shared;

    ReadsRouteStep(ReadsFilter.Shared shared) {
        this.shared = shared;
    }

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
        if (section.isEmpty()) {
            return;
        }
        Optional<Resource<DatabaseSpec>> database =
                others.find(DatabaseSpec.class, section.get().database());
        if (database.isEmpty()) {
            review.problem(
                    "/spec/reads/database", "'" + section.get().database() + "' (expected: a Database that exists)");
        } else if (targets(section.get(), route).isEmpty()) {
            review.warning("reads: no instance of the upstream reads from a replica of "
                    + section.get().database().name() + ", so that all reads go to the primary");
        }
    }

    @Override
    public List<EdgeFilter> filters(Optional<ReadsSection> section, RouteInfo route) {
        return section.map(present -> new ReadsFilter(shared, present, targets(present, route)))
                .map(filter -> List.of(new EdgeFilter(EdgeOrder.READ, filter)))
                .orElse(List.of());
    }

    /** By the names of the replicas. */
    private static Map<String, BackendCall.Target> targets(ReadsSection section, RouteInfo route) {
        return route.replicas().stream()
                .filter(replica -> replica.database().equals(section.database().name()))
                .collect(Collectors.toMap(
                        DatabaseReplica::replica, replica -> new BackendCall.Target(Optional.of(replica))));
    }

    @Override
    public List<Explanation> explain(Optional<ReadsSection> section, RouteInfo route) {
        return section.map(present -> new Explanation(EdgeOrder.READ, explain(present, route)))
                .map(List::of)
                .orElse(List.of());
    }

    private static String explain(ReadsSection section, RouteInfo route) {
        var replicas = new TreeSet<>(targets(section, route).keySet());
        return section.summary()
                + (replicas.isEmpty()
                        ? " No instance reads from a replica: all go to the primary."
                        : " They go to " + String.join(", ", replicas) + ", or the primary where none has caught up.");
    }
}

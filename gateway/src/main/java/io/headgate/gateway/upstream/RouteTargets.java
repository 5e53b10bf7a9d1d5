package io.headgate.gateway.upstream;

import io.headgate.api.BackendCall;
import io.headgate.api.DatabaseReplica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The upstreams of one route, and which of them a request goes to. */
final class RouteTargets {
    private static final int WHOLE = 100;

    private final Backend primary;
    private final @Nullable Backend canary;
    private final int weight;
    private final @Nullable CanaryWatch watch;
    private final Map<DatabaseReplica, List<Backend>> readers = new HashMap<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicInteger readersTurn = new AtomicInteger();

    /** @param watch where the canary is to be given up when it fails too often */
    RouteTargets(UpstreamSpec spec, @Nullable CanaryWatch watch, Function<Backend.Key, Backend> backends) {
        this.watch = watch;
        spec.replicas()
                .forEach(instance -> instance.database()
                        .ifPresent(replica -> readers.computeIfAbsent(replica, _ -> new ArrayList<>())
                                .add(backends.apply(Backend.Key.of(spec, instance.url())))));
        this.primary = backends.apply(Backend.Key.of(spec, spec.primary()));
        this.canary = spec.canary()
                .map(it -> backends.apply(Backend.Key.of(spec, it.url())))
                .orElse(null);
        this.weight = spec.canary().map(UpstreamSpec.Canary::weight).orElse(0);
    }

    /** @param wanted by a step; else the route's weights decide */
    Backend choose(Optional<BackendCall.Target> wanted) {
        if (wanted.isPresent() && wanted.get().replica().isPresent()) {
            return reader(wanted.get().replica().get());
        }
        return canary != null && !isGivenUp() && isCanarysTurn() ? canary : primary;
    }

    /** One of the instances that read from this replica, each in its turn. */
    private Backend reader(DatabaseReplica replica) {
        List<Backend> instances = readers.get(replica);
        if (instances == null) {
            throw new IllegalStateException("a step chose a replica that none of the route's instances reads from");
        }
        return instances.size() == 1
                ? instances.getFirst()
                : instances.get(Math.floorMod(readersTurn.getAndIncrement(), instances.size()));
    }

    private boolean isGivenUp() {
        return watch != null && watch.isGivenUp();
    }

    /** What became of a call, as the breaker counts it; one that the breaker did not let through has failed too. */
    void answered(Backend backend, boolean failed) {
        if (watch == null) {
            return;
        }
        if (backend == canary) {
            watch.canaryAnswered(failed);
        } else if (backend == primary) {
            watch.primaryAnswered(failed);
        }
    }

    /** Spreads the canary's share evenly: at 25 of 100 it gets every fourth request, not the first 25. */
    private boolean isCanarysTurn() {
        int n = Math.floorMod(turn.getAndIncrement(), WHOLE);
        return (n + 1) * weight / WHOLE > n * weight / WHOLE;
    }
}

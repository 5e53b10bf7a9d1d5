package io.headgate.gateway.upstream;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/** The upstreams of one route, and which of them a request goes to. */
final class RouteTargets {
    private static final int WHOLE = 100;

    private final Backend primary;
    private final @Nullable Backend canary;
    private final int weight;
    private final Map<UpstreamAddress, Backend> byAddress = new HashMap<>();
    private final @Nullable CanaryWatch watch;
    private final AtomicInteger turn = new AtomicInteger();

    /** @param watch where the canary is to be given up when it fails too often */
    RouteTargets(UpstreamSpec spec, @Nullable CanaryWatch watch, Function<Backend.Key, Backend> backends) {
        this.watch = watch;
        spec.targets().forEach(address -> byAddress.put(address, backends.apply(Backend.Key.of(spec, address))));
        this.primary = backends.apply(Backend.Key.of(spec, spec.primary()));
        this.canary = spec.canary()
                .map(it -> backends.apply(Backend.Key.of(spec, it.url())))
                .orElse(null);
        this.weight = spec.canary().map(UpstreamSpec.Canary::weight).orElse(0);
    }

    Backend choose(ServerWebExchange exchange) {
        ChosenUpstream chosen = ChosenUpstream.KEY.find(exchange).orElse(null);
        if (chosen != null) {
            Backend backend = byAddress.get(chosen.address());
            if (backend == null) {
                throw new IllegalStateException("a step chose an upstream that is none of the route's");
            }
            return backend;
        }
        return canary != null && !isGivenUp() && isCanarysTurn() ? canary : primary;
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

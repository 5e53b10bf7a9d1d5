package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** So many at a time and no more, of all tenants and of each. */
final class Places {

    private static final Duration LATER = Duration.ofSeconds(5);

    private final String what;
    private final int max;
    private final int maxPerTenant;
    private final AtomicInteger taken = new AtomicInteger();
    private final Map<String, Integer> ofTenants = new ConcurrentHashMap<>();

    Places(String what, int max, int maxPerTenant) {
        this.what = what;
        this.max = max;
        this.maxPerTenant = maxPerTenant;
    }

    /** Does the work in a place of its own, which is free again however the work ends. */
    Mono<Void> in(String tenant, java.util.function.Supplier<Mono<Void>> work) {
        return Mono.using(() -> take(tenant), place -> work.get(), this::free);
    }

    private String take(String tenant) {
        int mine = ofTenants.merge(tenant, 1, Integer::sum);
        int all = taken.incrementAndGet();
        if (mine > maxPerTenant || all > max) {
            free(tenant);
            throw Problem.tryLater(
                            mine > maxPerTenant ? ProblemType.TOO_MANY_REQUESTS : ProblemType.EXPORTS_UNAVAILABLE,
                            mine > maxPerTenant
                                    ? what + ": " + maxPerTenant + " of this tenant are open (expected: fewer)"
                                    : what + ": as many are open as may be",
                            LATER)
                    .asException();
        }
        return tenant;
    }

    private void free(String tenant) {
        taken.decrementAndGet();
        ofTenants.merge(tenant, -1, Integer::sum);
        ofTenants.remove(tenant, 0);
    }

    int taken() {
        return taken.get();
    }
}

package io.headgate.ratelimit;

import io.headgate.ratelimit.LimitsProperties.Shedding;
import io.headgate.ratelimit.LimitsProperties.SheddingMode;
import io.headgate.ratelimit.TenantShares.Account;
import java.time.Duration;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The throttle of each backend that was called of late. */
final class Throttles {

    /** How often limits are adapted. */
    static final Duration TICK = Duration.ofMillis(100);

    private static final int MAX_SHOWN = 100;
    private static final int LONGEST_RETRY = 3;

    private final Shedding settings;
    private final ShedMetrics metrics;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final Map<String, Throttle> throttles = new ConcurrentHashMap<>();

    Throttles(Shedding settings, ShedMetrics metrics, LongSupplier nanos, RandomGenerator random) {
        this.settings = settings;
        this.metrics = metrics;
        this.nanos = nanos;
        this.random = random;
    }

    boolean areOff() {
        return settings.mode() == SheddingMode.OFF;
    }

    SheddingMode mode() {
        return settings.mode();
    }

    Throttle of(String upstream) {
        Throttle known = throttles.get(upstream);
        return known != null ? known : throttles.computeIfAbsent(upstream, this::create);
    }

    private Throttle create(String upstream) {
        var throttle = new Throttle(upstream, settings, nanos);
        metrics.watch(throttle);
        return throttle;
    }

    /** Whether the request may go on: where it may not, it has been counted as refused. */
    boolean admits(Throttle throttle, Criticality criticality, Account account) {
        boolean isAboveShare = throttle.isAboveShare(account);
        if (throttle.hasRoom(criticality, isAboveShare)) {
            return true;
        }
        throttle.refused(account);
        metrics.refused(throttle.upstream(), criticality, isAboveShare);
        return settings.mode() != SheddingMode.ENFORCE;
    }

    /** Spread, so that those who were refused together do not come back together. */
    Duration retryAfter() {
        return Duration.ofSeconds(random.nextInt(1, LONGEST_RETRY + 1));
    }

    void tick() {
        long now = nanos.getAsLong();
        for (Iterator<Throttle> each = throttles.values().iterator(); each.hasNext(); ) {
            Throttle throttle = each.next();
            throttle.adapt();
            if (throttle.isForgotten(now)) {
                metrics.forget(throttle.upstream()); // before another can take its place
                each.remove();
            }
        }
    }

    /** The fullest first. */
    void describe(ObjectNode view) {
        view.put("mode", settings.mode().name().toLowerCase(Locale.ROOT));
        ArrayNode upstreams = view.putArray("upstreams");
        throttles.values().stream()
                .sorted(Comparator.comparingDouble((Throttle it) -> (double) it.underWay() / it.limit())
                        .reversed())
                .limit(MAX_SHOWN)
                .forEach(throttle -> upstreams
                        .addObject()
                        .put("upstream", throttle.upstream())
                        .put("limit", throttle.limit())
                        .put("under_way", throttle.underWay())
                        .put("tenants", throttle.tenants())
                        .put("refused", metrics.refused(throttle.upstream())));
    }
}

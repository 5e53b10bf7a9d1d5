package io.headgate.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** The buckets that this instance has met of late: as many as the setting says, whatever clients make up. */
final class Allowances {

    private final Cache<Allowance.Id, Allowance> known;
    private final String prefix;
    private final Fleet fleet;
    private final LongSupplier nanos;

    /** @param forgotten told of those that made room for others */
    Allowances(int atMost, String prefix, Fleet fleet, LongSupplier nanos, Consumer<Allowance> forgotten) {
        this.prefix = prefix;
        this.fleet = fleet;
        this.nanos = nanos;
        this.known = Caffeine.newBuilder()
                .maximumSize(atMost)
                .executor(Runnable::run)
                .<Allowance.Id, Allowance>evictionListener((id, allowance, cause) -> {
                    if (allowance != null && cause == RemovalCause.SIZE) {
                        forgotten.accept(allowance);
                    }
                })
                .build();
    }

    /** @param tag what the buckets that live together with this one have in common */
    Allowance of(Allowance.Id id, RateLimit limit, String tag) {
        Allowance present = known.getIfPresent(id);
        return present != null && present.limit() == limit
                ? present
                : known.asMap()
                        .compute(
                                id,
                                (same, other) -> other != null && other.limit() == limit
                                        ? other
                                        : new Allowance(same, limit, tag, prefix, fleet.newHolder(), nanos));
    }

    long size() {
        return known.estimatedSize();
    }
}

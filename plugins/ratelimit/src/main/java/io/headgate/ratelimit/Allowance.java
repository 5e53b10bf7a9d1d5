package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.Store.Memory;
import io.headgate.ratelimit.Store.Place;
import io.headgate.ratelimit.Store.Standing;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What this instance knows of one bucket, which lives in the store. */
final class Allowance {

    /**
     * A bucket as a request names it. A changed limit makes a new allowance of the same bucket: what is used up stays
     * used up, and what was leased under the old one goes back.
     *
     * @param first the value of the first key
     * @param key all values, as people and the store may see them
     * @param plan the caller's, empty where it has none
     */
    record Id(ResourceId limit, String first, String key, String plan, Quota quota) {}

    private final Id id;
    private final RateLimit limit;
    private final Place place;
    private final String tag;
    private final LongSupplier nanos;
    private final Lease lease;
    private final AtomicReference<@Nullable LocalShare> local = new AtomicReference<>();
    private final Traffic.Counts traffic;
    private volatile long levelAt;
    private volatile long level;

    /** @param tag what buckets that live together have in common */
    Allowance(Id id, RateLimit limit, String tag, String prefix, String holder, LongSupplier nanos) {
        this.id = id;
        this.limit = limit;
        this.tag = tag;
        this.place = place(prefix, tag, limit.id().toString(), id.key(), id.quota());
        this.nanos = nanos;
        this.lease = new Lease(id.quota(), holder, nanos);
        this.traffic = new Traffic.Counts();
    }

    static Place place(String prefix, String tag, String limit, String key, Quota quota) {
        return new Place(prefix + ":limit:{" + tag + "}:" + limit + ":" + key, quota);
    }

    Id id() {
        return id;
    }

    RateLimit limit() {
        return limit;
    }

    Quota quota() {
        return id.quota();
    }

    Place place() {
        return place;
    }

    String tag() {
        return tag;
    }

    Lease lease() {
        return lease;
    }

    Traffic.Counts traffic() {
        return traffic;
    }

    /** What the store said last; where it cannot be asked, the share of this instance begins from there. */
    void saw(Standing standing) {
        level = quota().burstMicros() - standing.remaining();
        levelAt = nanos.getAsLong();
    }

    /** How full the bucket's meter is by now, as far as this instance knows. */
    long level() {
        return level == 0 ? 0 : Math.max(0, level - quota().earnedIn((nanos.getAsLong() - levelAt) / 1_000));
    }

    /** What this instance may admit by itself. */
    LocalShare share(int instances) {
        LocalShare present = local.get();
        if (present != null) {
            return present;
        }
        var made = new LocalShare(quota(), instances, level(), nanos);
        LocalShare other = local.compareAndExchange(null, made);
        return other == null ? made : other;
    }

    /** What the store is to know: of a share, that which came on top of what the store had counted itself. */
    Memory memory(@Nullable LocalShare share) {
        long known = level();
        return share == null && known == 0 ? Memory.NONE : new Memory(share == null ? 0 : admittedBy(share), known);
    }

    private long admittedBy(LocalShare share) {
        return Math.max(0, share.level() - level() / share.instances());
    }

    /** What it admitted by itself, to be made good in the store; null where there is nothing. */
    @Nullable
    LocalShare detachShare() {
        return local.get() == null ? null : local.getAndSet(null);
    }

    /** The store could not be told: it is still to be made good, beside what was admitted while it was asked. */
    void attachShare(@Nullable LocalShare share) {
        LocalShare since = share == null ? null : local.compareAndExchange(null, share);
        if (share != null && since != null) {
            since.absorb(admittedBy(share));
        }
    }
}

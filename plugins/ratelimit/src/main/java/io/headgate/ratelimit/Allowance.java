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

    /** What the store said last: how full the bucket's meter was, and when. */
    record Known(long level, long atNanos) {}

    private final Id id;
    private final RateLimit limit;
    private final Place place;
    private final String tag;
    private final LongSupplier nanos;
    private final Lease lease;
    private final AtomicReference<@Nullable LocalShare> local = new AtomicReference<>();
    private final Traffic.Counts traffic;
    private volatile Known known = new Known(0, 0);

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

    /** Where the store cannot be asked, the share of this instance begins from there. */
    void saw(Standing standing) {
        known = new Known(quota().burstMicros() - standing.remaining(), nanos.getAsLong());
    }

    /** How full the bucket's meter is by now, as far as this instance knows. */
    long level() {
        return level(known);
    }

    private long level(Known known) {
        return known.level() == 0
                ? 0
                : Math.max(0, known.level() - quota().earnedIn((nanos.getAsLong() - known.atNanos()) / 1_000));
    }

    /** What this instance may admit by itself. It begins again when more is known of the bucket, or of the instances. */
    LocalShare share(int instances) {
        while (true) {
            LocalShare present = local.get();
            Known begin = known;
            if (present != null && present.origin() == begin && present.instances() == instances) {
                return present;
            }
            var made = new LocalShare(quota(), instances, begin, level(begin), nanos);
            if (present != null) {
                made.absorb(present.admitted());
            }
            if (local.compareAndSet(present, made)) {
                return made;
            }
        }
    }

    /** A share that was replaced while it was taken from may not have passed that on: better counted twice than never. */
    void tookFrom(LocalShare share, long cost) {
        if (local.get() != share) {
            charge(share.instances(), cost * Quota.MICROS);
        }
    }

    private void charge(int instances, long micros) {
        LocalShare charged;
        do {
            charged = share(instances);
            charged.absorb(micros);
        } while (local.get() != charged);
    }

    /** What the store is to know: of a share, that which came on top of what the store had counted itself. */
    Memory memory(@Nullable LocalShare share) {
        long level = level();
        return share == null && level == 0 ? Memory.NONE : new Memory(share == null ? 0 : share.admitted(), level);
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
            charge(share.instances(), share.admitted());
        }
    }
}

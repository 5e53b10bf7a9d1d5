package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.Store.Memory;
import io.headgate.ratelimit.Store.Place;
import io.headgate.ratelimit.Store.Standing;
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
    private final Traffic.Counts traffic;
    private volatile Known known = new Known(0, 0);
    private volatile @Nullable LocalShare local;
    private volatile boolean isBeingTold;

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
        LocalShare present = local;
        return present != null && present.origin() == known && present.instances() == instances
                ? present
                : begin(instances, 0);
    }

    /** @param forgiven of what was admitted here, that which the store has counted by now */
    private synchronized LocalShare begin(int instances, long forgiven) {
        LocalShare before = local;
        Known from = known;
        var share = new LocalShare(quota(), instances, from, level(from), nanos);
        if (before == null) {
            local = share;
            return share;
        }
        long passed = before.admitted();
        share.absorb(passed - forgiven);
        local = share;
        share.absorb(before.admitted() - passed); // by who took from it until now
        return share;
    }

    /** A share that was replaced while it was taken from may not have passed that on: better counted twice than never. */
    void tookFrom(LocalShare share, long cost) {
        LocalShare charged = share;
        while (local != charged) {
            charged = share(share.instances());
            charged.absorb(cost * Quota.MICROS);
        }
    }

    /** What the store is to know. What was admitted here stands in one question at a time, and stays until it is answered. */
    Memory tell() {
        long level = level();
        long debit = local == null ? 0 : debit();
        return debit == 0 && level == 0 ? Memory.NONE : new Memory(debit, level);
    }

    private synchronized long debit() {
        LocalShare present = local;
        long debit = present == null || isBeingTold ? 0 : present.admitted();
        isBeingTold |= debit > 0;
        return debit;
    }

    /** The store has answered; where it cannot be asked again, the share of this instance begins from there. */
    void told(Memory memory, Standing standing) {
        known = new Known(quota().burstMicros() - standing.remaining(), nanos.getAsLong());
        LocalShare present = local;
        if (present != null) {
            forgive(present.instances(), memory.debit());
        }
        untold(memory);
    }

    private synchronized void forgive(int instances, long debit) {
        if (begin(instances, debit).admitted() == 0) {
            local = null;
        }
    }

    /** The store may not have heard: it is still to be made good. */
    void untold(Memory memory) {
        if (memory.debit() > 0) {
            isBeingTold = false;
        }
    }
}

package io.headgate.ratelimit;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.function.LongSupplier;

/** The part of a limit that one instance admits by itself, while it cannot ask the others. */
final class LocalShare {

    private final Bucket bucket;
    private final long capacity;
    private final int instances;
    private final Quota quota;
    private final Allowance.Known origin;
    private final LongSupplier nanos;
    private final long begunAt;
    private final long usedBefore;

    /**
     * @param origin what the store said last of the bucket
     * @param level what by that is used up of the whole, in millionths: nothing is given twice
     */
    LocalShare(Quota quota, int instances, Allowance.Known origin, long level, LongSupplier nanos) {
        this.quota = quota;
        this.instances = instances;
        this.origin = origin;
        this.nanos = nanos;
        this.begunAt = nanos.getAsLong();
        this.capacity = quota.burstOfOne(instances);
        long used = Math.min(capacity, Math.ceilDiv(level, instances * Quota.MICROS));
        this.usedBefore = used * Quota.MICROS;
        this.bucket = Bucket.builder()
                .withCustomTimePrecision(new Ticks(nanos))
                .addLimit(limit -> limit.capacity(capacity)
                        .refillGreedy(quota.quota(), quota.window().multipliedBy(instances))
                        .initialTokens(capacity - used))
                .build();
    }

    boolean take(long cost) {
        return bucket.tryConsume(cost);
    }

    /** What was admitted already, whether or not it fits. */
    void absorb(long micros) {
        if (micros > 0) {
            bucket.consumeIgnoringRateLimits(Math.ceilDiv(micros, Quota.MICROS));
        }
    }

    void giveBack(long cost) {
        bucket.addTokens(cost);
    }

    Allowance.Known origin() {
        return origin;
    }

    /** What it admitted itself and has not earned back yet, in millionths. */
    long admitted() {
        long earned = quota.earnedIn((nanos.getAsLong() - begunAt) / 1_000) / instances;
        long left = Math.ceilDiv(Math.max(0, usedBefore - earned), Quota.MICROS) * Quota.MICROS; // as the level is
        return Math.max(0, level() - left);
    }

    int instances() {
        return instances;
    }

    long remaining() {
        return bucket.getAvailableTokens();
    }

    /** What is used up and not yet earned back, in millionths. */
    long level() {
        return (capacity - bucket.getAvailableTokens()) * Quota.MICROS;
    }

    /** Microseconds until so much fits; what never fits waits for a whole share. */
    long waitFor(long cost) {
        return cost > capacity
                ? quota.microsToEarn(capacity * Quota.MICROS) * instances
                : Math.ceilDiv(bucket.estimateAbilityToConsume(cost).getNanosToWaitForRefill(), 1_000);
    }

    long full() {
        return quota.microsToEarn(level()) * instances;
    }

    /** The machine's own ticks: they never jump. */
    record Ticks(LongSupplier nanos) implements TimeMeter {
        /** For buckets that earn nothing. */
        static final Ticks FROZEN = new Ticks(() -> 0);

        static final Duration EVER = Duration.ofDays(1);

        @Override
        public long currentTimeNanos() {
            return nanos.getAsLong();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}

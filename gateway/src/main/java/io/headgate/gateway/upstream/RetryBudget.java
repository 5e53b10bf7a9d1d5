package io.headgate.gateway.upstream;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Holds retries to a share of the requests of the last ten seconds, so that a backend in trouble is not pushed further
 * down. A few are always allowed: without them an upstream with little traffic would have no retry at all.
 */
final class RetryBudget {
    private static final int SLOTS = 10;
    private static final int ALWAYS_ALLOWED = 3;
    private static final long SLOT_NANOS = 1_000_000_000L;
    private static final int COUNT_BITS = 32;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;

    private final double share;
    private final LongSupplier nanoTime;
    private final long startNanos;
    /** Each slot holds the second it counts for, and the count. */
    private final AtomicLongArray requests = new AtomicLongArray(SLOTS);

    private final AtomicLongArray retries = new AtomicLongArray(SLOTS);

    RetryBudget(double share, LongSupplier nanoTime) {
        this.share = share;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    void countRequest() {
        count(requests, second());
    }

    /** Two that ask at once may both get the last one: a budget, not a lock. */
    boolean tryRetry() {
        long now = second();
        if (share == 0 || sum(retries, now) >= ALWAYS_ALLOWED + share * sum(requests, now)) {
            return false;
        }
        count(retries, now);
        return true;
    }

    private long second() {
        return (nanoTime.getAsLong() - startNanos) / SLOT_NANOS;
    }

    private static void count(AtomicLongArray slots, long second) {
        int slot = (int) (second % SLOTS);
        long before;
        long after;
        do {
            before = slots.get(slot);
            after = before >>> COUNT_BITS == second ? before + 1 : (second << COUNT_BITS) + 1;
        } while (!slots.compareAndSet(slot, before, after));
    }

    private static long sum(AtomicLongArray slots, long second) {
        long sum = 0;
        for (int slot = 0; slot < SLOTS; slot++) {
            long counted = slots.get(slot);
            if (second - (counted >>> COUNT_BITS) < SLOTS) {
                sum += counted & COUNT_MASK;
            }
        }
        return sum;
    }
}

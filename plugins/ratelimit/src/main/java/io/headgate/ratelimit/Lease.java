package io.headgate.ratelimit;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that this instance took ahead and spends without asking. The store counts them as used from the moment it hands
 * them out, and takes them for spent when their time is over; here their time is over earlier.
 */
final class Lease {

    /** Of the store's time for a lease, what passes here until it is over: the rest is for clocks that do not run alike. */
    private static final double OWN_PART_OF_LIFETIME = 0.9;

    /** The store had less than was asked for. */
    record Shortage(long atNanos, long missing, long waitMicros) {}

    private final Quota quota;
    private final String holder;
    private final LongSupplier nanos;
    private final Bucket wallet;
    private final AtomicLong returned = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();
    private final LongAdder waiting = new LongAdder();
    private final AtomicReference<@Nullable CompletableFuture<Store.Settled>> underWay = new AtomicReference<>();
    private volatile long expiresAt;
    private volatile long touchedAt;
    private volatile long remainingElsewhere;
    private volatile @Nullable Shortage shortage;
    private volatile long pausedUntil;

    Lease(Quota quota, String holder, LongSupplier nanos) {
        this.quota = quota;
        this.holder = holder;
        this.nanos = nanos;
        this.expiresAt = nanos.getAsLong();
        this.pausedUntil = expiresAt;
        this.touchedAt = expiresAt;
        this.wallet = Bucket.builder()
                .withCustomTimePrecision(LocalShare.Ticks.FROZEN)
                .addLimit(limit -> limit.capacity(quota.burst())
                        .refillGreedy(1, LocalShare.Ticks.EVER)
                        .initialTokens(0))
                .build();
    }

    String holder() {
        return holder;
    }

    /** Time is looked at after the taking, so that nothing is spent that the store may have given to others. */
    boolean spend(long cost) {
        touchedAt = nanos.getAsLong();
        return wallet.tryConsume(cost) && nanos.getAsLong() - expiresAt < 0;
    }

    /** Taken for a request that another limit then refused. */
    void giveBack(long cost) {
        returned.addAndGet(cost);
    }

    long held() {
        return nanos.getAsLong() - expiresAt < 0 ? wallet.getAvailableTokens() : 0;
    }

    /** Takes all that is left out of reach, to be returned. */
    void surrender() {
        returned.addAndGet(wallet.tryConsumeAsMuchAsPossible());
    }

    boolean hasAnythingToReturn() {
        return returned.get() > 0 || wallet.getAvailableTokens() > 0;
    }

    long takeReturned() {
        return returned.getAndSet(0);
    }

    long nextSequence() {
        return sequence.incrementAndGet();
    }

    boolean isIdleFor(Duration time) {
        return nanos.getAsLong() - touchedAt >= time.toNanos();
    }

    LongAdder waiting() {
        return waiting;
    }

    AtomicReference<@Nullable CompletableFuture<Store.Settled>> underWay() {
        return underWay;
    }

    /** What the store is told that is kept: nothing of what is over, which is dropped with that. */
    long keep() {
        if (nanos.getAsLong() - expiresAt < 0) {
            return wallet.getAvailableTokens();
        }
        wallet.tryConsumeAsMuchAsPossible();
        return 0;
    }

    /** @param sentAt when the store was asked; it cannot have begun to count before */
    void granted(long tokens, long remaining, long sentAt, Duration lifetime) {
        expiresAt = sentAt + (long) (lifetime.toNanos() * OWN_PART_OF_LIFETIME);
        remainingElsewhere = remaining / Quota.MICROS;
        if (tokens > 0) {
            wallet.forceAddTokens(tokens);
        }
    }

    /** @param found null where requests got what they need, and only the lease is not full */
    void shortOf(@Nullable Shortage found, Duration pause) {
        pausedUntil = nanos.getAsLong() + pause.toNanos();
        shortage = found;
    }

    /** Whether the store was short a moment ago, so that asking it again would be in vain. */
    boolean isPaused() {
        return nanos.getAsLong() - pausedUntil < 0;
    }

    /** Whether it is known that so much is not to be had yet. */
    boolean isKnownShortOf(long cost) {
        return shortage != null && isPaused() && waitFor(cost) > 0;
    }

    /** Microseconds until so much fits, by what the store said last. */
    long waitFor(long cost) {
        Shortage known = shortage;
        if (known == null) {
            return 0;
        }
        long asked = cost * Quota.MICROS;
        long difference = asked >= known.missing()
                ? quota.microsToEarn(asked - known.missing())
                : 1 - quota.microsToEarn(known.missing() - asked);
        return Math.max(0, known.waitMicros() + difference - (nanos.getAsLong() - known.atNanos()) / 1_000);
    }

    /** As far as this instance knows. */
    long remaining() {
        return Math.min(quota.burst(), remainingElsewhere + held());
    }
}

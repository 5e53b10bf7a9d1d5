package io.headgate.ratelimit;

import java.time.Duration;

/**
 * A bucket of tokens: it starts full with {@code burst} and earns {@code quota} tokens in each {@code window}, evenly.
 * All arithmetic is in whole millionths of a token and whole microseconds, and rounds against the caller.
 */
record Quota(long quota, Duration window, long burst) {

    static final long MICROS = 1_000_000;
    static final long MAX_TOKENS = 10_000_000;
    static final Duration MAX_WINDOW = Duration.ofDays(31);
    /** Some twelve years, in microseconds: nobody waits longer, and nothing overflows. */
    static final long FOREVER = 400_000_000_000_000L;

    Quota {
        requireTokens("quota", quota);
        requireTokens("burst", burst);
        if (window.compareTo(Duration.ofSeconds(1)) < 0
                || window.compareTo(MAX_WINDOW) > 0
                || window.toNanosPart() != 0) {
            throw new IllegalArgumentException(
                    "window: " + window.toMillis() + "ms (expected: whole seconds, 1s.." + MAX_WINDOW.toDays() + "d)");
        }
    }

    private static void requireTokens(String what, long tokens) {
        if (tokens < 1 || tokens > MAX_TOKENS) {
            throw new IllegalArgumentException(what + ": " + tokens + " (expected: 1.." + MAX_TOKENS + ")");
        }
    }

    long seconds() {
        return window.toSeconds();
    }

    long burstMicros() {
        return burst * MICROS;
    }

    /** How long it takes to earn so many millionths, in microseconds, and never more than {@link #FOREVER}. */
    long microsToEarn(long microtokens) {
        if (microtokens <= 0) {
            return 0;
        }
        return (double) microtokens * seconds() / quota >= FOREVER
                ? FOREVER
                : microtokens / quota * seconds() + Math.ceilDiv(microtokens % quota * seconds(), quota);
    }

    /** What is earned in so many microseconds, at most a full bucket. */
    long earnedIn(long micros) {
        return micros <= 0 ? 0 : (long) Math.min(burstMicros(), Math.floor((double) micros * quota / seconds()));
    }

    /** The part of the burst that one of so many instances may hold ahead, when all together may hold that share. */
    long leaseSize(int instances, double share) {
        return (long) (burst * share / instances);
    }

    /** What one of so many instances admits at once where it cannot ask the others. */
    long burstOfOne(int instances) {
        return Math.max(1, burst / instances);
    }
}

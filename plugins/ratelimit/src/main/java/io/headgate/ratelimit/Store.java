package io.headgate.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Where all instances count together. Every answer comes within the budget or fails; nothing here blocks. Amounts are
 * millionths of a token, times microseconds.
 */
interface Store {

    /** Whether buckets that do not live together cannot be taken from in one step. */
    boolean isSplit();

    /** From all of them or from none, which is so within the limits of {@link #isSplit}. */
    CompletableFuture<List<Standing>> take(List<Take> takes);

    CompletableFuture<Void> refund(List<Take> takes);

    CompletableFuture<Settled> settle(Settlement settlement);

    CompletableFuture<Beat> beat(String instance, Duration lifetime);

    CompletableFuture<List<Level>> look(List<Place> places);

    CompletableFuture<Void> publish(String name, String text, Duration lifetime);

    /** What was published under each name; empty where nothing is. */
    CompletableFuture<List<String>> published(List<String> names);

    /**
     * A bucket.
     *
     * @param key its name, with the part in braces by which those that belong together live together
     */
    record Place(String key, Quota quota) {}

    /**
     * @param refuses whether nothing at all is taken where this one is short
     */
    record Take(Place place, long cost, boolean refuses, Memory memory) {}

    /**
     * What the asking instance has to tell of a bucket.
     *
     * @param debit what it admitted from it while the store could not be asked
     * @param used what it last saw used up, in case that the store has lost the bucket
     */
    record Memory(long debit, long used) {
        static final Memory NONE = new Memory(0, 0);
    }

    /**
     * How one bucket stands.
     *
     * @param remaining beyond what instances hold ahead
     * @param waitMicros until what was asked for fits, when nobody else takes any
     * @param full until the bucket is full again
     */
    record Standing(boolean fits, long remaining, long waitMicros, long full, Approach approach) {}

    /** What nobody was told yet in this window. */
    enum Approach {
        NONE(0),
        EIGHTY(80),
        NINETY_FIVE(95);

        private final int percent;

        Approach(int percent) {
            this.percent = percent;
        }

        int percent() {
            return percent;
        }
    }

    /**
     * What a holder says of its lease.
     *
     * @param sequence grows with each message, so that one which was overtaken changes nothing
     * @param held what it has not spent and keeps
     * @param returned what it has not spent and does not keep
     * @param need what requests wait for
     * @param more beyond that
     */
    record Settlement(
            Place place,
            Memory memory,
            String holder,
            long sequence,
            long held,
            long returned,
            long need,
            long more,
            Duration lifetime) {}

    /** @param isCurrent false where a later message of this holder was there first */
    record Settled(boolean isCurrent, long granted, Standing standing) {}

    /** @param micros the store's time */
    record Beat(long micros, List<String> instances) {}

    record Level(boolean isKnown, long used, long held, long burst, long full) {}
}

package io.headgate.ratelimit;

import java.util.concurrent.atomic.LongAdder;

/**
 * How long the answers of one backend on one route usually take, and how long they took of late. Routes are told apart
 * because a report that takes a second says nothing about a look-up that takes a millisecond.
 */
final class Pace {

    /** No answer counts as slower than this many times the usual, so that one that hangs does not speak for all. */
    static final int WORST = 8;

    private static final double FALL = 0.2;
    private static final double RISE = 0.3;
    private static final double FIRST_GUESSES = 0.5;
    /** The first answers that come are the quickest ones; after so many times the usual, all kinds have come. */
    private static final int ENOUGH_TIMES = 10;

    private final long unremarkableNanos;
    private final long warmUpNanos;
    private final long startNanos;
    private final LongAdder answers = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private long usedNanos;
    private volatile long usualNanos;
    private volatile boolean isWarm;

    /** What a window says of the time that the backend takes by itself. */
    enum Load {
        /** So little was under way that nobody waited for anybody. */
        NONE,
        /** Nobody was turned away. */
        SOME,
        /** Somebody was: times under such load are what the limit is there to prevent, and must not become usual. */
        FULL
    }

    /**
     * @param slowness the mean of it, over so many answers
     * @param dueNanos what they would have taken together in their usual time
     */
    record Window(long answers, double slowness, double dueNanos) {}

    /** @param warmUpNanos at least, until it is believed */
    Pace(long unremarkableNanos, long warmUpNanos, long now) {
        this.unremarkableNanos = unremarkableNanos;
        this.warmUpNanos = warmUpNanos;
        this.startNanos = now;
        this.usedNanos = now;
    }

    /** What an answer is measured against. */
    long reference() {
        return Math.max(usualNanos, unremarkableNanos);
    }

    long usualNanos() {
        return usualNanos;
    }

    /** Whether it is known what is usual. */
    boolean isWarm() {
        return isWarm;
    }

    void took(long time) {
        answers.increment();
        nanos.add(isWarm ? Math.min(time, WORST * reference()) : time);
    }

    long waiting() {
        return answers.sum();
    }

    boolean isUnusedSince(long time) {
        return answers.sum() == 0 && usedNanos - time < 0;
    }

    /** @param drift how much of a slow rise one window may bring, where nobody was turned away */
    Window close(Load load, double drift, long now) {
        long count = answers.sumThenReset();
        long sum = nanos.sumThenReset();
        if (count == 0) {
            return new Window(0, 0, 0);
        }
        usedNanos = now;
        double mean = (double) sum / count;
        if (!isWarm) {
            follow(mean, usualNanos == 0 ? 1 : FIRST_GUESSES);
            isWarm = now - startNanos >= Math.max(warmUpNanos, ENOUGH_TIMES * usualNanos);
            return new Window(count, 1, (double) count * reference());
        }
        var window = new Window(count, Math.min(WORST, mean / reference()), (double) count * reference());
        follow(mean, mean < usualNanos ? FALL : rise(load, drift));
        return window;
    }

    private static double rise(Load load, double drift) {
        return switch (load) {
            case NONE -> RISE;
            case SOME -> drift;
            case FULL -> 0;
        };
    }

    private void follow(double mean, double part) {
        usualNanos = Math.max(1, usualNanos + (long) ((mean - usualNanos) * part));
    }
}

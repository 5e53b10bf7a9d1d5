package io.headgate.ratelimit;

/**
 * How many requests one backend is given at once. It is as wide as it may be until answers take too long. Then it goes
 * to what the backend can have under way without that, from there it shrinks by the factor that answers are too slow by,
 * and once they are well within what is tolerated it grows again with its own root. In between it stays, so that it does
 * not swing. One thread adapts it, any may read it.
 */
final class ConcurrencyLimit {

    /** Slow windows in a row until something is done: a pause of a collector, here or there, is over by then. */
    static final int PATIENCE = 3;

    private static final double STEEPEST = 0.5;
    private static final double GROWTH = 0.25;
    /** What the last window counts beside all before it. */
    private static final double WEIGHT = 0.5;

    private final int least;
    private final int most;
    private final double tolerance;
    private double exact;
    private double slowness = 1;
    private int slowWindows;
    private volatile int present;

    /**
     * What a window tells.
     *
     * @param slowness how many times longer than usual answers took
     * @param fitting how many requests would have been under way, had as many answers come in their usual time
     * @param hasRefused whether the limit held anybody back
     */
    record Window(double slowness, double fitting, boolean hasRefused) {}

    ConcurrencyLimit(int least, int most, double tolerance) {
        this.least = least;
        this.most = most;
        this.tolerance = tolerance;
        this.exact = most;
        this.present = most;
    }

    int present() {
        return present;
    }

    /** @return whether the limit was lowered */
    boolean adapt(Window window) {
        double before = exact;
        slowness += (window.slowness() - slowness) * WEIGHT;
        slowWindows = slowness > tolerance ? slowWindows + 1 : 0;
        if (slowWindows >= PATIENCE) {
            exact = Math.max(least, lowered(window));
        } else if (slowness <= (1 + tolerance) / 2) {
            exact = Math.min(most, exact + GROWTH * Math.sqrt(exact));
        }
        present = (int) exact;
        return exact < before;
    }

    private double lowered(Window window) {
        return window.hasRefused()
                ? exact * Math.max(STEEPEST, tolerance / slowness)
                : Math.min(exact, tolerance * window.fitting());
    }
}

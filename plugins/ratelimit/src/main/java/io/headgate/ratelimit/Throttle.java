package io.headgate.ratelimit;

import io.headgate.ratelimit.LimitsProperties.Shedding;
import io.headgate.ratelimit.TenantShares.Account;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * One backend: what is under way there, how much may be, and who goes first. A request costs two counters up and two
 * down; all that is computed, {@link #adapt} computes on a thread that no request waits for.
 */
final class Throttle {

    /** Answers that are enough to say something, and how long to wait for so many. */
    private static final int ENOUGH = 20;

    private static final long LONGEST_WINDOW = Duration.ofSeconds(1).toNanos();
    /** In which times that come slowly and stay become the usual ones. */
    private static final double DRIFT_NANOS = Duration.ofMinutes(10).toNanos();

    private final String upstream;
    private final Shedding settings;
    private final LongSupplier nanos;
    private final long startNanos;
    private final ConcurrencyLimit limit;
    private final TenantShares shares;
    private final Map<String, Pace> paces = new ConcurrentHashMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final LongAdder ended = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile int peak;
    private volatile int epoch;
    private volatile boolean hasRefused;
    private long windowNanos;
    private long endedBefore;
    private long movedNanos;

    Throttle(String upstream, Shedding settings, LongSupplier nanos) {
        this.upstream = upstream;
        this.settings = settings;
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
        this.windowNanos = startNanos;
        this.movedNanos = startNanos;
        this.limit = new ConcurrencyLimit(settings.minLimit(), settings.maxLimit(), settings.tolerance());
        this.shares = new TenantShares(settings.tenants());
    }

    String upstream() {
        return upstream;
    }

    int limit() {
        return limit.present();
    }

    int underWay() {
        return underWay.get();
    }

    int tenants() {
        return shares.tenants();
    }

    long now() {
        return nanos.getAsLong();
    }

    Account account(String tenant) {
        return shares.of(tenant);
    }

    boolean isAboveShare(Account account) {
        return shares.isAbove(account);
    }

    /** Two that ask at once may both be let in where one fits: a limit that is a guess need not be kept to the one. */
    boolean hasRoom(Criticality criticality, boolean isAboveShare) {
        return underWay.get() < criticality.room(limit.present(), isAboveShare);
    }

    void refused(Account account) {
        account.refused();
        if (!hasRefused) {
            hasRefused = true;
        }
    }

    Seat seat(Account account, String route) {
        Pace pace = paces.get(route);
        if (pace == null) {
            pace = paces.computeIfAbsent(route, missing -> newPace());
        }
        return new Seat(this, account, pace, epoch);
    }

    private Pace newPace() {
        return new Pace(settings.unremarkable().toNanos(), settings.warmUp().toNanos(), now());
    }

    void sit(Account account) {
        account.hold();
        int now = underWay.incrementAndGet();
        if (now > peak) {
            peak = now;
        }
    }

    void rise(Account account) {
        account.giveBack();
        underWay.decrementAndGet();
        ended.increment();
    }

    /** What was let in before the limit was last lowered tells nothing about the lowered one. */
    void answered(Pace pace, int since, long time) {
        if (since == epoch) {
            pace.took(time);
        }
    }

    void failed(int since) {
        if (since == epoch) {
            failures.increment();
        }
    }

    /** Comes every {@link Throttles#TICK}, from one thread. */
    void adapt() {
        long now = now();
        shares.settle(underWay.get(), ended.sum());
        int most = Math.max(peak, underWay.get());
        if (isSilent(now)) {
            lowerOrRaise(new ConcurrencyLimit.Window(Pace.WORST, 0, hasRefused), now);
        } else if (isWindowOver(now)) {
            lowerOrRaise(closeWindow(most, now), now);
        }
        paces.values()
                .removeIf(
                        pace -> pace.isUnusedSince(now - settings.forgetAfter().toNanos()));
    }

    /** A window that is shorter than answers take would judge the backend by a handful of them. */
    private boolean isWindowOver(long now) {
        long told = failures.sum();
        long longest = LONGEST_WINDOW;
        for (Pace pace : paces.values()) {
            long answers = pace.waiting();
            told += answers;
            longest = answers == 0 ? longest : Math.max(longest, pace.usualNanos());
        }
        return told >= ENOUGH || told > 0 && now - windowNanos >= longest;
    }

    /**
     * Many wait and nobody is answered, for longer than the slowest answer would count: that is an answer, too. Not so
     * while it is still being learned what is usual.
     */
    private boolean isSilent(long now) {
        long endedNow = ended.sum();
        boolean hasMoved = endedNow != endedBefore || underWay.get() <= settings.minLimit();
        endedBefore = endedNow;
        if (hasMoved) {
            movedNanos = now;
            return false;
        }
        long slowest = 0;
        for (Pace pace : paces.values()) {
            if (!pace.isWarm()) {
                return false;
            }
            slowest = Math.max(slowest, pace.reference());
        }
        return now - movedNanos > Pace.WORST * slowest;
    }

    /** How slow the window was: the mean over all routes, a failure counting as the slowest answer there is. */
    private ConcurrencyLimit.Window closeWindow(int most, long now) {
        Pace.Load load = load(most);
        double length = now - windowNanos;
        long count = failures.sumThenReset();
        double slowness = (double) count * Pace.WORST;
        double due = 0;
        for (Pace pace : paces.values()) {
            Pace.Window window = pace.close(load, Math.min(1, length / DRIFT_NANOS), now);
            count += window.answers();
            slowness += window.answers() * window.slowness();
            due += window.dueNanos();
        }
        return new ConcurrencyLimit.Window(
                count == 0 ? 1 : slowness / count, length == 0 ? 0 : due / length, hasRefused);
    }

    private Pace.Load load(int most) {
        if (most <= settings.minLimit()) {
            return Pace.Load.NONE;
        }
        return hasRefused ? Pace.Load.FULL : Pace.Load.SOME;
    }

    private void lowerOrRaise(ConcurrencyLimit.Window window, long now) {
        if (limit.adapt(window)) {
            epoch = epoch == Integer.MAX_VALUE ? 0 : epoch + 1;
        }
        windowNanos = now;
        peak = underWay.get();
        hasRefused = false;
    }

    boolean isForgotten(long now) {
        return underWay.get() == 0
                && paces.isEmpty()
                && now - startNanos > settings.forgetAfter().toNanos();
    }

    /** Answers of this route take so long, where they are not held up; 0 where that is not known. */
    long usualNanos(String route) {
        Pace pace = paces.get(route);
        return pace == null ? 0 : pace.usualNanos();
    }
}

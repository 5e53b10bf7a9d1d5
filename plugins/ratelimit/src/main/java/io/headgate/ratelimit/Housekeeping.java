package io.headgate.ratelimit;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What belongs to no request: the connection, the beat, unused leases, traffic, events, and how much backends are given.
 * One thread, never a request's.
 */
final class Housekeeping implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
    private static final Duration SWEEP = Duration.ofMillis(200);
    private static final Duration FAREWELL = Duration.ofMillis(500);

    private final Parts parts;
    private final LimitsProperties settings;
    private LimitBook lastBook = LimitBook.EMPTY;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("limits").factory());

    /** @param book the limits in force */
    record Parts(
            Guarded store,
            Fleet fleet,
            LeasedLimiter leased,
            Traffic traffic,
            LimitEvents events,
            LimitMetrics metrics,
            Throttles throttles,
            Supplier<LimitBook> book) {}

    Housekeeping(Parts parts, LimitsProperties settings) {
        this.parts = parts;
        this.settings = settings;
    }

    Housekeeping start() {
        every(settings.beat(), this::beat);
        every(SWEEP, this::sweep);
        every(Duration.ofSeconds(1), this::report);
        every(Throttles.TICK, parts.throttles()::tick);
        return this;
    }

    private void every(Duration period, Runnable work) {
        clock.scheduleAtFixedRate(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        log.atError().setCause(e).log("housekeeping of the limits failed");
                    }
                },
                0,
                period.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private void beat() {
        parts.store().beat(parts.fleet().name(), settings.instanceLifetime()).thenAccept(parts.fleet()::heard);
    }

    private void sweep() {
        LimitBook book = parts.book().get();
        parts.leased().returnUnused(allowance -> book.holds(allowance.limit()));
    }

    /** Traffic is handed over whole each time, so that one that was lost does not matter. */
    private void report() {
        for (Traffic.Block block : parts.traffic().collect()) {
            if (!block.rows().isEmpty()) {
                parts.store()
                        .publish(
                                parts.fleet().name() + ":" + block.number(),
                                block.json(),
                                settings.whatIf().window().plusSeconds(Traffic.BLOCK));
            }
        }
        parts.events().flush();
        forgetWhatIsGone();
    }

    private void forgetWhatIsGone() {
        LimitBook present = parts.book().get();
        if (present != lastBook) {
            lastBook.all().stream()
                    .map(RateLimit::id)
                    .filter(id -> present.find(id).isEmpty())
                    .forEach(parts.metrics()::forget);
            lastBook = present;
        }
    }

    /** Leases go back before the instance does. */
    @Override
    public void close() {
        clock.shutdownNow();
        parts.events().flush();
        try {
            parts.leased().giveUpAll(every -> true).get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.debug("leases were not given back; they come back when their time is over");
        }
    }
}

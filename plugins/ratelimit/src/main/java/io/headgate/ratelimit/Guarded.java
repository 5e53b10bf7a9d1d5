package io.headgate.ratelimit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that costs a request no more than the budget. After a few failures in a row it is not asked any more, so that
 * requests do not wait for a store that is away; only {@link #beat} still goes through, and once that is answered in
 * time again so are all others.
 */
final class Guarded implements Store {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final StoreDownException AWAY = new StoreDownException("the store is away");

    /**
     * @param budget for one answer
     * @param failures in a row until the store counts as away
     */
    record Tolerance(Duration budget, int failures) {}

    private final AtomicReference<@Nullable Store> store = new AtomicReference<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final Tolerance tolerance;
    private final LimitMetrics metrics;
    private final LongSupplier nanos;
    private final boolean isSplit;
    private volatile boolean isUp;
    private volatile long changedAt;

    Guarded(Tolerance tolerance, boolean isSplit, LimitMetrics metrics, LongSupplier nanos) {
        this.tolerance = tolerance;
        this.isSplit = isSplit;
        this.metrics = metrics;
        this.nanos = nanos;
        this.changedAt = nanos.getAsLong();
    }

    /** The connection has come about. */
    void use(Store connected) {
        store.set(connected);
    }

    boolean isUp() {
        return isUp;
    }

    Duration sinceChange() {
        return Duration.ofNanos(nanos.getAsLong() - changedAt);
    }

    @Override
    public boolean isSplit() {
        return isSplit;
    }

    @Override
    public CompletableFuture<List<Standing>> take(List<Take> takes) {
        return ask("take", it -> it.take(takes));
    }

    @Override
    public CompletableFuture<Void> refund(List<Take> takes) {
        return ask("refund", it -> it.refund(takes));
    }

    @Override
    public CompletableFuture<Settled> settle(Settlement settlement) {
        return ask("settle", it -> it.settle(settlement));
    }

    @Override
    public CompletableFuture<List<Level>> look(List<Place> places) {
        return askPatiently("look", it -> it.look(places));
    }

    @Override
    public CompletableFuture<Void> publish(String name, String text, Duration lifetime) {
        return askPatiently("publish", it -> it.publish(name, text, lifetime));
    }

    @Override
    public CompletableFuture<List<String>> published(List<String> names) {
        return askPatiently("published", it -> it.published(names));
    }

    /** Asked whatever the state: it finds out whether the store is back. */
    @Override
    public CompletableFuture<Beat> beat(String instance, Duration lifetime) {
        Store connected = store.get();
        return connected == null
                ? CompletableFuture.failedFuture(AWAY)
                : timed("beat", connected, it -> it.beat(instance, lifetime)).whenComplete((beat, failure) -> {
                    if (failure == null) {
                        turn(true);
                    }
                });
    }

    /** For what no request waits for: it may take longer, and says nothing about what requests may expect. */
    private <T> CompletableFuture<T> askPatiently(String what, Function<Store, CompletableFuture<T>> question) {
        Store connected = store.get();
        long started = nanos.getAsLong();
        return connected == null || !isUp
                ? CompletableFuture.failedFuture(AWAY)
                : answer(connected, question)
                        .orTimeout(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)
                        .whenComplete(
                                (value, failure) -> metrics.asked(what, nanos.getAsLong() - started, failure == null));
    }

    private <T> CompletableFuture<T> ask(String what, Function<Store, CompletableFuture<T>> question) {
        Store connected = store.get();
        return connected == null || !isUp ? CompletableFuture.failedFuture(AWAY) : timed(what, connected, question);
    }

    private <T> CompletableFuture<T> timed(
            String what, Store connected, Function<Store, CompletableFuture<T>> question) {
        long started = nanos.getAsLong();
        return answer(connected, question)
                .orTimeout(tolerance.budget().toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((value, failure) -> {
                    metrics.asked(what, nanos.getAsLong() - started, failure == null);
                    heard(failure == null);
                });
    }

    /** A copy, since the client must not see that nobody waits for its answer any more. */
    private static <T> CompletableFuture<T> answer(Store connected, Function<Store, CompletableFuture<T>> question) {
        try {
            return question.apply(connected).copy();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void heard(boolean isGood) {
        if (isGood) {
            failures.set(0);
        } else if (failures.incrementAndGet() >= tolerance.failures()) {
            turn(false);
        }
    }

    private void turn(boolean up) {
        if (isUp != up) {
            isUp = up;
            failures.set(0);
            changedAt = nanos.getAsLong();
            metrics.storeTurned();
        }
    }
}

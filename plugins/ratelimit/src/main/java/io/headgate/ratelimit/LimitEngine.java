package io.headgate.ratelimit;

import io.headgate.api.EventLog;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** One instance's part in the limits, put together. */
final class LimitEngine implements SmartLifecycle {

    private final LimitsProperties settings;
    private final Supplier<LimitBook> book;
    private final Guarded store;
    private final Allowances allowances;
    private final Keys keys;
    private final Limits limits;
    private final Throttles throttles;
    private final LimitInsight insight;
    private final Housekeeping.Parts parts;
    private @Nullable RedisConnection connection;
    private @Nullable Housekeeping housekeeping;

    /**
     * What is not of this module.
     *
     * @param instance the name of this instance, which no other has
     */
    record Surroundings(
            String instance,
            Supplier<LimitBook> book,
            Supplier<@Nullable EventLog> events,
            MeterRegistry meters,
            Clock clock,
            LongSupplier nanos,
            RandomGenerator random) {}

    LimitEngine(LimitsProperties settings, Surroundings around) {
        this.settings = settings;
        this.book = around.book();
        LongSupplier nanos = around.nanos();
        var metrics = new LimitMetrics(around.meters());
        var fleet = new Fleet(
                around.instance(),
                settings.instances(),
                settings.instanceLifetime(),
                around.clock().millis() * 1_000,
                nanos,
                around.random());
        this.store = new Guarded(
                new Guarded.Tolerance(settings.budget(), settings.failures()),
                RedisConnection.isSplit(settings),
                metrics,
                nanos);
        var events = new LimitEvents(around.events(), around.clock(), fleet, metrics, settings.events());
        var local = new LocalLimiter(fleet::size);
        var leased = new LeasedLimiter(store, local, events, settings.leases(), fleet::size, nanos);
        var exact = new ExactLimiter(store, local, events);
        var traffic = new Traffic(settings.whatIf(), fleet);
        this.allowances = new Allowances(settings.keys(), settings.redis().prefix(), fleet, nanos, leased::giveUp);
        this.keys = new Keys(allowances);
        this.limits = new Limits(
                new Limits.Limiters(leased, exact, local, settings.budget(), nanos), traffic, events, metrics);
        this.throttles = new Throttles(settings.shedding(), new ShedMetrics(around.meters()), nanos, around.random());
        this.parts = new Housekeeping.Parts(store, fleet, leased, traffic, events, metrics, throttles, book);
        this.insight = new LimitInsight(store, fleet, traffic, throttles, book, settings);
        metrics.gauge("headgate.limits.store.up", "whether the store answers", () -> store.isUp() ? 1 : 0);
        metrics.gauge("headgate.limits.keys", "buckets that this instance knows", allowances::size);
        metrics.gauge("headgate.limits.leases", "buckets that tokens are leased of", leased::holders);
        metrics.gauge("headgate.limits.instances", "instances that share the limits", fleet::size);
    }

    Supplier<LimitBook> book() {
        return book;
    }

    Guarded store() {
        return store;
    }

    Allowances allowances() {
        return allowances;
    }

    Keys keys() {
        return keys;
    }

    Limits limits() {
        return limits;
    }

    Throttles throttles() {
        return throttles;
    }

    LimitInsight insight() {
        return insight;
    }

    Housekeeping.Parts parts() {
        return parts;
    }

    @Override
    public synchronized void start() {
        connection = new RedisConnection(settings, store).start();
        housekeeping = new Housekeeping(parts, settings).start();
    }

    @Override
    public synchronized void stop() {
        if (housekeeping != null) {
            housekeeping.close();
            housekeeping = null;
        }
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return housekeeping != null;
    }

    /** Before requests come in, and after the last has gone. */
    @Override
    public int getPhase() {
        return 0;
    }
}

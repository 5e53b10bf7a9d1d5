package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Event;
import io.headgate.api.EventLog;
import io.headgate.api.MutableClock;
import io.headgate.api.ResourceId;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** One instance's limiter, on a store and a time that the test chooses; its housekeeping is done when the test says so. */
final class Instance {

    static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Until servers have taken over from one another. */
    private static final Duration LONGEST = Duration.ofSeconds(120);
    /** So long may one question take, where the test is not about that; the machine may be busy. */
    static final Duration AMPLE = Duration.ofSeconds(5);

    final LimitEngine engine;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final List<Event> events = new CopyOnWriteArrayList<>();
    private final String name;
    private final LimitsProperties settings;
    private final AtomicReference<LimitBook> book;

    Instance(String name, LimitsProperties settings, AtomicReference<LimitBook> book, LongSupplier nanos) {
        this.name = name;
        this.settings = settings;
        this.book = book;
        EventLog log = events::add;
        this.engine = new LimitEngine(
                settings,
                new LimitEngine.Surroundings(
                        name,
                        book::get,
                        () -> log,
                        meters,
                        new MutableClock(Instant.ofEpochSecond(1_800_000_000)),
                        nanos,
                        RandomGenerator.getDefault()));
    }

    Instance on(Store store) {
        engine.store().use(store);
        beat();
        return this;
    }

    void beat() {
        join(engine.store()
                .beat(name, settings.instanceLifetime())
                .thenAccept(engine.parts().fleet()::heard));
    }

    /** As the housekeeping does, which does not mind when nobody answers. */
    void tryBeat() {
        join(engine.store()
                .beat(name, settings.instanceLifetime())
                .thenAccept(engine.parts().fleet()::heard)
                .exceptionally(failure -> null));
    }

    boolean isUpAfterBeat() {
        tryBeat();
        return engine.store().isUp();
    }

    /** What the housekeeping does of itself. */
    void sweep() {
        join(engine.parts().leased().returnUnused(allowance -> book.get().holds(allowance.limit())));
    }

    LimitDecision ask(String limit, String key, long cost) {
        return join(askAsync(limit, key, cost));
    }

    CompletableFuture<LimitDecision> askAsync(String limit, String key, long cost) {
        return engine.limits().decide(List.of(claim(limit, key, cost)));
    }

    Claim claim(String limit, String key, long cost) {
        RateLimit present = book.get().find(ResourceId.parse(limit)).orElseThrow();
        var id = new Allowance.Id(present.id(), key, key, "", present.spec().quota());
        return new Claim(allowances().of(id, present, key), cost);
    }

    Allowances allowances() {
        return engine.allowances();
    }

    boolean admits(String limit, String key, long cost) {
        return ask(limit, key, cost) instanceof LimitDecision.Admitted;
    }

    double count(String limit, String outcome) {
        var counter = meters.find("headgate.limits.decisions")
                .tag("limit", limit)
                .tag("outcome", outcome)
                .counter();
        return counter == null ? 0 : counter.count();
    }

    static <T> T join(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no answer", e);
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("waiting until " + what).isNegative();
            Thread.onSpinWait();
        }
    }

    static RateLimit limit(String id, Quota quota, Mode mode) {
        return limit(id, quota, mode, OnStoreDown.LOCAL, Enforcement.ENFORCE);
    }

    static RateLimit limit(String id, Quota quota, Mode mode, OnStoreDown rule, Enforcement enforcement) {
        return new RateLimit(
                ResourceId.parse(id),
                1,
                new RateLimitSpec(
                        List.of(KeyPart.Known.TENANT), List.of(), quota, Map.of(), Map.of(), mode, rule, enforcement));
    }

    static Quota quota(long quota, long seconds, long burst) {
        return new Quota(quota, Duration.ofSeconds(seconds), burst);
    }

    static LimitsProperties settings(String prefix) {
        return settings(prefix, AMPLE);
    }

    static LimitsProperties settings(String prefix, Duration budget) {
        return new LimitsProperties(
                1,
                1_000,
                budget,
                3,
                Duration.ofMillis(500),
                Duration.ofSeconds(5),
                new LimitsProperties.Leases(0.05, Duration.ofSeconds(5), Duration.ofSeconds(1)),
                new LimitsProperties.WhatIf(Duration.ofMinutes(5), 1_000),
                new LimitsProperties.Events(1_000, Duration.ofSeconds(60)),
                shedding(LimitsProperties.SheddingMode.ENFORCE),
                new LimitsProperties.Redis(
                        LimitsProperties.Topology.SINGLE,
                        List.of(),
                        "mymaster",
                        "",
                        "",
                        prefix,
                        4,
                        Duration.ofSeconds(1),
                        2));
    }

    static LimitsProperties settings(
            String prefix, Duration budget, LimitsProperties.Topology topology, List<String> urls) {
        LimitsProperties single = settings(prefix, budget);
        LimitsProperties.Redis redis = single.redis();
        return new LimitsProperties(
                single.instances(),
                single.keys(),
                single.budget(),
                single.failures(),
                single.beat(),
                single.instanceLifetime(),
                single.leases(),
                single.whatIf(),
                single.events(),
                single.shedding(),
                new LimitsProperties.Redis(
                        topology,
                        urls,
                        redis.master(),
                        "",
                        "",
                        prefix,
                        redis.connections(),
                        redis.connectTimeout(),
                        redis.threads()));
    }

    /** As it comes. */
    static LimitsProperties.Shedding shedding(LimitsProperties.SheddingMode mode) {
        return new LimitsProperties.Shedding(
                mode, 20, 1_000, 2, Duration.ofMillis(100), Duration.ofSeconds(5), 1_000, Duration.ofMinutes(10));
    }
}

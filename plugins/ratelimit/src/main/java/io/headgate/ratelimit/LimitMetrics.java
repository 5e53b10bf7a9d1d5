package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Counts decisions by limit and outcome, and questions to the store by kind; no label ever holds a key. */
final class LimitMetrics {

    private static final String DECISIONS = "headgate.limits.decisions";

    enum Outcome {
        ADMITTED,
        REFUSED,
        /** It would have been refused, were the limit in force. */
        SHADOW_REFUSED,
        ADMITTED_LOCALLY,
        REFUSED_LOCALLY,
        /** The store is away, and the limit admits then. */
        ADMITTED_UNCOUNTED,
        /** The store is away, and the limit admits nothing then. */
        UNAVAILABLE
    }

    private final MeterRegistry registry;
    private final Map<ResourceId, Map<Outcome, Counter>> decisions = new ConcurrentHashMap<>();
    private final Map<String, Timer> answered = new ConcurrentHashMap<>();
    private final Map<String, Timer> unanswered = new ConcurrentHashMap<>();
    private final Counter eventsDropped;
    private final Counter turns;

    LimitMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.eventsDropped = registry.counter("headgate.limits.events.dropped");
        this.turns = registry.counter("headgate.limits.store.turns");
    }

    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value).description(description).register(registry);
    }

    void decided(ResourceId limit, Outcome outcome) {
        Map<Outcome, Counter> counters = decisions.computeIfAbsent(limit, this::counters);
        Counter counter = counters.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    private Map<Outcome, Counter> counters(ResourceId limit) {
        Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
        Arrays.stream(Outcome.values())
                .forEach(outcome -> counters.put(
                        outcome, registry.counter(DECISIONS, "limit", limit.toString(), "outcome", word(outcome))));
        return counters;
    }

    /** Lets go of the counts of a limit that is no more. */
    void forget(ResourceId limit) {
        Map<Outcome, Counter> counters = decisions.remove(limit);
        if (counters != null) {
            counters.values().forEach(registry::remove);
        }
    }

    void asked(String what, long nanos, boolean isAnswered) {
        (isAnswered ? answered : unanswered)
                .computeIfAbsent(
                        what,
                        missing -> registry.timer(
                                "headgate.limits.store",
                                "question",
                                missing,
                                "outcome",
                                isAnswered ? "answered" : "unanswered"))
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    void storeTurned() {
        turns.increment();
    }

    void eventDropped() {
        eventsDropped.increment();
    }

    private static String word(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

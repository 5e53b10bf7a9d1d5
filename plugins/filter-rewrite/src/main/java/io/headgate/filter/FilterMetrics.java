package io.headgate.filter;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts what became of queries; every label is one of a few. */
final class FilterMetrics {

    enum Outcome {
        /** Understood and passed on. */
        APPLIED,
        /** Without a filter and without an order: limited to the tenant and passed on. */
        SCOPED,
        REJECTED,
        UNSUPPORTED
    }

    private final Map<String, Counter[]> outcomes;
    private final Timer time;
    private final Counter unrecorded;

    FilterMetrics(MeterRegistry registry) {
        outcomes = Stream.concat(
                        Arrays.stream(FilterDialect.values()).map(FilterDialect::word), Stream.of(QueryTarget.SQL))
                .collect(Collectors.toUnmodifiableMap(Function.identity(), emits -> counters(emits, registry)));
        time = registry.timer("headgate.filter.rewrite");
        unrecorded = registry.counter("headgate.filter.events.unrecorded");
    }

    private static Counter[] counters(String emits, MeterRegistry registry) {
        return Arrays.stream(Outcome.values())
                .map(outcome -> registry.counter(
                        "headgate.filter.queries", "outcome", outcome.name().toLowerCase(Locale.ROOT), "emits", emits))
                .toArray(Counter[]::new);
    }

    void count(Outcome outcome, String emits) {
        Objects.requireNonNull(outcomes.get(emits))[outcome.ordinal()].increment();
    }

    void took(long nanos) {
        time.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** An event that the log did not take. */
    void unrecorded() {
        unrecorded.increment();
    }
}

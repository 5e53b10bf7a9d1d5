package io.headgate.filter;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

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

    private static final FilterDialect[] DIALECTS = FilterDialect.values();

    private final Counter[] outcomes;
    private final Timer time;
    private final Counter unrecorded;

    FilterMetrics(MeterRegistry registry) {
        outcomes = new Counter[Outcome.values().length * DIALECTS.length];
        for (Outcome outcome : Outcome.values()) {
            for (FilterDialect emits : DIALECTS) {
                outcomes[at(outcome, emits)] = registry.counter(
                        "headgate.filter.queries",
                        "outcome",
                        outcome.name().toLowerCase(Locale.ROOT),
                        "emits",
                        emits.word());
            }
        }
        time = registry.timer("headgate.filter.rewrite");
        unrecorded = registry.counter("headgate.filter.events.unrecorded");
    }

    private static int at(Outcome outcome, FilterDialect emits) {
        return outcome.ordinal() * DIALECTS.length + emits.ordinal();
    }

    void count(Outcome outcome, FilterDialect emits) {
        outcomes[at(outcome, emits)].increment();
    }

    void took(long nanos) {
        time.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** An event that the log did not take. */
    void unrecorded() {
        unrecorded.increment();
    }
}

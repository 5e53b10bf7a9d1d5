package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;

/** Counts exports and what left by them; every label is one of a few. */
final class ExportMetrics {

    enum Outcome {
        COMPLETED,
        FAILED,
        CANCELLED
    }

    private final MeterRegistry registry;

    ExportMetrics(MeterRegistry registry, ExportSlots slots) {
        this.registry = registry;
        Gauge.builder("headgate.exports.running", slots, ExportSlots::running).register(registry);
    }

    void ended(DatasetSpec.Format format, Outcome outcome, ExportTally tally, Duration took) {
        String name = format.name().toLowerCase(Locale.ROOT);
        registry.timer(
                        "headgate.exports",
                        "format",
                        name,
                        "outcome",
                        outcome.name().toLowerCase(Locale.ROOT))
                .record(took);
        registry.counter("headgate.exports.rows", "format", name).increment(tally.rows());
        registry.counter("headgate.exports.bytes", "format", name).increment(tally.bytes());
    }

    /** An end that the audit did not take. */
    void unrecorded() {
        registry.counter("headgate.exports.events.unrecorded").increment();
    }
}

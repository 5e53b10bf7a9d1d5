package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what becomes of jobs in this process, and how many wait for any; every label is one of a few. */
final class JobMetrics {

    /** What an attempt came to. */
    enum End {
        COMPLETED,
        CANCELLED,
        FAILED,
        /** It failed in a way that may pass. */
        STARTS_OVER,
        /** As many exports were reading as may, or no server could be reached. */
        NO_ROOM,
        /** Others have the job, or will. */
        LOST,
        /** This process is leaving. */
        GIVEN_BACK
    }

    private final MeterRegistry registry;
    private final AtomicInteger running = new AtomicInteger();
    private volatile double queued = Double.NaN;

    JobMetrics(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("headgate.exports.jobs.running", running, AtomicInteger::get)
                .register(registry);
        Gauge.builder("headgate.exports.jobs.queued", this, metrics -> metrics.queued)
                .register(registry);
    }

    /** @param count not a number where nobody can tell, or nobody asks */
    void queued(double count) {
        queued = count;
    }

    void began() {
        running.incrementAndGet();
    }

    void left() {
        running.decrementAndGet();
    }

    void ended(DatasetSpec.Format format, End end, ExportTally tally, Duration took) {
        String name = format.name().toLowerCase(Locale.ROOT);
        String outcome = end.name().toLowerCase(Locale.ROOT).replace('_', '-');
        registry.timer("headgate.exports.jobs.attempts", "format", name, "outcome", outcome)
                .record(took);
        registry.counter("headgate.exports.jobs.rows", "format", name).increment(tally.rows());
        registry.counter("headgate.exports.jobs.bytes", "format", name).increment(tally.bytes());
    }
}

package io.headgate.reads;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts what became of reads and tokens; every label is one of a few, or the name of a node of the settings. */
final class ReadsMetrics {

    /** What a token was found to be. */
    enum Verdict {
        VALID,
        TOO_LONG,
        TOO_MANY,
        MALFORMED,
        FOREIGN_TENANT,
        FORGED,
        /** Issued at a time that has not come. */
        FUTURE
    }

    private final MeterRegistry registry;
    private final Map<Verdict, Counter> verdicts = new EnumMap<>(Verdict.class);
    private final Counter questions;
    private final Counter captures;
    private final Counter future;
    private final Counter refused;
    private final Counter unknownWrites;
    private final Timer waits;

    ReadsMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (Verdict verdict : Verdict.values()) {
            verdicts.put(verdict, registry.counter("headgate.reads.tokens", "verdict", word(verdict)));
        }
        this.questions = registry.counter("headgate.reads.questions");
        this.captures = registry.counter("headgate.reads.captures");
        this.future = registry.counter("headgate.reads.positions.future");
        this.refused = registry.counter("headgate.reads.refused");
        this.unknownWrites = registry.counter("headgate.reads.writes.unknown");
        this.waits = registry.timer("headgate.reads.wait");
    }

    void token(Verdict verdict) {
        Counter counter = verdicts.get(verdict);
        if (counter != null) {
            counter.increment();
        }
    }

    void placed(ReadOutcome outcome) {
        registry.counter(
                        "headgate.reads.served",
                        "outcome",
                        outcome.kind().word(),
                        "level",
                        outcome.level().word(),
                        "node",
                        outcome.node())
                .increment();
    }

    /** A question was sent to a node; with {@link #captureAsked} it tells how well captures share. */
    void asked() {
        questions.increment();
    }

    void captureAsked() {
        captures.increment();
    }

    /** A believed token told of more than the primary ever wrote. */
    void future() {
        future.increment();
    }

    void refused() {
        refused.increment();
    }

    void unknownWrite() {
        unknownWrites.increment();
    }

    void waited(long nanos) {
        waits.record(nanos, TimeUnit.NANOSECONDS);
    }

    void track(String database, Cluster cluster) {
        Gauge.builder("headgate.reads.waiting", cluster, Cluster::waiting)
                .tag("database", database)
                .register(registry);
        for (Node node : cluster.replicas()) {
            Gauge.builder("headgate.reads.node.in", node, it -> cluster.standing(it) == Standing.IN ? 1 : 0)
                    .tags("database", database, "node", node.name())
                    .register(registry);
            Gauge.builder(
                            "headgate.reads.node.lag",
                            node,
                            it -> cluster.lag(it)
                                    .map(lag -> lag.toNanos() / 1e9)
                                    .orElse(Double.NaN))
                    .baseUnit("seconds")
                    .tags("database", database, "node", node.name())
                    .register(registry);
            Gauge.builder(
                            "headgate.reads.node.lag.bytes",
                            node,
                            it -> cluster.lagBytes(it).map(Long::doubleValue).orElse(Double.NaN))
                    .tags("database", database, "node", node.name())
                    .register(registry);
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

package io.headgate.reads;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

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
    private final Map<Object, List<Meter>> meters = new ConcurrentHashMap<>();
    private final Map<Verdict, Counter> verdicts = new EnumMap<>(Verdict.class);
    private final Counter questions;
    private final Counter captures;
    private final Counter future;
    private final Counter refused;
    private final Counter unknownWrites;
    private final Counter elsewhere;
    private final Counter subjectsUnknown;
    private final Counter subjectsNotKept;
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
        this.elsewhere = registry.counter("headgate.reads.elsewhere");
        this.subjectsUnknown = registry.counter("headgate.reads.subjects.unknown");
        this.subjectsNotKept = registry.counter("headgate.reads.subjects.not.kept");
        this.waits = registry.timer("headgate.reads.wait");
    }

    void token(Verdict verdict) {
        Counter counter = verdicts.get(verdict);
        if (counter != null) {
            counter.increment();
        }
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

    /** A replica's instance broke, and another one was asked in its place. */
    void sentElsewhere() {
        elsewhere.increment();
    }

    /** What a subject wrote could not be told, and it read strongly. */
    void subjectUnknown() {
        subjectsUnknown.increment();
    }

    void subjectNotKept() {
        subjectsNotKept.increment();
    }

    void waited(long nanos) {
        waits.record(nanos, TimeUnit.NANOSECONDS);
    }

    void track(Cluster cluster) {
        meters.put(
                cluster,
                List.of(Gauge.builder("headgate.reads.waiting", cluster, Cluster::waiting)
                        .tag("database", cluster.name())
                        .register(registry)));
    }

    void track(Cluster cluster, Node node) {
        Tags tags = Tags.of("database", cluster.name(), "node", node.name());
        List<Meter> ofNode = new ArrayList<>();
        Served.possible(node.isPrimary())
                .forEach((kind, levels) -> levels.forEach(level -> ofNode.add(FunctionCounter.builder(
                                "headgate.reads.served", node, it -> it.served().of(kind, level))
                        .tags(tags.and("outcome", kind.word(), "level", level.word()))
                        .register(registry))));
        if (!node.isPrimary()) {
            ofNode.add(gauge("in", node, tags, it -> cluster.isIn(it) ? 1 : 0));
            ofNode.add(gauge("lag", node, tags, it -> seconds(cluster.lag(it))));
            ofNode.add(gauge(
                    "lag.bytes",
                    node,
                    tags,
                    it -> cluster.lagBytes(it).map(Long::doubleValue).orElse(Double.NaN)));
        }
        meters.put(node, ofNode);
    }

    private Meter gauge(String what, Node node, Tags tags, ToDoubleFunction<Node> value) {
        return Gauge.builder("headgate.reads.node." + what, node, value)
                .tags(tags)
                .register(registry);
    }

    private static double seconds(Optional<Duration> lag) {
        return lag.map(it -> it.toNanos() / 1e9).orElse(Double.NaN);
    }

    /** Of a node or a cluster that is gone; the next one of its name counts from zero. */
    void forget(Object gone) {
        List<Meter> left = meters.remove(gone);
        if (left != null) {
            left.forEach(registry::remove);
        }
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

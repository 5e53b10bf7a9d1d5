package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.noop.NoopCounter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one route. A counter is made when it first has something to count, since most routes never see most of
 * the endings, and is found by its place in an array ever after.
 */
final class RouteMeters {

    private static final List<String> STEPS = Arrays.stream(EdgeOrder.values())
            .map(step -> step.name().toLowerCase(Locale.ROOT))
            .toList();
    private static final int NO_STEP = STEPS.size();
    private static final int ENDINGS = Ending.values().length * (NO_STEP + 1);
    private static final int PROBLEMS = ProblemType.values().length;
    private static final int RETRIES = ENDINGS + PROBLEMS;

    private final MeterRegistry registry;
    private final Tags tags;
    private final RouteTimers.Pool timerPool;
    private final AtomicReferenceArray<@Nullable Counter> counters = new AtomicReferenceArray<>(RETRIES + 1);
    private volatile @Nullable RouteTimers timers;
    private boolean closed;

    RouteMeters(MeterRegistry registry, RouteTimers.Pool timerPool, String route, String team) {
        this.registry = registry;
        this.timerPool = timerPool;
        this.tags = tags(route, team);
    }

    static Tags tags(String route, String team) {
        return Tags.of(Tag.of("route", route), Tag.of("team", team));
    }

    void record(EdgeRecord record, Ending ending) {
        Optional<ProblemType> refusal = record.refusal();
        int step = refusal.isPresent() ? record.step().ordinal() : NO_STEP;
        counter(ending.ordinal() * (NO_STEP + 1) + step).increment();
        if (refusal.isPresent()) {
            counter(ENDINGS + refusal.get().ordinal()).increment();
        }
        int attempts = record.upstream().attempts();
        if (attempts > 1) {
            counter(RETRIES).increment(attempts - 1.0);
        }
        timers().record(Timings.of(record), attempts > 0);
    }

    /** Takes the meters out of the registry; what still comes is counted nowhere. */
    synchronized void close() {
        closed = true;
        for (int i = 0; i < counters.length(); i++) {
            Counter counter = counters.get(i);
            if (counter != null) {
                registry.remove(counter);
            }
        }
        RouteTimers made = timers;
        if (made != null) {
            timerPool.release(made);
        }
    }

    private Counter counter(int place) {
        Counter counter = counters.get(place);
        return counter == null ? make(place) : counter;
    }

    private synchronized Counter make(int place) {
        Counter counter = counters.get(place);
        if (counter == null) {
            counter = closed ? new NoopCounter(idOf("closed", tags)) : register(place);
            counters.set(place, counter);
        }
        return counter;
    }

    private Counter register(int place) {
        if (place < ENDINGS) {
            int step = place % (NO_STEP + 1);
            return Counter.builder("headgate.requests")
                    .description("requests that ended, by how, and by the step that refused")
                    .tags(tags)
                    .tag("status", Ending.values()[place / (NO_STEP + 1)].word())
                    .tag("step", step == NO_STEP ? "none" : STEPS.get(step))
                    .register(registry);
        }
        if (place < RETRIES) {
            return Counter.builder("headgate.refusals")
                    .description("requests that were answered with a problem")
                    .tags(tags)
                    .tag("problem", ProblemType.values()[place - ENDINGS].slug())
                    .register(registry);
        }
        return Counter.builder("headgate.upstream.retries")
                .description("attempts after the first")
                .tags(tags)
                .register(registry);
    }

    private RouteTimers timers() {
        RouteTimers made = timers;
        return made == null ? makeTimers() : made;
    }

    private synchronized RouteTimers makeTimers() {
        RouteTimers made = timers;
        if (made == null) {
            made = closed ? timerPool.shared() : timerPool.take(tags);
            timers = made;
        }
        return made;
    }

    private static Meter.Id idOf(String name, Tags tags) {
        return new Meter.Id(name, tags, null, null, Meter.Type.COUNTER);
    }
}

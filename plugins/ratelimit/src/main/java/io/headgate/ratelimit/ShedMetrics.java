package io.headgate.ratelimit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** What each backend is given, and who was turned away; labels are backends and words, never tenants. */
final class ShedMetrics {

    private static final String PREFIX = "headgate.limits.shedding.";

    private final MeterRegistry registry;
    private final Map<String, Of> upstreams = new ConcurrentHashMap<>();

    /** @param refused by criticality, above the share at twice its place and within it at the next */
    private record Of(List<Meter> gauges, List<Counter> refused) {}

    ShedMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    void watch(Throttle throttle) {
        String upstream = throttle.upstream();
        upstreams.put(
                upstream,
                new Of(
                        List.of(
                                gauge("limit", "requests that the backend is given at once", throttle, Throttle::limit),
                                gauge("under.way", "requests that wait for it", throttle, Throttle::underWay)),
                        Arrays.stream(Criticality.values())
                                .flatMap(criticality -> Stream.of(
                                        refused(upstream, criticality, "above"),
                                        refused(upstream, criticality, "within")))
                                .toList()));
    }

    private Gauge gauge(String name, String description, Throttle throttle, ToDoubleFunction<Throttle> value) {
        return Gauge.builder(PREFIX + name, throttle, value)
                .description(description)
                .tag("upstream", throttle.upstream())
                .register(registry);
    }

    private Counter refused(String upstream, Criticality criticality, String share) {
        return Counter.builder(PREFIX + "refused")
                .description("requests that the backend had no room for; in shadow they were let in")
                .tags("upstream", upstream, "criticality", criticality.word(), "share", share)
                .register(registry);
    }

    void refused(String upstream, Criticality criticality, boolean isAboveShare) {
        Of known = upstreams.get(upstream);
        if (known != null) {
            known.refused()
                    .get(2 * criticality.ordinal() + (isAboveShare ? 0 : 1))
                    .increment();
        }
    }

    long refused(String upstream) {
        Of known = upstreams.get(upstream);
        return known == null
                ? 0
                : (long) known.refused().stream().mapToDouble(Counter::count).sum();
    }

    void forget(String upstream) {
        Of known = upstreams.remove(upstream);
        if (known != null) {
            known.gauges().forEach(registry::remove);
            known.refused().forEach(registry::remove);
        }
    }
}

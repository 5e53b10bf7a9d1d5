package io.headgate.gateway.edge;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The three histograms of one route, or those that the routes beyond the bound share. */
record RouteTimers(Timer inside, Timer upstream, Timer total) {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(5), Duration.ofMillis(10),
        Duration.ofMillis(20), Duration.ofMillis(50), Duration.ofMillis(100), Duration.ofMillis(200),
        Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    void record(Timings timings, boolean called) {
        inside.record(timings.inside(), TimeUnit.NANOSECONDS);
        total.record(timings.total(), TimeUnit.NANOSECONDS);
        if (called) {
            upstream.record(timings.upstream(), TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Hands out histograms of its own to each route until there are as many as the setting says: one route has some
     * fifty series in them, and a table of ten thousand routes would be a scrape of half a million lines.
     */
    static final class Pool {

        private final MeterRegistry registry;
        private final Semaphore free;
        private @Nullable RouteTimers shared;

        Pool(MeterRegistry registry, int routes) {
            this.registry = registry;
            this.free = new Semaphore(routes);
        }

        RouteTimers take(Tags tags) {
            return free.tryAcquire() ? register(tags) : shared();
        }

        synchronized RouteTimers shared() {
            RouteTimers made = shared;
            if (made == null) {
                made = register(RouteMeters.tags("other", "other"));
                shared = made;
            }
            return made;
        }

        synchronized void release(RouteTimers timers) {
            if (timers != shared) {
                registry.remove(timers.inside);
                registry.remove(timers.upstream);
                registry.remove(timers.total);
                free.release();
            }
        }

        private RouteTimers register(Tags tags) {
            return new RouteTimers(
                    timer("headgate.request.inside", "the gateway's own time", tags),
                    timer("headgate.request.upstream", "from the first attempt to the head of the answer", tags),
                    timer("headgate.request.total", "from the first look at the request to its end", tags));
        }

        private Timer timer(String name, String description, Tags tags) {
            return Timer.builder(name)
                    .description(description)
                    .tags(tags)
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
        }
    }
}

package io.headgate.gateway.edge;

import io.headgate.api.RouteInfo;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.springframework.web.server.ServerWebExchange;

/** Counts what became of requests, by route; nothing that a client chooses ever becomes a label. */
final class EdgeMetrics implements EdgeObserver {

    private final LongAdder inFlight = new LongAdder();
    private final RouteMeters routeless;
    private final Function<RouteInfo, RouteMeters> metersOf;

    /** @param metersOf finds a route's meters without building anything */
    EdgeMetrics(MeterRegistry registry, RouteMeters routeless, Function<RouteInfo, RouteMeters> metersOf) {
        this.routeless = routeless;
        this.metersOf = metersOf;
        Gauge.builder("headgate.requests.in.flight", inFlight, LongAdder::sum)
                .description("requests that have begun and not ended")
                .register(registry);
    }

    @Override
    public void started(ServerWebExchange exchange, EdgeRecord record) {
        inFlight.increment();
    }

    @Override
    public void completed(ServerWebExchange exchange, EdgeRecord record) {
        if (!record.requestId().isEmpty()) { // else it failed before it was begun
            inFlight.decrement();
        }
        Ending ending = Ending.of(record, Ending.statusOf(exchange, record));
        record.route().map(metersOf).orElse(routeless).record(record, ending);
    }
}

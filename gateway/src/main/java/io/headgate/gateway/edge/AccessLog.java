package io.headgate.gateway.edge;

import io.headgate.api.Caller;
import io.headgate.api.RouteInfo;
import io.headgate.gateway.upstream.UpstreamRecord;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.web.server.ServerWebExchange;

/**
 * One line for a request that is worth one. Failures are all written; refusals only up to a bound, because who floods
 * the gateway with requests that it refuses must not flood its log.
 */
final class AccessLog implements EdgeObserver {

    private final AccessLogMode mode;
    private final SecondlyBudget refusals;
    private final Logger log;
    private final Counter suppressed;

    AccessLog(AccessLogMode mode, SecondlyBudget refusals, Logger log, MeterRegistry registry) {
        this.mode = mode;
        this.refusals = refusals;
        this.log = log;
        this.suppressed = Counter.builder("headgate.access.log.suppressed")
                .description("refusals that were not logged because too many came in one second")
                .register(registry);
    }

    @Override
    public void completed(ServerWebExchange exchange, EdgeRecord record) {
        if (mode == AccessLogMode.OFF) {
            return;
        }
        int status = Ending.statusOf(exchange, record);
        Ending ending = Ending.of(record, status);
        if (ending.isFailure()) {
            write(Level.WARN, "request failed", exchange, record, status, ending);
        } else if (mode == AccessLogMode.ALL) {
            write(Level.INFO, "request ended", exchange, record, status, ending);
        } else if (record.refusal().isPresent()) {
            writeWithinBudget(exchange, record, status, ending);
        }
    }

    private void writeWithinBudget(ServerWebExchange exchange, EdgeRecord record, int status, Ending ending) {
        if (refusals.take()) {
            write(Level.INFO, "request refused", exchange, record, status, ending);
        } else {
            suppressed.increment();
        }
    }

    private void write(
            Level level, String message, ServerWebExchange exchange, EdgeRecord record, int status, Ending ending) {
        LoggingEventBuilder line = log.atLevel(level)
                .addKeyValue("requestId", record.requestId())
                .addKeyValue("traceId", record.traceId())
                .addKeyValue(
                        "routeId",
                        record.route().map(RouteInfo::id).map(Object::toString).orElse("none"))
                .addKeyValue(
                        "tenant", Caller.KEY.find(exchange).map(Caller::tenant).orElse("none"))
                .addKeyValue("method", MethodName.of(exchange))
                .addKeyValue("status", status)
                .addKeyValue("ending", ending.word())
                .addKeyValue("durationMs", record.nanos() / 1_000_000);
        if (record.refusal().isPresent()) {
            line = line.addKeyValue("problem", record.refusal().get().slug())
                    .addKeyValue("step", record.step().name());
        }
        UpstreamRecord upstream = record.upstream();
        if (upstream.attempts() > 0) {
            line = line.addKeyValue("upstream", upstream.target()).addKeyValue("attempts", upstream.attempts());
        }
        line.log(message);
    }
}

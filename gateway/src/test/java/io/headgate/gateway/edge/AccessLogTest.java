package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AccessLogTest {

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void saysWhoWasRefusedWhatAndWhy() {
        var log = logging(AccessLogMode.PROBLEMS);
        var request = ObservedRequest.get("/api/reports/4711?q=hush")
                .onRoute("reports/reports-api", "/api/reports/**")
                .of("acme")
                .refused(EdgeOrder.AUTHORIZE, ProblemType.FORBIDDEN);
        request.record.traced("0af7651916cd43dd8448eb211c80319c");
        request.endsAt(7, log);

        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.getFirst().getMessage()).isEqualTo("request refused");
        assertThat(pairs(lines.list.getFirst()))
                .containsOnly(
                        Map.entry("requestId", "request-1"),
                        Map.entry("traceId", "0af7651916cd43dd8448eb211c80319c"),
                        Map.entry("routeId", "reports/reports-api"),
                        Map.entry("tenant", "acme"),
                        Map.entry("method", "GET"),
                        Map.entry("status", 403),
                        Map.entry("ending", "4xx"),
                        Map.entry("durationMs", 7L),
                        Map.entry("problem", "forbidden"),
                        Map.entry("step", "AUTHORIZE"));
    }

    @Test
    void saysWhichBackendFailedAfterHowManyAttempts() {
        var log = logging(AccessLogMode.PROBLEMS);
        ObservedRequest.get("/")
                .calledInVain(2)
                .refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT)
                .endsAt(50, log);

        assertThat(lines.list.getFirst().getLevel()).isEqualTo(Level.WARN);
        assertThat(pairs(lines.list.getFirst()))
                .containsEntry("upstream", ObservedRequest.BACKEND)
                .containsEntry("attempts", 2)
                .containsEntry("problem", "gateway-timeout");
    }

    @Test
    void writesAFewRefusalsASecondAndCountsTheOthers() {
        var log = logging(AccessLogMode.PROBLEMS);
        refuse(100, log);
        nanos.addAndGet(1_000_000_000L);
        refuse(100, log);
        assertThat(lines.list).hasSize(2 * 5);
        assertThat(suppressed()).isEqualTo(190);
    }

    @Test
    void writesEveryFailureHoweverMany() {
        var log = logging(AccessLogMode.PROBLEMS);
        refuse(100, log);
        lines.list.clear();
        IntStream.range(0, 50)
                .forEach(i -> ObservedRequest.get("/").answeredByBackend(502).endsAt(50, log));
        ObservedRequest.get("/").answeredByBackend(200).endsAt(50, Outcome.FAILED, log);
        assertThat(lines.list).hasSize(51).allMatch(line -> line.getMessage().equals("request failed"));
    }

    @Test
    void saysNothingOfASuccessUnlessAllAreWanted() {
        var problems = logging(AccessLogMode.PROBLEMS);
        ObservedRequest.get("/").answeredByBackend(200).endsAt(50, problems);
        assertThat(lines.list).isEmpty();

        var all = logging(AccessLogMode.ALL);
        ObservedRequest.get("/").answeredByBackend(200).endsAt(50, all);
        refuse(100, all);
        assertThat(lines.list).hasSize(101);
        assertThat(suppressed()).isZero();
    }

    @Test
    void saysNothingAtAllWhereItIsOff() {
        var log = logging(AccessLogMode.OFF);
        refuse(1, log);
        ObservedRequest.get("/").answeredByBackend(502).endsAt(50, log);
        assertThat(lines.list).isEmpty();
    }

    private AccessLog logging(AccessLogMode mode) {
        Logger logger = context.getLogger("access");
        logger.detachAndStopAllAppenders();
        lines.setContext(context);
        lines.start();
        logger.addAppender(lines);
        return new AccessLog(mode, new SecondlyBudget(5, nanos::get), logger, registry);
    }

    private void refuse(int times, AccessLog log) {
        IntStream.range(0, times)
                .forEach(i -> ObservedRequest.get("/")
                        .refused(EdgeOrder.AUTHENTICATE, ProblemType.UNAUTHENTICATED)
                        .endsAt(1, log));
    }

    private double suppressed() {
        return registry.get("headgate.access.log.suppressed").counter().count();
    }

    private static Map<String, Object> pairs(ILoggingEvent line) {
        return line.getKeyValuePairs().stream().collect(Collectors.toMap(pair -> pair.key, pair -> pair.value));
    }
}

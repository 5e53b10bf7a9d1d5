package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;

/** What a client says may hold secrets: nothing of it gets into what operators read and keep. */
class LeakTest {

    private static final String SECRET = "s3cr3t";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RouteMeterTable table = new RouteMeterTable(registry, 10);
    private final List<ReadableSpan> spans = new ArrayList<>();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private EdgeObserver[] observers = {};

    @BeforeEach
    void observeAll() {
        var context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        Logger logger = context.getLogger("access");
        lines.setContext(context);
        lines.start();
        logger.addAppender(lines);
        observers = new EdgeObserver[] {
            new EdgeMetrics(registry, table.none(), route -> table.removed()),
            new EdgeTracing(
                    Optional.of(spans::add),
                    address -> true,
                    new TraceSampler(1, 0),
                    Resource.getDefault(),
                    () -> 7,
                    InstantSource.system()),
            new AccessLog(AccessLogMode.ALL, new SecondlyBudget(10, System::nanoTime), logger, registry)
        };
    }

    @Test
    void letsNothingThatTheClientSaidIntoLogsSpansAndMetrics() {
        secretive().beginningAt(observers).answeredByBackend(200).endsAt(50, observers);
        secretive()
                .beginningAt(observers)
                .calledInVain(2)
                .refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT)
                .endsAt(50, observers);
        secretive()
                .beginningAt(observers)
                .refused(EdgeOrder.AUTHENTICATE, ProblemType.UNAUTHENTICATED)
                .endsAt(50, observers);

        assertThat(lines.list).hasSize(3);
        assertThat(spans).hasSize(5);
        assertThat(lines.list)
                .allSatisfy(line -> assertThat(
                                line.getFormattedMessage() + line.getKeyValuePairs() + line.getMDCPropertyMap())
                        .doesNotContainIgnoringCase(SECRET));
        assertThat(spans).allSatisfy(span -> assertThat(span.toString()).doesNotContainIgnoringCase(SECRET));
        assertThat(registry.scrape()).contains("headgate_requests_total").doesNotContainIgnoringCase(SECRET);
    }

    private static ObservedRequest secretive() {
        var headers = Map.of(
                "Authorization", "Bearer " + SECRET,
                "Cookie", "session=" + SECRET,
                "X-Api-Key", SECRET,
                "tracestate", "vendor=" + SECRET,
                "baggage", "user=" + SECRET,
                "traceparent", "00-" + SECRET);
        var request = MockServerHttpRequest.method(
                HttpMethod.valueOf(SECRET),
                URI.create("https://user:" + SECRET + "@host/api/reports/" + SECRET + "?filter=" + SECRET));
        headers.forEach(request::header);
        return ObservedRequest.of(request).onRoute("reports/reports-api", "/api/reports/{id}");
    }
}

package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class ObservedEdgeTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String FORMAT = "CONSOLE_LOG_STRUCTURED_FORMAT"; // outlives the application that set it

    private final Wire.Backend backend = new Wire.Backend();

    @AfterEach
    void close() {
        backend.close();
        System.clearProperty(FORMAT);
    }

    @Test
    void tellsTheBackendItsPlaceInTheCallersTrace() {
        try (TestEdge edge = edge()) {
            send(edge, "/api/reports/1", "traceparent: 00-" + TRACE + "-b7ad6b7169203331-01", "tracestate: vendor=1");
            send(edge, "/api/reports/1", "tracestate: orphan=1");
        }
        assertThat(backend.received.getFirst())
                .containsPattern("(?i)traceparent: 00-" + TRACE + "-(?!b7ad6b7169203331)[0-9a-f]{16}-0[01]\r\n")
                .containsIgnoringCase("tracestate: vendor=1");
        assertThat(backend.received.getLast())
                .containsPattern("(?i)traceparent: 00-(?!" + TRACE + ")[0-9a-f]{32}-[0-9a-f]{16}-0[01]\r\n")
                .doesNotContainIgnoringCase("tracestate");
    }

    @Test
    void countsRequestsAndTheirTimesUntilTheRouteIsRemoved() {
        try (TestEdge edge = edge()) {
            send(edge, "/api/reports/1");
            send(edge, "/api/nowhere");
            var registry = edge.bean(PrometheusMeterRegistry.class);
            edge.records().awaitCompleted(2);
            assertThat(registry.scrape())
                    .contains(
                            "headgate_requests_total{route=\"reports/api\",status=\"2xx\",step=\"none\",team=\"reports\"} 1.0",
                            "headgate_requests_total{route=\"none\",status=\"4xx\",step=\"match\",team=\"none\"} 1.0",
                            "headgate_request_upstream_seconds_count{route=\"reports/api\",team=\"reports\"} 1",
                            "headgate_requests_in_flight 0.0");

            edge.remove("reports/api");
            assertThat(registry.scrape()).doesNotContain("reports/api");
        }
    }

    @Test
    void logsObjectsThatHoldNothingTheClientSaid(CapturedOutput output) {
        try (TestEdge edge = edge("headgate.edge.access-log=all")) {
            send(edge, "/api/reports/s3cr3t?q=s3cr3t", "Authorization: Bearer s3cr3t", "X-Request-Id: seen-1");
            edge.records().awaitCompleted(1);
            assertThat(edge.bean(PrometheusMeterRegistry.class).scrape()).doesNotContain("s3cr3t");
        }
        assertThat(output.getAll()).doesNotContain("s3cr3t");
        JsonNode line = JsonMapper.shared()
                .readTree(output.getAll()
                        .lines()
                        .filter(text -> text.contains("request ended"))
                        .findFirst()
                        .orElseThrow());
        assertThat(line.at("/requestId").asString()).isEqualTo("seen-1");
        assertThat(line.at("/routeId").asString()).isEqualTo("reports/api");
        assertThat(line.at("/status").asInt()).isEqualTo(200);
        assertThat(line.at("/traceId").asString()).hasSize(32);
        assertThat(line.at("/service/name").asString()).isEqualTo("headgate");
    }

    @Test
    void logsABrokenAnswerOnceAndWithoutItsQuery(CapturedOutput output) {
        DisposableServer breaking = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> in.receive()
                        .take(1)
                        .then(out.sendString(Mono.just("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nhalf"))
                                .then()))
                .bindNow();
        try (TestEdge edge = TestEdge.start().route("reports/api", route("http://127.0.0.1:" + breaking.port()))) {
            Wire.send(edge.port(), "GET /api/reports/1?q=s3cr3t HTTP/1.1\r\nHost: localhost\r\n\r\n");
            edge.records().awaitCompleted(1);
        } finally {
            breaking.disposeNow();
        }
        assertThat(output.getAll()).doesNotContain("s3cr3t");
        assertThat(output.getAll().lines().filter(line -> line.contains("reactor-http")))
                .singleElement()
                .asString()
                .contains("request failed", "\"ending\":\"broken\"");
    }

    @Test
    void logsLinesForPeopleWithTheLocalProfile(CapturedOutput output) {
        System.clearProperty(FORMAT);
        try (TestEdge edge = edge("headgate.edge.access-log=all", "spring.profiles.active=local")) {
            send(edge, "/api/reports/1", "X-Request-Id: seen-2");
            edge.records().awaitCompleted(1);
        }
        assertThat(output.getAll().lines().filter(text -> text.contains("request ended")))
                .singleElement()
                .asString()
                .doesNotStartWith("{")
                .contains("requestId=seen-2", "status=200");
    }

    private TestEdge edge(String... properties) {
        return TestEdge.start(properties).route("reports/api", route(backend.url()));
    }

    private static String route(String upstream) {
        return """
                match: { path: /api/reports/** }
                upstream: { primary: "%s" }
                """.formatted(upstream);
    }

    private static void send(TestEdge edge, String path, String... headers) {
        String lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        assertThat(Wire.send(edge.port(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + lines + "\r\n"))
                .startsWith("HTTP/1.1 ");
    }
}

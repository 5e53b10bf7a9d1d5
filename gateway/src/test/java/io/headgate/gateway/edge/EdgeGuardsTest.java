package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands between a route's own parts and the backend, and what a broken route does to the others. */
class EdgeGuardsTest {

    private Wire.Backend backend;
    private TestEdge edge;

    @BeforeEach
    void start() {
        backend = new Wire.Backend();
        edge = TestEdge.start("headgate.edge.header-timeout=300ms", "headgate.edge.body-idle-timeout=300ms");
    }

    @AfterEach
    void stop() {
        edge.close();
        backend.close();
    }

    private String upstream() {
        return "upstream: { primary: \"" + backend.url() + "\" }\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/in/%2e%2e/", "/in/a%2Fb/", "/in//", "/in/;a=b/", "/in/%252e/", "/in/%00/"})
    void whatStockFiltersMakeOfAPathIsRefusedWhereItHasTwoReadings(String replacement) {
        edge.route(
                "demo/joined",
                "match: { path: /up/** }\nfilters: [ { name: RewritePath, args: { regexp: \"^/up/\", replacement: \""
                        + replacement + "\" } } ]\n" + upstream());

        String answer = get("/up/x");

        assertThat(answer).startsWith("HTTP/1.1 400").contains("/problems/ambiguous-path", "filters");
        assertThat(backend.received).isEmpty();
    }

    @Test
    void aVariableOfThePathCannotBecomeSyntaxOfTheNextPath() {
        edge.route("demo/set", "match: { path: \"/set/{id}\" }\nfilters: [ \"SetPath=/items/{id}\" ]\n" + upstream());

        assertThat(get("/set/a%3Bb")).startsWith("HTTP/1.1 400");
        assertThat(get("/set/a%3Fb")).startsWith("HTTP/1.1 200");
        assertThat(backend.received)
                .singleElement()
                .satisfies(it -> assertThat(it).startsWith("GET /items/a%3Fb "));
    }

    @Test
    void whatStockFiltersMakeOfAPathIsSentInItsCanonicalForm() {
        edge.route(
                "demo/plain",
                "match: { path: /up/** }\nfilters: [ { name: RewritePath, args: { regexp: \"^/up/\", replacement: \"/%61bc/%c3%a4/\" } } ]\n"
                        + upstream());

        assertThat(get("/up/x?q=%61")).startsWith("HTTP/1.1 200");

        assertThat(backend.received)
                .singleElement()
                .satisfies(it -> assertThat(it).startsWith("GET /abc/%C3%A4/x?q=%61 HTTP/1.1\r\n"));
    }

    @Test
    void aRouteThatCannotBeCompiledIsLeftOutAloneAndNamed() {
        edge.route("demo/good", "match: { path: /good }\n" + upstream())
                .route("demo/bad", "match: { path: /bad }\ntest: { broken: true }\n" + upstream())
                .route("demo/later", "match: { path: /later }\n" + upstream());

        assertThat(get("/good")).startsWith("HTTP/1.1 200");
        assertThat(get("/later")).startsWith("HTTP/1.1 200");
        assertThat(get("/bad")).startsWith("HTTP/1.1 404");
        assertThat(edge.leftOut()).hasSize(1).allSatisfy((route, reason) -> {
            assertThat(route.id()).hasToString("demo/bad");
            assertThat(reason).contains("what this route needs is gone");
        });
        assertThat(gauge("headgate.routes")).isEqualTo(2);
        assertThat(gauge("headgate.routes.left.out")).isEqualTo(1);
        assertThat(gauge("headgate.route.left.out", "route", "demo/bad", "team", "demo"))
                .isEqualTo(1);
    }

    @Test
    void aRouteThatTurnsBrokenStopsServingAndServesAgainWhenItIsMended() {
        edge.route("demo/it", "match: { path: /it }\n" + upstream());
        assertThat(get("/it")).startsWith("HTTP/1.1 200");

        edge.route("demo/it", "match: { path: /it }\ntest: { broken: true }\n" + upstream());
        assertThat(get("/it")).startsWith("HTTP/1.1 404");
        assertThat(edge.leftOut().keySet()).extracting(Resource::version).containsExactly(2L);

        edge.route("demo/it", "match: { path: /it }\n" + upstream());
        assertThat(get("/it")).startsWith("HTTP/1.1 200");
        assertThat(edge.leftOut()).isEmpty();
        assertThat(edge.bean(MeterRegistry.class)
                        .find("headgate.route.left.out")
                        .gauges())
                .isEmpty();
    }

    private double gauge(String name, String... tags) {
        return edge.bean(MeterRegistry.class).get(name).tags(tags).gauge().value();
    }

    @Test
    void withoutAKeyToSignWithNoCallerIsForwardedUnsigned() {
        edge.route("demo/it", "match: { path: /it }\n" + upstream());
        edge.bean(TestEdge.Keys.class).isEmpty = true;

        String known = get("/it", "X-Test-Caller: acme/ana");
        String anonymous = get("/it", "Headgate-Caller: forged");

        assertThat(known)
                .startsWith("HTTP/1.1 503")
                .contains("/problems/authentication-unavailable")
                .containsIgnoringCase("retry-after: 10");
        assertThat(anonymous).startsWith("HTTP/1.1 200");
        assertThat(backend.received)
                .singleElement()
                .satisfies(it -> assertThat(it).doesNotContainIgnoringCase("headgate-caller"));
    }

    @Test
    void aBackendSaysNothingUnderTheGatewaysNames() throws IOException {
        try (var naughty = new NaughtyBackend()) {
            edge.route("demo/it", "match: { path: /it }\nupstream: { primary: \"" + naughty.url() + "\" }\n");

            String answer = get("/it", "X-Request-Id: mine-1").toLowerCase(java.util.Locale.ROOT);

            assertThat(answer).startsWith("http/1.1 200").contains("x-request-id: mine-1", "x-other: kept");
            assertThat(answer).doesNotContain("headgate-", "theirs");
        }
    }

    private static final class NaughtyBackend implements AutoCloseable {
        private final java.net.ServerSocket server = new java.net.ServerSocket(0, 5, InetAddress.getLoopbackAddress());

        NaughtyBackend() throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    while (socket.getInputStream().read() != '\n') {
                        // the request line is enough
                    }
                    socket.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nHeadgate-Caller: theirs\r\n"
                                            + "headgate-consistency: theirs\r\nX-Other: kept\r\nContent-Length: 2\r\n\r\nok")
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // the test is over
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"GET /it HT", "'GET /it HTTP/1.1\r\nHost: a\r\nX-A: '"})
    void aHeadThatNeverComesWholeEndsItsConnection(String beginning) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(beginning.getBytes(StandardCharsets.US_ASCII));

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 100", "Content-Length: 100000", "Transfer-Encoding: chunked"})
    void aBodyThatStopsComingIsGivenUp(String framing) throws IOException {
        edge.route("demo/it", "match: { path: /it }\n" + upstream());
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port())) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream()
                    .write(("POST /it HTTP/1.1\r\nHost: a\r\nX-Request-Id: slow-1\r\n" + framing
                                    + "\r\n\r\n5\r\nhello\r\n")
                            .getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            if (!answer.isEmpty()) { // where the backend had begun to read, the connection may end first
                assertThat(answer).startsWith("HTTP/1.1 408").contains("/problems/request-timeout");
            }
        }
        edge.records().awaitCompleted(1);
        assertThat(edge.records().completed).singleElement().satisfies(it -> {
            assertThat(it.requestId()).isEqualTo("slow-1");
            assertThat(it.refusal()).isNotEqualTo(Optional.of(ProblemType.INTERNAL));
        });
    }

    private String get(String path, String... headers) {
        return Wire.send(
                edge.port(),
                "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        + String.join(
                                "",
                                java.util.Arrays.stream(headers)
                                        .map(it -> it + "\r\n")
                                        .toList()) + "\r\n");
    }
}

package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.TestTls;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The edge behind TLS, with and without HTTP/2, switched on by settings alone. */
class EdgeTlsTest {

    @TempDir
    private static Path disk;

    private static TestTls tls;
    private static Wire.Backend backend;
    private static TestEdge both;
    private static TestEdge http1;

    @BeforeAll
    static void start() {
        tls = TestTls.create(disk, "ip:127.0.0.1");
        backend = new Wire.Backend();
        both = edge("true", "60s");
        http1 = edge("false", "500ms");
    }

    /** @param linger long where clients read answers, and short where one is cut */
    private static TestEdge edge(String http2, String linger) {
        return TestEdge.start(
                        "server.ssl.key-store=" + tls.location(),
                        "server.ssl.key-store-password=" + TestTls.PASSWORD,
                        "server.http2.enabled=" + http2,
                        "headgate.edge.unread-body.linger=" + linger)
                .route("demo/all", """
                        match: { path: /api/** }
                        upstream: { primary: "%s" }
                        """.formatted(backend.url()))
                .route("demo/closed", """
                        match: { path: /closed/** }
                        test: { caller: true }
                        upstream: { primary: "%s" }
                        """.formatted(backend.url()));
    }

    @AfterAll
    static void stop() {
        both.close();
        http1.close();
        backend.close();
    }

    @BeforeEach
    void forget() {
        backend.received.clear();
    }

    @ParameterizedTest
    @EnumSource
    void aRequestPassesInTheProtocolThatWasAgreedOn(HttpClient.Version version) throws Exception {
        HttpResponse<String> answer = send(both, version, "/api/a?b=c", "abc");

        assertThat(answer.version()).isEqualTo(version);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Request-Id")).isPresent();
        assertThat(backend.received)
                .singleElement()
                .satisfies(it -> assertThat(it)
                        .startsWith("POST /api/a?b=c HTTP/1.1")
                        .containsIgnoringCase("x-forwarded-proto: https")
                        .endsWith("abc"));
    }

    @Test
    void withoutHttp2TlsSpeaksHttp1() throws Exception {
        HttpResponse<String> answer = send(http1, HttpClient.Version.HTTP_2, "/api/a", "abc");

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @EnumSource
    void everyClientReadsItsRefusal(HttpClient.Version version) throws Exception {
        try (HttpClient client = client(version)) {
            for (int i = 0; i < 50; i++) {
                HttpResponse<String> answer = client.send(
                        request(both, "/closed/a", "x".repeat(i % 2 == 0 ? 100 : 300_000)), BodyHandlers.ofString());

                assertThat(answer.statusCode()).isEqualTo(401);
                assertThat(answer.body()).contains("/problems/unauthenticated");
            }
        }
    }

    static Stream<Arguments> shapes() {
        return SmugglingTest.shapes();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shapes")
    void refusesWhatTwoReadersCouldFrameDifferentlyAfterTheHandshakeToo(String name, String request) {
        for (TestEdge edge : new TestEdge[] {both, http1}) {
            String answer = Wire.send(() -> connect(edge, "http/1.1"), request);

            assertThat(answer).as(name).startsWith("HTTP/1.1 4");
            assertThat(answer.toLowerCase(Locale.ROOT)).contains("connection: close");
        }
        assertThat(backend.received).isEmpty();
    }

    @Test
    void aClientThatAgreesOnNothingSpeaksHttp1UnderTheSameRules() {
        String good = Wire.send(() -> connect(both), "GET /api/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        String folded = Wire.send(() -> connect(both), "GET /api/a HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n");

        assertThat(good).startsWith("HTTP/1.1 200");
        assertThat(folded).startsWith("HTTP/1.1 400");
        assertThat(backend.received).hasSize(1);
    }

    @Test
    void aRefusedClientOverTlsThatSendsNothingMoreIsCut() throws Exception {
        try (Socket socket = connect(http1, "http/1.1")) {
            socket.getOutputStream()
                    .write("POST /closed/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n".getBytes());

            assertThat(Wire.readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 401");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static Socket connect(TestEdge edge, String... protocols) throws IOException {
        SSLSocket socket = (SSLSocket) tls.trusting().getSocketFactory().createSocket("127.0.0.1", edge.port());
        socket.setSoTimeout(60_000);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static HttpResponse<String> send(TestEdge edge, HttpClient.Version version, String path, String body)
            throws Exception {
        try (HttpClient client = client(version)) {
            return client.send(request(edge, path, body), BodyHandlers.ofString());
        }
    }

    private static HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder()
                .version(version)
                .sslContext(tls.trusting())
                .build();
    }

    private static HttpRequest request(TestEdge edge, String path, String body) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + edge.port() + path))
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofString(body))
                .build();
    }
}

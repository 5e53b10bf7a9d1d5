package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.TestTls;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/** Backends behind TLS: which protocol is agreed on, and which certificates are believed. */
class BackendTlsTest {

    @TempDir
    private static Path disk;

    private static TestTls named;
    private static TestTls misnamed;
    private static DisposableServer backend;
    private static DisposableServer impostor;

    @BeforeAll
    static void start() {
        named = TestTls.create(disk, "ip:127.0.0.1");
        misnamed = TestTls.create(disk, "dns:elsewhere.test");
        backend = backend(named);
        impostor = backend(misnamed);
    }

    private static DisposableServer backend(TestTls tls) {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(HttpProtocol.H2, HttpProtocol.HTTP11)
                .secure(spec -> spec.sslContext(Http2SslContextSpec.forServer(tls.keys())))
                .handle((request, response) -> response.sendString(Mono.just(
                        request.version() + " " + request.requestHeaders().get("x-forwarded-proto"))))
                .bindNow();
    }

    @AfterAll
    static void stop() {
        backend.disposeNow();
        impostor.disposeNow();
    }

    @ParameterizedTest
    @CsvSource({"h2, HTTP/2.0 http", "http1, HTTP/1.1 http"})
    void speaksTheProtocolOfTheRouteOverTls(String protocol, String seen) throws Exception {
        try (var edge = edge(backend, protocol, named);
                var client = new RawClient(edge.port())) {
            for (int i = 0; i < 3; i++) {
                var answer = client.get("/").readAnswer();

                assertThat(answer.status()).isEqualTo(200);
                assertThat(RawClient.isChunked(answer) ? client.readUntil("0\r\n\r\n") : answer.body())
                        .contains(seen);
            }
            edge.awaitIdle();
        }
    }

    @Test
    void aBackendWhoseCertificateNobodyVouchesForIsNotCalled() throws Exception {
        try (var edge = edge(backend, "h2", misnamed);
                var client = new RawClient(edge.port())) {
            assertIsBadGateway(client);
        }
    }

    @Test
    void aBackendWithTheCertificateOfAnotherNameIsNotCalled() throws Exception {
        for (String protocol : new String[] {"h2", "http1"}) {
            try (var edge = edge(impostor, protocol, misnamed);
                    var client = new RawClient(edge.port())) {
                assertIsBadGateway(client);
            }
        }
    }

    private static void assertIsBadGateway(RawClient client) throws Exception {
        var answer = client.get("/").readAnswer();

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.body()).contains("/problems/bad-gateway").doesNotContain("127.0.0.1", "ertificate");
    }

    private static EdgeStandIn edge(DisposableServer backend, String protocol, TestTls trusted) {
        return new EdgeStandIn(
                "primary: https://127.0.0.1:" + backend.port() + "\nprotocol: " + protocol + "\nretry: { attempts: 1 }",
                SslBundle.of(SslStoreBundle.of(null, null, trusted.trustStore())));
    }
}

package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class ProxyingTest {
    private final BlockingQueue<Map<String, String>> seen = new LinkedBlockingQueue<>();
    private final DisposableServer backend = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> {
                var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
                request.requestHeaders().forEach(header -> headers.put(header.getKey(), header.getValue()));
                headers.put(":path", request.uri());
                headers.put(":method", request.method().name());
                return request.receive()
                        .aggregate()
                        .asString()
                        .defaultIfEmpty("")
                        .flatMap(body -> {
                            headers.put(":body", body);
                            seen.add(headers);
                            String status = request.requestHeaders().get("x-status");
                            if (status != null) {
                                response.status(Integer.parseInt(status));
                            }
                            if (request.requestHeaders().contains("x-empty")) {
                                return response.send().then();
                            }
                            return response.header("Connection", "X-Secret")
                                    .header("X-Secret", "for this connection only")
                                    .header("Headgate-Commit-Position", "1/2")
                                    .header("Set-Cookie", "a=1")
                                    .addHeader("Set-Cookie", "b=2")
                                    .sendString(Flux.just("hello ", body))
                                    .then();
                        });
            })
            .bindNow();
    private final EdgeStandIn edge = new EdgeStandIn("primary: http://127.0.0.1:" + backend.port());
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void stop() {
        edge.close();
        backend.dispose();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    @Test
    void passesPathQueryAndBodyOn() throws Exception {
        var response = send(request("/api/a%20b?x=1&y=%2F").POST(BodyPublishers.ofString("world")));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("hello world");
        assertThat(seen.take())
                .containsEntry(":path", "/api/a%20b?x=1&y=%2F")
                .containsEntry(":method", "POST")
                .containsEntry(":body", "world")
                .containsEntry("content-length", "5")
                .containsEntry("host", "127.0.0.1:" + backend.port())
                .containsEntry("x-forwarded-for", "127.0.0.1")
                .containsEntry("x-forwarded-proto", "http")
                .containsEntry("x-forwarded-host", "127.0.0.1:" + edge.port())
                .containsEntry("x-forwarded-port", Integer.toString(edge.port()));
    }

    @Test
    void keepsHeadersOfTheConnectionAndOfTheGatewayFromTheBackend() throws Exception {
        send(request("/")
                .header("Authorization", "Bearer x")
                .header("X-Api-Key", "k")
                .header("X-Forwarded-For", "6.6.6.6")
                .header("Forwarded", "for=6.6.6.6")
                .header("Headgate-Caller", "forged")
                .header("Headgate-Consistency", "token")
                .header("TE", "trailers")
                .header("Accept", "text/plain")
                .GET());

        assertThat(seen.take())
                .doesNotContainKeys("authorization", "x-api-key", "forwarded", "headgate-caller", "te")
                .doesNotContainKeys("headgate-consistency", "connection", "transfer-encoding", "content-length")
                .containsEntry("x-forwarded-for", "127.0.0.1")
                .containsEntry("accept", "text/plain");
    }

    @Test
    void keepsHeadersOfTheConnectionAndOfTheGatewayFromTheClient() throws Exception {
        var response = send(request("/").GET());

        assertThat(response.headers().map()).doesNotContainKeys("x-secret", "headgate-commit-position");
        assertThat(response.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
    }

    @Test
    void streamsABodyOfUnknownLength() throws Exception {
        var response = send(request("/")
                .method(
                        "DELETE",
                        BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream("abc".getBytes()))));

        assertThat(response.body()).isEqualTo("hello abc");
        assertThat(seen.take()).containsEntry("transfer-encoding", "chunked").doesNotContainKey("content-length");
    }

    @Test
    void passesStatusesWithoutABody() throws Exception {
        assertThat(send(request("/").header("X-Status", "204").GET()).statusCode())
                .isEqualTo(204);
        assertThat(send(request("/")
                                .header("X-Status", "304")
                                .header("X-Empty", "1")
                                .GET())
                        .statusCode())
                .isEqualTo(304);
        assertThat(send(request("/").header("X-Status", "299").GET()).body()).isEqualTo("hello ");
        assertThat(send(request("/").HEAD()).body()).isEmpty();
    }
}

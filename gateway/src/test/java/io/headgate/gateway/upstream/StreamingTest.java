package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRoutes;
import reactor.netty.http.server.WebsocketServerSpec;

/** What lasts: event streams, large bodies, gRPC and WebSockets. */
class StreamingTest {
    private static final int CHUNK = 16 * 1024;
    private static final int CHUNKS = 4 * 1024; // 64 MiB

    private static DisposableServer backend(
            java.util.function.Consumer<HttpServerRoutes> routes, HttpProtocol protocol) {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(protocol)
                .route(routes)
                .bindNow();
    }

    private static String upstream(DisposableServer backend, String... more) {
        return "primary: http://127.0.0.1:" + backend.port() + "\n" + String.join("\n", more);
    }

    @Test
    void passesEachEventOnBeforeTheNextOneIsMade() throws Exception {
        Sinks.Many<String> events = Sinks.many().unicast().onBackpressureBuffer();
        DisposableServer backend = backend(
                routes -> routes.get(
                        "/events",
                        (request, response) -> response.sse()
                                .send(
                                        events.asFlux()
                                                .map(event -> Unpooled.copiedBuffer(
                                                        "data: " + event + "\n\n",
                                                        java.nio.charset.StandardCharsets.UTF_8)),
                                        any -> true)),
                HttpProtocol.HTTP11);
        try (var edge = new EdgeStandIn(upstream(backend));
                var client = new RawClient(edge.port())) {
            client.get("/events");
            for (int i = 0; i < 3; i++) {
                events.tryEmitNext("event-" + i);
                client.readUntil("data: event-" + i + "\n\n");
            }
            events.tryEmitComplete();
            assertThat(client.readUntil("0\r\n\r\n")).endsWith("0\r\n\r\n");
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    @Test
    void holdsTheBackendBackWhileTheClientReadsNothing() throws Exception {
        var produced = new AtomicLong();
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: " + (long) CHUNK * CHUNKS + "\r\n\r\n");
                    byte[] chunk = new byte[CHUNK];
                    for (int i = 0; i < CHUNKS; i++) {
                        conversation.send(chunk);
                        produced.addAndGet(CHUNK);
                    }
                    conversation.watch();
                });
                var edge = new EdgeStandIn("primary: http://127.0.0.1:" + backend.port());
                var client = new RawClient(edge.port())) {
            client.get("/");
            client.readHead();

            long held = awaitStandstill(produced);

            assertThat(held).isLessThan(CHUNK * (long) CHUNKS / 2);
            byte[] sink = new byte[CHUNK];
            long received = 0;
            while (received < (long) CHUNK * CHUNKS) {
                received += client.read(sink);
            }
            assertThat(received).isEqualTo((long) CHUNK * CHUNKS);
            edge.awaitIdle();
        }
    }

    @Test
    void holdsTheClientBackWhileTheBackendReadsNothing() throws Exception {
        var sent = new AtomicLong();
        var go = new CountDownLatch(1);
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    go.await();
                    byte[] sink = new byte[CHUNK];
                    long left = (long) CHUNK * CHUNKS;
                    while (left > 0) {
                        left -= conversation.readSome(sink);
                    }
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    conversation.watch();
                });
                var edge = new EdgeStandIn("primary: http://127.0.0.1:" + backend.port());
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: " + (long) CHUNK * CHUNKS + "\r\n\r\n");
            Thread upload = Thread.ofVirtual().start(() -> {
                try {
                    byte[] chunk = new byte[CHUNK];
                    for (int i = 0; i < CHUNKS; i++) {
                        client.sendBytes(chunk);
                        sent.addAndGet(CHUNK);
                    }
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            backend.head();

            assertThat(awaitStandstill(sent)).isLessThan(CHUNK * (long) CHUNKS / 2);

            go.countDown();
            assertThat(client.readAnswer().body()).isEqualTo("ok");
            upload.join();
            edge.awaitIdle();
        }
    }

    /** Until the count has not changed over many looks: whoever counts has been held back, or is done. */
    private static long awaitStandstill(AtomicLong count) {
        long last = -1;
        long since = System.nanoTime();
        while (System.nanoTime() - since < 300_000_000L) {
            long now = count.get();
            if (now != last) {
                last = now;
                since = System.nanoTime();
            }
            Thread.onSpinWait();
        }
        return last;
    }

    @Test
    void carriesGrpcMessagesAndTrailersOverHttp2() {
        DisposableServer backend = backend(
                routes -> routes.post(
                                "/echo.Echo/Say",
                                (request, response) -> response.header("content-type", "application/grpc")
                                        .trailerHeaders(trailers ->
                                                trailers.set("grpc-status", "0").set("custom-bin", "AQI"))
                                        .send(request.receive().retain()))
                        .post(
                                "/echo.Echo/Fail",
                                (request, response) -> response.header("content-type", "application/grpc")
                                        .header("grpc-status", "5")
                                        .header(
                                                "saw-te",
                                                String.valueOf(
                                                        request.requestHeaders().get("te")))
                                        .send()),
                HttpProtocol.H2C);
        try (var edge = new EdgeStandIn(
                upstream(backend, "protocol: h2"), server -> server.protocol(HttpProtocol.H2C, HttpProtocol.HTTP11))) {
            HttpClient client = HttpClient.create()
                    .protocol(HttpProtocol.H2C)
                    .baseUrl("http://127.0.0.1:" + edge.port())
                    .headers(headers ->
                            headers.set("content-type", "application/grpc").set("te", "trailers"));

            var said = client.post()
                    .uri("/echo.Echo/Say")
                    .send(ByteBufFlux.fromString(Flux.just("one ", "two")))
                    .responseSingle((response, body) -> body.asString()
                            .zipWith(response.trailerHeaders())
                            .map(both -> new Said(both.getT1(), both.getT2())))
                    .blockOptional()
                    .orElseThrow();
            var failed = client.post()
                    .uri("/echo.Echo/Fail")
                    .send(ByteBufFlux.fromString(Mono.just("x")))
                    .response()
                    .blockOptional()
                    .orElseThrow();

            assertThat(said.body()).isEqualTo("one two");
            assertThat(said.trailers().get("grpc-status")).isEqualTo("0");
            assertThat(said.trailers().get("custom-bin")).isEqualTo("AQI");
            assertThat(failed.responseHeaders().get("grpc-status")).isEqualTo("5");
            assertThat(failed.responseHeaders().get("saw-te")).isEqualTo("trailers");
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    private record Said(String body, HttpHeaders trailers) {}

    @Test
    void carriesTrailersOverHttp1ButNoneThatAreForTheGateway() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                            + "2\r\nab\r\n0\r\nX-Sum: 7\r\nHeadgate-Decision: theirs\r\n"
                            + "headgate-legacy-decision: allow\r\n\r\n");
                    conversation.watch();
                });
                var edge = new EdgeStandIn("primary: http://127.0.0.1:" + backend.port());
                var client = new RawClient(edge.port())) {
            client.get("/");

            assertThat(client.readHead()).containsIgnoringCase("trailer: X-Sum");
            assertThat(client.readUntil("\r\n\r\n")).isEqualToIgnoringCase("2\r\nab\r\n0\r\nx-sum: 7\r\n\r\n");
        }
    }

    @Test
    void relaysWebSocketFramesAndTheCloseCodeOfTheClient() throws Exception {
        BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        DisposableServer backend = backend(
                routes -> routes.ws(
                        "/socket",
                        (in, out) -> {
                            Mono<Void> echo = out.sendObject(in.receiveFrames().map(frame -> frame.retain()))
                                    .then();
                            return Mono.when(
                                    echo, in.receiveCloseStatus().doOnNext(status -> closed.add(status.code())));
                        },
                        WebsocketServerSpec.builder().protocols("chat.v2").build()),
                HttpProtocol.HTTP11);
        try (var edge = new EdgeStandIn(upstream(backend))) {
            var listener = new Listening();
            WebSocket socket = java.net.http.HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("chat.v1", "chat.v2")
                    .buildAsync(URI.create("ws://127.0.0.1:" + edge.port() + "/socket"), listener)
                    .join();

            assertThat(socket.getSubprotocol()).isEqualTo("chat.v2");
            socket.sendText("hello", true).join();
            assertThat(listener.take()).isEqualTo("text hello");
            socket.sendPing(ByteBuffer.wrap(new byte[] {1})).join();
            assertThat(listener.take()).isEqualTo("pong");
            socket.sendClose(4001, "bye").join();

            assertThat(closed.poll(60, TimeUnit.SECONDS)).isEqualTo(4001);
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    @Test
    void relaysTheCloseCodeOfTheBackend() throws Exception {
        DisposableServer backend = backend(
                routes -> routes.ws("/socket", (in, out) -> out.sendObject(new CloseWebSocketFrame(4321, "enough"))),
                HttpProtocol.HTTP11);
        try (var edge = new EdgeStandIn(upstream(backend))) {
            var listener = new Listening();
            java.net.http.HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + edge.port() + "/socket"), listener)
                    .join();

            assertThat(listener.take()).isEqualTo("close 4321 enough");
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    @Test
    void tellsTheBackendWhenAWebSocketsClientIsGone() throws Exception {
        BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        DisposableServer backend = backend(
                routes -> routes.ws(
                        "/socket",
                        (in, out) -> in.receiveCloseStatus()
                                .doOnNext(status -> closed.add(status.code()))
                                .then()),
                HttpProtocol.HTTP11);
        try (var edge = new EdgeStandIn(upstream(backend))) {
            WebSocket socket = java.net.http.HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + edge.port() + "/socket"), new Listening())
                    .join();

            socket.abort();

            assertThat(closed.poll(60, TimeUnit.SECONDS)).isEqualTo(1001);
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    @Test
    void passesTheStatusOnWhenTheBackendRefusesToUpgrade() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
                    conversation.watch();
                });
                var edge = new EdgeStandIn("primary: http://127.0.0.1:" + backend.port());
                var client = new RawClient(edge.port())) {
            var answer = client.send("GET / HTTP/1.1\r\nHost: e\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .readAnswer();

            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.head()).containsIgnoringCase("www-authenticate: Basic");
            edge.awaitIdle();
        }
    }

    @Test
    void closesTheBackendsWebSocketOverAFrameThatIsTooLarge() throws Exception {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        DisposableServer backend = backend(
                routes -> routes.ws(
                        "/socket",
                        (in, out) -> in.receiveCloseStatus()
                                .doFinally(signal -> ended.add("ended"))
                                .then()),
                HttpProtocol.HTTP11);
        try (var edge = new EdgeStandIn(
                upstream(backend),
                EdgeStandIn.bind(values -> values.put("headgate.upstream.max-websocket-frame", "1KB")),
                server -> server)) {
            WebSocket socket = java.net.http.HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + edge.port() + "/socket"), new Listening())
                    .join();

            try {
                socket.sendText("x".repeat(2_000), true).join();
            } catch (CompletionException alreadyClosed) {
                // the gateway may be faster than the client's own writing
            }

            assertThat(ended.poll(60, TimeUnit.SECONDS)).isEqualTo("ended");
            edge.awaitIdle();
        } finally {
            backend.dispose();
        }
    }

    private static final class Listening implements WebSocket.Listener {
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        String take() throws InterruptedException {
            String next = heard.poll(60, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing was heard");
            }
            return next;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            heard.add("text " + text);
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            heard.add("pong");
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("close " + code + " " + reason);
            return null;
        }
    }
}

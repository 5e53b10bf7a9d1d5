package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.CallWatch;
import io.headgate.api.Destination;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** What a step before the call hears of it, up to the head of the answer. */
class CallWatchTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNAVAILABLE = "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy";

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private final GatewayFilter step = new GatewayFilter() {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
            CallWatch.KEY.put(exchange, new CallWatch() {
                @Override
                public void sent() {
                    heard.add("sent to " + Destination.KEY.get(exchange).upstream());
                }

                @Override
                public void failedAttempt() {
                    heard.add("failed attempt");
                }
            });
            return chain.filter(exchange).doFinally(signal -> heard.add(signal.toString()));
        }
    };

    private String next() throws InterruptedException {
        String heardNext = heard.poll(60, TimeUnit.SECONDS);
        assertThat(heardNext).as("something heard").isNotNull();
        return String.valueOf(heardNext);
    }

    private static String upstream(RawBackend backend) {
        return "primary: http://127.0.0.1:" + backend.port() + "\nretry: { on: ['503', connect] }";
    }

    @Test
    void hearsThatARequestWasSentAndThenItsHeadThoughTheBodyIsStillToCome() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend), step);
                var client = new RawClient(edge.port())) {
            client.get("/");

            assertThat(List.of(next(), next()))
                    .containsExactly("sent to http://127.0.0.1:" + backend.port(), "onComplete");
        }
    }

    @Test
    void hearsOfEachAttempt() throws Exception {
        var turn = new AtomicInteger();
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        conversation.readHead();
                        conversation.send(turn.getAndIncrement() == 0 ? UNAVAILABLE : OK);
                    }
                });
                var edge = new EdgeStandIn(upstream(backend), step);
                var client = new RawClient(edge.port())) {
            client.get("/").readAnswer();

            String sent = "sent to http://127.0.0.1:" + backend.port();
            assertThat(List.of(next(), next(), next(), next()))
                    .containsExactly(sent, "failed attempt", sent, "onComplete");
        }
    }

    @Test
    void hearsThatABodyWasSentOnceTheClientHasSentItAll() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.read("5\r\nhello\r\n0\r\n\r\n".length());
                    conversation.send(OK);
                });
                var edge = new EdgeStandIn(upstream(backend), step);
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nTransfer-Encoding: chunked\r\n\r\n");
            edge.awaitCalls(1);
            assertThat(heard).isEmpty();

            client.send("5\r\nhello\r\n0\r\n\r\n");

            assertThat(List.of(next(), next()))
                    .containsExactly("sent to http://127.0.0.1:" + backend.port(), "onComplete");
        }
    }

    @Test
    void hearsNothingOfASendingWhereNoBackendListens() throws IOException, InterruptedException {
        int port;
        try (var closed = new RawBackend(conversation -> {})) {
            port = closed.port();
        }
        try (var edge = new EdgeStandIn("primary: http://127.0.0.1:" + port + "\nretry: { on: [connect] }", step);
                var client = new RawClient(edge.port())) {
            assertThat(client.get("/").readAnswer().status()).isEqualTo(502);

            assertThat(List.of(next(), next())).containsExactly("failed attempt", "onError");
        }
    }
}

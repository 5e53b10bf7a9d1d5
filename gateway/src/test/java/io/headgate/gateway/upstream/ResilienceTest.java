package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.BackendCall;
import io.headgate.api.DatabaseReplica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** Retries, the breaker, the bulkhead and the pool's queue, each against a real backend. */
class ResilienceTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String UNAVAILABLE = "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy";

    private static final BackendCall.Target REPLICA =
            new BackendCall.Target(Optional.of(DatabaseReplica.parse("main/replica-1")));

    private static String upstream(RawBackend backend, String... more) {
        return "primary: http://127.0.0.1:" + backend.port() + "\n" + String.join("\n", more);
    }

    /** Answers with each text in turn, and with the last one from then on. */
    private static RawBackend answering(String... answers) throws IOException {
        var turn = new AtomicInteger();
        return new RawBackend(conversation -> {
            while (true) {
                String head = conversation.readHead();
                if (head.contains("content-length: 4")) {
                    assertThat(conversation.read(4)).isEqualTo("body");
                }
                conversation.send(answers[Math.min(turn.getAndIncrement(), answers.length - 1)]);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "DELETE", "QUERY"})
    void triesAnIdempotentRequestAgainWithItsBody(String method) throws Exception {
        try (var backend = answering(UNAVAILABLE, OK);
                var edge = new EdgeStandIn(upstream(backend, "retry: { on: ['503'] }"));
                var client = new RawClient(edge.port())) {
            var answer = client.send(method + " / HTTP/1.1\r\nHost: e\r\nContent-Length: 4\r\n\r\nbody")
                    .readAnswer();

            assertThat(answer.body()).isEqualTo("ok");
            assertThat(edge.records.last().attempts()).isEqualTo(2);
            edge.awaitIdle();
        }
    }

    @Test
    void passesTheLastAnswerOnWhenNoAttemptIsLeft() throws Exception {
        try (var backend = answering(UNAVAILABLE);
                var edge = new EdgeStandIn(upstream(backend, "retry: { attempts: 3, on: ['503'] }"));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("busy");
            assertThat(edge.records.last().attempts()).isEqualTo(3);
        }
    }

    @Test
    void neverSendsAPostTwice() throws Exception {
        try (var backend = answering(UNAVAILABLE, OK);
                var edge = new EdgeStandIn(upstream(backend, "retry: { on: ['503', reset] }"));
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 4\r\n\r\nbody")
                    .readAnswer();

            assertThat(edge.records.last().attempts()).isEqualTo(1);
        }
    }

    @Test
    void neverSendsABodyTwiceThatIsTooLargeToKeep() throws Exception {
        String body = "x".repeat(20_000);
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        conversation.readHead();
                        conversation.read(20_000);
                        conversation.send(UNAVAILABLE);
                    }
                });
                var edge = new EdgeStandIn(upstream(backend, "retry: { on: ['503'] }"));
                var client = new RawClient(edge.port())) {
            client.send("PUT / HTTP/1.1\r\nHost: e\r\nContent-Length: 20000\r\n\r\n" + body)
                    .readAnswer();

            assertThat(edge.records.last().attempts()).isEqualTo(1);
        }
    }

    @Test
    void triesAgainWhenTheConnectionBreaksBeforeTheAnswer() throws Exception {
        var turn = new AtomicInteger();
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    if (turn.getAndIncrement() == 0) {
                        conversation.reset();
                    } else {
                        conversation.send(OK);
                        conversation.watch();
                    }
                });
                var edge = new EdgeStandIn(upstream(backend));
                var client = new RawClient(edge.port())) {
            assertThat(client.get("/").readAnswer().body()).isEqualTo("ok");
            assertThat(edge.records.last().attempts()).isEqualTo(2);
        }
    }

    @Test
    void stopsTryingAgainWhenTheBudgetIsSpent() throws Exception {
        try (var backend = answering(UNAVAILABLE);
                var edge = new EdgeStandIn(upstream(
                        backend,
                        "retry: { on: ['503'], budget: 10% }",
                        "breaker: { failureRate: 100%, window: 1000, minimumCalls: 1000 }"));
                var client = new RawClient(edge.port())) {
            int attempts = 0;
            for (int i = 0; i < 20; i++) {
                client.get("/").readAnswer();
                attempts += edge.records.last().attempts();
            }

            assertThat(attempts).isEqualTo(20 + 5); // three at any rate, and two for the twenty
        }
    }

    @Test
    void leavesABackendAloneThatFailedTooOften() throws Exception {
        try (var backend = answering("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
                var edge =
                        new EdgeStandIn(upstream(backend, "breaker: { window: 10, minimumCalls: 10, openFor: 7m }"));
                var client = new RawClient(edge.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").readAnswer().status()).isEqualTo(500);
            }

            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body())
                    .contains("/problems/upstream-suspended")
                    .containsPattern("\"retry_after\":[34]\\d\\d");
            assertThat(answer.head()).containsPattern("(?i)retry-after: [34]\\d\\d\r\n");
            edge.awaitIdle();
        }
    }

    @Test
    void countsConnectionsThatAreRefused() throws Exception {
        int port;
        try (var gone = answering(OK)) {
            port = gone.port();
        }
        try (var edge = new EdgeStandIn("primary: http://127.0.0.1:" + port
                        + "\nretry: { attempts: 1 }\nbreaker: { window: 10, minimumCalls: 10 }");
                var client = new RawClient(edge.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").readAnswer().status()).isEqualTo(502);
            }
            assertThat(client.get("/").readAnswer().body()).contains("upstream-suspended");
        }
    }

    @Test
    void doesNotHoldClientsThatLeaveAgainstTheBackend() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        if (conversation.readHead().startsWith("GET /slow")) {
                            conversation.watch();
                            return;
                        }
                        conversation.send(OK);
                    }
                });
                var edge = new EdgeStandIn(upstream(backend, "breaker: { window: 10, minimumCalls: 10 }"));
                var staying = new RawClient(edge.port())) {
            for (int i = 0; i < 12; i++) {
                try (var leaving = new RawClient(edge.port())) {
                    leaving.get("/slow");
                    backend.head();
                }
                backend.awaitEnd();
            }
            edge.awaitIdle();

            assertThat(staying.get("/").readAnswer().body()).isEqualTo("ok");
        }
    }

    @Test
    void takesNoMoreAtOnceThanTheBulkheadHolds() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        conversation.readHead();
                        go.await();
                        conversation.send(OK);
                    }
                });
                var edge = new EdgeStandIn(upstream(backend, "pool: { maxConcurrent: 1 }"));
                var first = new RawClient(edge.port());
                var second = new RawClient(edge.port())) {
            first.get("/");
            backend.head();

            var refused = second.get("/").readAnswer();

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("/problems/upstream-busy");
            assertThat(refused.head().toLowerCase(java.util.Locale.ROOT)).contains("retry-after: 1");
            go.countDown();
            assertThat(first.readAnswer().body()).isEqualTo("ok");
            edge.awaitIdle();
            assertThat(second.get("/").readAnswer().body()).isEqualTo("ok");
        }
    }

    @Test
    void aClientThatLeavesGivesItsPlaceInTheBulkheadBack() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    if (conversation.readHead().startsWith("GET /slow")) {
                        conversation.watch();
                    } else {
                        conversation.send(OK);
                        conversation.watch();
                    }
                });
                var edge = new EdgeStandIn(upstream(backend, "pool: { maxConcurrent: 1 }"));
                var staying = new RawClient(edge.port())) {
            for (int i = 0; i < 3; i++) {
                try (var leaving = new RawClient(edge.port())) {
                    leaving.get("/slow");
                    backend.head();
                }
                edge.awaitIdle();
            }

            assertThat(staying.get("/").readAnswer().body()).isEqualTo("ok");
        }
    }

    @Test
    void leavesABackendAloneThatAnswersTooSlowly() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        conversation.readHead();
                        long slow = System.nanoTime() + 5_000_000;
                        while (System.nanoTime() < slow) {
                            Thread.onSpinWait();
                        }
                        conversation.send(OK);
                    }
                });
                var edge = new EdgeStandIn(upstream(
                        backend,
                        "breaker: { slowCall: 1ms, slowCallRate: 50%, window: 10, minimumCalls: 10, openFor: 7m }"));
                var client = new RawClient(edge.port())) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").readAnswer().status()).isEqualTo(200);
            }

            assertThat(client.get("/").readAnswer().body()).contains("/problems/upstream-suspended");
        }
    }

    @Test
    void refusesWhatFindsTheQueueForConnectionsFull() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        conversation.readHead();
                        go.await();
                        conversation.send(OK);
                    }
                });
                var edge = new EdgeStandIn(
                        upstream(backend, "pool: { maxConnections: 1, maxPending: 1, pendingTimeout: 30s }"));
                var first = new RawClient(edge.port());
                var second = new RawClient(edge.port());
                var third = new RawClient(edge.port())) {
            first.get("/");
            backend.head();
            var answers = Stream.of(second.get("/"), third.get("/")) // whichever finds the queue full
                    .map(client -> CompletableFuture.supplyAsync(() -> bodyOf(client), Thread::startVirtualThread))
                    .toList();

            assertThat(CompletableFuture.anyOf(answers.toArray(CompletableFuture[]::new))
                            .get()
                            .toString())
                    .contains("/problems/upstream-busy");

            go.countDown();
            assertThat(first.readAnswer().body()).isEqualTo("ok");
            assertThat(answers).extracting(CompletableFuture::join).containsOnlyOnce("ok");
            edge.awaitIdle();
        }
    }

    @Test
    void refusesWhatWaitedTooLongForAConnection() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend, "pool: { maxConnections: 1, pendingTimeout: 100ms }"));
                var first = new RawClient(edge.port());
                var second = new RawClient(edge.port())) {
            first.get("/");
            backend.head();

            assertThat(second.get("/").readAnswer().body()).contains("/problems/upstream-busy");
        }
    }

    @Test
    void keepsUnusedUpstreamsOnlyUntilTheirCallsHaveEnded() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    go.await();
                    conversation.send(OK);
                    conversation.watch();
                });
                var edge = new EdgeStandIn(
                        upstream(backend),
                        EdgeStandIn.bind(values -> values.put("headgate.upstream.retire-after", "10ms")),
                        server -> server);
                var client = new RawClient(edge.port())) {
            client.get("/");
            backend.head();

            edge.upstreams.retainOnly(java.util.Map.of());
            assertThat(edge.upstreams.size()).isEqualTo(1);
            go.countDown();

            assertThat(client.readAnswer().body()).isEqualTo("ok");
            backend.awaitEnd();
            edge.awaitNoUpstreams();
        }
    }

    @Test
    void givesACanaryUpThatFailsMoreOftenThanItMayAndLeavesOneBeThatDoesNot() throws Exception {
        try (var primary = answering(OK);
                var bad = answering("HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nbad");
                var good = answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood")) {
            List<String> answers = answersWithCanary(primary, bad);
            assertThat(answers.subList(0, 100)).contains("bad");
            assertThat(answers.subList(100, 300)).containsOnly("ok");
            assertThat(answersWithCanary(primary, good)).endsWith("ok", "good", "ok", "good");
        }
    }

    private static List<String> answersWithCanary(RawBackend primary, RawBackend canary) throws Exception {
        String rule = "canary: { url: \"http://127.0.0.1:" + canary.port()
                + "\", weight: 50, rollback: { maxErrorRateIncrease: 0.02 } }";
        List<String> answers = new ArrayList<>();
        try (var edge = new EdgeStandIn(upstream(primary, rule));
                var client = new RawClient(edge.port())) {
            for (int i = 0; i < 300; i++) {
                answers.add(client.get("/").readAnswer().body());
            }
        }
        return answers;
    }

    @Test
    void spreadsTheCanarysShareEvenly() throws Exception {
        try (var primary = answering(OK);
                var canary = answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary");
                var edge = new EdgeStandIn(
                        upstream(primary, "canary: { url: \"http://127.0.0.1:" + canary.port() + "\", weight: 25 }"));
                var client = new RawClient(edge.port())) {
            var answers = new StringBuilder();
            for (int i = 0; i < 8; i++) {
                answers.append(client.get("/").readAnswer().body()).append(' ');
            }

            assertThat(answers.toString()).isEqualTo("ok ok ok canary ok ok ok canary ");
            assertThat(edge.records.last().target()).isEqualTo("http://127.0.0.1:" + canary.port());
        }
    }

    @Test
    void goesWhereAStepDirectsIt() throws Exception {
        try (var primary = answering(OK);
                var replica = answering("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nreplica");
                var edge = new EdgeStandIn(upstream(primary, replica(replica)), (exchange, chain) -> {
                    BackendCall.Target.KEY.put(exchange, REPLICA);
                    return chain.filter(exchange);
                });
                var client = new RawClient(edge.port())) {
            assertThat(client.get("/").readAnswer().body()).isEqualTo("replica");
        }
    }

    @Test
    void aStepHasTheCallMadeAgainElsewhereAndNothingOfTheFirstAnswerIsLeft() throws Exception {
        try (var primary = answering(OK);
                var replica = answering("HTTP/1.1 500 Broken\r\nX-Of: replica\r\nContent-Length: 3\r\n\r\nbad");
                var edge = new EdgeStandIn(upstream(primary, replica(replica)), (exchange, chain) -> {
                    BackendCall.Target.KEY.put(exchange, REPLICA);
                    return chain.filter(exchange).then(Mono.defer(() -> {
                        assertThat(BackendCall.KEY.get(exchange).tryAbandon()).isTrue();
                        BackendCall.Target.KEY.put(exchange, BackendCall.Target.ANY);
                        return chain.filter(exchange);
                    }));
                });
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 4\r\n\r\nbody");
            var answer = client.readAnswer();

            assertThat(answer.body()).isEqualTo("ok");
            assertThat(answer.head()).doesNotContain("X-Of");
            assertThat(edge.records.last().attempts()).isEqualTo(2);
            edge.awaitIdle();
        }
    }

    private static String replica(RawBackend backend) {
        return "replicas: [ { url: \"http://127.0.0.1:" + backend.port() + "\", database: main/replica-1 } ]";
    }

    private static String bodyOf(RawClient client) {
        try {
            return client.readAnswer().body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

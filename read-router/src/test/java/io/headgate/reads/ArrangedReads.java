package io.headgate.reads;

import io.headgate.api.BackendCall;
import io.headgate.api.Caller;
import io.headgate.api.DatabaseReplica;
import io.headgate.api.MutableClock;
import io.headgate.api.ResourceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/**
 * Counters behind the gateway's step: a primary, one replica, an instance of a backend before each, and a log that is
 * replayed, held back and left for another timeline when a test says so. Time moves by the test's hand alone.
 */
final class ArrangedReads {

    private static final String TENANT = "acme";
    private static final String TOKEN = "Headgate-Consistency";
    private static final ResourceId DATABASE = new ResourceId("platform", "main");

    /** A server with what it shows. */
    private record Server(FakeProbe probe, Map<String, Integer> counters) {
        void shows(Server other) {
            counters.clear();
            counters.putAll(other.counters);
        }
    }

    final History history = new History();
    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final ReadsMetrics metrics = new ReadsMetrics(new SimpleMeterRegistry());
    private final Server primary = new Server(FakeProbe.primary(1000), new HashMap<>());
    private final Server replica = new Server(FakeProbe.replica("one", 1000), new HashMap<>());
    private final ReadsFilter filter = filter();
    private int timeline = 1;
    private long written = 1000;

    /** Whoever sends requests, and keeps the token of its last answer. */
    final class Client {

        private final int number;
        private String token = "";

        Client(int number) {
            this.number = number;
        }

        void write(String key, int value) {
            done(startToWrite(key, value));
        }

        /** It is written, and answered once the returned one is done. */
        CompletableFuture<Void> startToWrite(String key, int value) {
            var exchange = exchange(MockServerHttpRequest.put("/" + key), token);
            return start(exchange, () -> commit(key, value)).thenRun(() -> {
                keepTokenOf(exchange);
                history.wrote(number, key, value);
            });
        }

        void read(String key) {
            read(key, token);
        }

        void read(String key, String... tokens) {
            var exchange = exchange(MockServerHttpRequest.get("/" + key), tokens);
            var shown = new HashMap<String, Integer>();
            CompletableFuture<Void> answered = start(exchange, () -> {
                shown.clear();
                shown.putAll(called(exchange).counters());
            });
            time.advanceTimeBy(Duration.ofSeconds(1)); // whatever waits has waited long enough
            done(answered);
            keepTokenOf(exchange);
            history.read(number, key, shown.getOrDefault(key, 0), outcomeOf(exchange));
        }

        String token() {
            return token;
        }

        private void keepTokenOf(MockServerWebExchange exchange) {
            token = String.valueOf(exchange.getResponse().getHeaders().getFirst(TOKEN));
        }
    }

    Client client(int number) {
        return new Client(number);
    }

    // ---- the servers

    private void commit(String key, int value) {
        primary.counters().put(key, value);
        written += 50;
        primary.probe().says(FakeProbe.reading("primary", false, timeline, written));
    }

    /** The replica has all that the primary has, and the gateway knows. */
    void replay() {
        replica.shows(primary);
        follow(timeline, written);
    }

    /** The replica says so of itself, whatever it shows. */
    void follow(int onTimeline, long replayed) {
        replica.probe().says(FakeProbe.reading("one", true, onTimeline, replayed));
        tick();
    }

    /** What the primary says from now on arrives when this is done. */
    void hold(Mono<Void> until) {
        primary.probe().delivers(until);
    }

    /** Another server takes the primary's place, which left its timeline where it had this and no more. */
    void failOver(Map<String, Integer> kept, long switchedAt) {
        primary.counters().clear();
        primary.counters().putAll(kept);
        timeline = 2;
        written = switchedAt + 1;
        primary.probe()
                .promotedTo(2, written, Optional.of(new Lineage(FakeProbe.SYSTEM, 2, Map.of(1, new Lsn(switchedAt)))));
        tick();
    }

    long written() {
        return written;
    }

    private void tick() {
        time.advanceTimeBy(Duration.ofMillis(100));
    }

    // ---- the gateway

    private CompletableFuture<Void> start(ServerWebExchange exchange, Runnable backend) {
        var done = new CompletableFuture<Void>();
        filter.filter(
                        exchange,
                        it -> Mono.fromRunnable(() -> {
                            backend.run();
                            it.getResponse().setStatusCode(HttpStatus.OK);
                        }))
                .subscribe(_ -> {}, done::completeExceptionally, () -> done.complete(null));
        return done;
    }

    /** What is not there by now never comes. */
    private static void done(CompletableFuture<Void> answered) {
        if (!answered.isDone()) {
            throw new IllegalStateException("no answer");
        }
        answered.join();
    }

    private Server called(ServerWebExchange exchange) {
        return BackendCall.Target.KEY
                .find(exchange)
                .flatMap(BackendCall.Target::replica)
                .map(_ -> replica)
                .orElse(primary);
    }

    private static MockServerWebExchange exchange(MockServerHttpRequest.BaseBuilder<?> request, String... tokens) {
        var exchange = MockServerWebExchange.from(request.header(TOKEN, tokens));
        Caller.KEY.put(
                exchange,
                new Caller(TENANT, "ana", Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "t1", Instant.MAX));
        return exchange;
    }

    private static ReadOutcome outcomeOf(ServerWebExchange exchange) {
        String[] told = String.valueOf(exchange.getResponse().getHeaders().getFirst("Headgate-Consistency-Outcome"))
                .split(";");
        return new ReadOutcome(
                ReadOutcome.Kind.valueOf(constant(told[0])),
                told[1],
                ReadOutcome.Level.valueOf(constant(told[2].substring("level=".length()))),
                Optional.empty());
    }

    private static String constant(String word) {
        return word.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private ReadsFilter filter() {
        var cluster = new Cluster(
                "main",
                Member.primary(primary.probe()),
                List.of(new Member("one", false, replica.probe())),
                _ -> false,
                TestSettings.standard(),
                new Environment(time, () -> time.now(TimeUnit.NANOSECONDS), new SplittableRandom(1)),
                metrics);
        cluster.start();
        var tokens = new ConsistencyTokens(
                new TestKeys("k1"),
                new MutableClock(Instant.parse("2026-11-21T12:00:00Z")),
                TestSettings.standard().tokens(),
                metrics);
        return new ReadsFilter(
                new ReadsFilter.Shared(
                        _ -> Optional.of(cluster),
                        new ReadScopes(Optional.of(tokens), Consistency.SESSION, Duration.ZERO),
                        new NothingKept(),
                        metrics),
                new ReadsSection(Consistency.SESSION, Set.of(), Optional.empty(), DATABASE),
                Map.of("one", new BackendCall.Target(Optional.of(new DatabaseReplica("main", "one")))));
    }

    /** All that counts here is what tokens tell. */
    private static final class NothingKept implements SubjectPositions {
        @Override
        public Mono<Seen> of(Subject subject) {
            return Mono.just(Seen.NOTHING);
        }

        @Override
        public Mono<Void> keep(Subject subject, Seen wrote) {
            return Mono.empty();
        }
    }
}

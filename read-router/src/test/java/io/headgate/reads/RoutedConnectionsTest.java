package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import io.headgate.local.LocalPostgres;
import io.headgate.reads.ReadOutcome.Kind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Against a primary and two replicas of its own, since it pauses, delays and stops them. */
class RoutedConnectionsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TENANT = "acme";
    private static final int CLIENTS = 4;

    private static LocalPostgres primary;
    private static LocalPostgres one;
    private static LocalPostgres two;

    private Routed routed;

    /** An application that routes its reads. */
    private static final class Routed {
        private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        private final ReadScopes scopes;
        private final RoutedConnectionFactory connections;
        private final DatabaseClient client;
        private final TransactionalOperator reading;
        private final TransactionalOperator writing;

        Routed(Map<String, String> more) {
            Map<String, String> settings = new HashMap<>(Map.of(
                    "headgate.reads.r2dbc.primary", primary.r2dbcUrl("postgres"),
                    "headgate.reads.r2dbc.username", LocalPostgres.USER,
                    "headgate.reads.r2dbc.replicas[0].name", "one",
                    "headgate.reads.r2dbc.replicas[0].url", one.r2dbcUrl("postgres"),
                    "headgate.reads.r2dbc.replicas[1].name", "two",
                    "headgate.reads.r2dbc.replicas[1].url", two.r2dbcUrl("postgres"),
                    "headgate.reads.r2dbc.max-acquire-time", "30s",
                    "headgate.reads.tracking.timeout", "5s",
                    "headgate.reads.tracking.max-lag", "1h"));
            settings.putAll(more);
            ReadsProperties properties = TestSettings.with(settings);
            var metrics = new ReadsMetrics(meters);
            var tokens = new ConsistencyTokens(
                    new TestKeys("k1"),
                    new MutableClock(Instant.parse("2026-11-21T12:00:00Z")),
                    properties.tokens(),
                    metrics);
            scopes = new ReadScopes(
                    Optional.of(tokens),
                    properties.r2dbc().level(),
                    properties.r2dbc().maxAge());
            connections = new RoutedCluster(properties).connections("test", scopes, Environment.system(), metrics);
            client = DatabaseClient.create(connections);
            var manager = new RoutedTransactionManager(connections);
            var readOnly = new DefaultTransactionDefinition();
            readOnly.setReadOnly(true);
            reading = TransactionalOperator.create(manager, readOnly);
            writing = TransactionalOperator.create(manager);
        }

        Mono<Long> write(ReadScope scope, String key, int value) {
            return client.sql("INSERT INTO counters VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2")
                    .bind("$1", key)
                    .bind("$2", value)
                    .fetch()
                    .rowsUpdated()
                    .as(writing::transactional)
                    .contextWrite(scope::put);
        }

        Mono<Integer> read(ReadScope scope, String key) {
            return client.sql("SELECT value FROM counters WHERE key = $1")
                    .bind("$1", key)
                    .map((row, _) -> Columns.get(row, "value", Integer.class))
                    .one()
                    .defaultIfEmpty(0)
                    .as(reading::transactional)
                    .contextWrite(scope::put);
        }

        ReadScope fresh() {
            return scopes.open(TENANT, List.of());
        }

        /** What a client does between two requests: all that it keeps is the token. */
        ReadScope next(ReadScope scope) {
            return scopes.open(TENANT, scopes.token(TENANT, scope).stream().toList());
        }

        boolean isIn(String node) {
            return meters.get("headgate.reads.node.in")
                            .tag("node", node)
                            .gauge()
                            .value()
                    == 1;
        }
    }

    @BeforeAll
    static void startServers() {
        primary = LocalPostgres.startPrivate();
        one = primary.startReplica("one");
        two = primary.startReplica("two");
        primary.execute("postgres", "CREATE TABLE counters (key text PRIMARY KEY, value int NOT NULL)");
    }

    @AfterAll
    static void stopServers() {
        two.stop();
        one.stop();
        primary.stop();
    }

    @BeforeEach
    void route() {
        routed = new Routed(Map.of());
        await("both replicas are in", () -> routed.isIn("one") && routed.isIn("two"));
    }

    @AfterEach
    void close() {
        routed.connections.destroy();
    }

    @Test
    void aReadOnlyTransactionReadsOnAReplicaWhatItsCallerWrote() {
        for (int value = 1; value <= 30; value++) {
            ReadScope scope = routed.fresh();
            routed.write(scope, "own", value).block(LIMIT);
            ReadScope next = routed.next(scope);

            assertThat(routed.read(next, "own").block(LIMIT)).isEqualTo(value);
            assertThat(next.outcome().orElseThrow().kind()).isIn(Kind.REPLICA, Kind.WAITED, Kind.PRIMARY);
        }
    }

    @Test
    void aTokenThatIsHandedOverShowsTheWriteToWhoeverHoldsIt() {
        ReadScope writer = routed.fresh();
        routed.write(writer, "handed", 7).block(LIMIT);

        ReadScope colleague = routed.scopes.open(
                TENANT, List.of(routed.scopes.token(TENANT, writer).orElseThrow()));

        assertThat(routed.read(colleague, "handed").block(LIMIT)).isEqualTo(7);
    }

    @Test
    void aReplicaWhoseReplayIsPausedOrDelayedIsOutUntilItIsNot() {
        one.pauseReplay();
        await("the paused one is out", () -> !routed.isIn("one"));
        two.execute("postgres", "ALTER SYSTEM SET recovery_min_apply_delay = '1min'");
        two.query("postgres", "SELECT pg_reload_conf()");
        await("the delayed one is out", () -> !routed.isIn("two"));
        ReadScope scope = routed.fresh();
        assertThat(routed.read(scope, "own")
                        .map(_ -> scope.outcome().orElseThrow().kind())
                        .block(LIMIT))
                .isEqualTo(Kind.PRIMARY);

        one.resumeReplay();
        two.execute("postgres", "ALTER SYSTEM RESET recovery_min_apply_delay");
        two.query("postgres", "SELECT pg_reload_conf()");

        await("both are back", () -> routed.isIn("one") && routed.isIn("two"));
    }

    @Test
    void clientsSeeTheirOwnWritesAndNeverFallBackWhateverHappensToTheReplicas() {
        var history = new History();
        List<Runnable> disturbances =
                List.of(() -> {}, one::pauseReplay, one::resumeReplay, two::stop, two::start, () -> {});
        List<ReadScope> scopes = Flux.range(0, CLIENTS)
                .map(_ -> routed.fresh())
                .collectList()
                .blockOptional(LIMIT)
                .orElseThrow();
        int value = 0;
        for (Runnable disturbance : disturbances) {
            disturbance.run();
            int first = value;
            scopes = Flux.range(0, CLIENTS)
                    .zipWithIterable(scopes)
                    .flatMapSequential(client -> rounds(history, client.getT1(), client.getT2(), first))
                    .collectList()
                    .blockOptional(LIMIT)
                    .orElseThrow();
            value += 10;
        }

        assertThat(history.violations()).isEmpty();
        assertThat(history.readsOf(Kind.REPLICA) + history.readsOf(Kind.WAITED)).isPositive();
    }

    @Test
    void withoutTokensTheSameClientsReadStaleSoThatTheCheckerWouldTell() {
        var blind = new Routed(Map.of("headgate.reads.tracking.interval", "1m"));
        await("both replicas are in", () -> blind.isIn("one") && blind.isIn("two"));
        one.pauseReplay();
        two.pauseReplay();
        var history = new History();
        blind.write(blind.fresh(), "stale", 1)
                .doOnNext(_ -> history.wrote(0, "stale", 1))
                .block(LIMIT);

        ReadScope forgetful = blind.fresh();
        int value = blind.read(forgetful, "stale").blockOptional(LIMIT).orElseThrow();
        history.read(0, "stale", value, forgetful.outcome().orElseThrow());

        assertThat(history.violations()).hasSize(1);
        one.resumeReplay();
        two.resumeReplay();
        blind.connections.destroy();
    }

    private Mono<ReadScope> rounds(History history, int client, ReadScope scope, int first) {
        Mono<ReadScope> done = Mono.just(scope);
        for (int round = 1; round <= 10; round++) {
            int value = first + round;
            done = done.flatMap(before -> round(history, client, before, value));
        }
        return done;
    }

    private Mono<ReadScope> round(History history, int client, ReadScope before, int value) {
        ReadScope write = routed.next(before);
        return routed.write(write, "c" + client, value)
                .doOnNext(_ -> history.wrote(client, "c" + client, value))
                .then(Mono.defer(() -> read(history, client, client, routed.next(write))))
                .flatMap(after -> read(history, client, (client + 1) % CLIENTS, routed.next(after)))
                .flatMap(after -> read(history, client, (client + 1) % CLIENTS, routed.next(after)));
    }

    /** A read that a stopping server breaks off is asked again, as a client would. */
    private Mono<ReadScope> read(History history, int client, int of, ReadScope scope) {
        return routed.read(scope, "c" + of)
                .doOnNext(value ->
                        history.read(client, "c" + of, value, scope.outcome().orElseThrow()))
                .retry(3)
                .thenReturn(scope);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.onSpinWait();
        }
    }
}

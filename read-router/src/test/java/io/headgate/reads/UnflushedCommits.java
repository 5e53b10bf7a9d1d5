package io.headgate.reads;

import io.headgate.api.MutableClock;
import io.headgate.local.LocalPostgres;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A client that commits without waiting for the flush, on a primary whose log writer stands still: its replica has
 * everything up to the commit, and the commit itself only once another one is flushed.
 */
final class UnflushedCommits implements Supplier<List<String>> {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 3;
    private static final String TENANT = "acme";

    private final History history = new History();
    private final LocalPostgres primary = LocalPostgres.startPrivate();
    private final LocalPostgres replica = primary.startReplica("one");

    @Override
    public List<String> get() {
        try {
            primary.execute("postgres", "ALTER SYSTEM SET autovacuum = off"); // whose commits would be flushed
            primary.query("postgres", "SELECT pg_reload_conf()");
            primary.execute("postgres", "CREATE TABLE counters (value int NOT NULL)");
            primary.execute("postgres", "INSERT INTO counters VALUES (0)");
            String logWriter = primary.query(
                    "postgres", "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'walwriter'");
            signal("-STOP", logWriter);
            try {
                commitAndRead();
            } finally {
                signal("-CONT", logWriter);
            }
            return history.violations();
        } finally {
            replica.stop();
            primary.stop();
        }
    }

    private void commitAndRead() {
        ReadsProperties settings = TestSettings.with(Map.of(
                "headgate.reads.r2dbc.primary", primary.r2dbcUrl("postgres"),
                "headgate.reads.r2dbc.username", LocalPostgres.USER,
                "headgate.reads.r2dbc.replicas[0].name", "one",
                "headgate.reads.r2dbc.replicas[0].url", replica.r2dbcUrl("postgres"),
                "headgate.reads.r2dbc.max-acquire-time", "30s",
                "headgate.reads.choice.wait-budget", "500ms",
                "headgate.reads.tracking.timeout", "30s",
                "headgate.reads.tracking.max-lag", "1h"));
        var metrics = new ReadsMetrics(new SimpleMeterRegistry());
        var tokens = new ConsistencyTokens(
                new TestKeys("k1"),
                new MutableClock(Instant.parse("2026-11-21T12:00:00Z")),
                settings.tokens(),
                metrics);
        var scopes = new ReadScopes(Optional.of(tokens), Consistency.SESSION, Duration.ZERO);
        RoutedConnectionFactory connections =
                new RoutedCluster(settings).connections("test", scopes, Environment.system(), metrics);
        try {
            var client = new Client(scopes, connections);
            for (int value = 1; value <= ROUNDS; value++) {
                client.write(value);
                client.read();
            }
        } finally {
            connections.destroy();
        }
    }

    private final class Client {

        private final ReadScopes scopes;
        private final DatabaseClient database;
        private final TransactionalOperator reading;
        private final TransactionalOperator writing;
        private ReadScope scope;

        Client(ReadScopes scopes, RoutedConnectionFactory connections) {
            this.scopes = scopes;
            this.database = DatabaseClient.create(connections);
            var manager = new RoutedTransactionManager(connections);
            var readOnly = new DefaultTransactionDefinition();
            readOnly.setReadOnly(true);
            this.reading = TransactionalOperator.create(manager, readOnly);
            this.writing = TransactionalOperator.create(manager);
            this.scope = scopes.open(TENANT, List.of());
        }

        void write(int value) {
            next();
            run("SET LOCAL synchronous_commit = off")
                    .then(run("UPDATE counters SET value = " + value))
                    .then(Mono.fromRunnable(UnflushedCommits.this::flush).subscribeOn(Schedulers.boundedElastic()))
                    .then()
                    .as(writing::transactional)
                    .contextWrite(scope::put)
                    .block(LIMIT);
            history.wrote(1, "own", value);
        }

        void read() {
            next();
            int value = database.sql("SELECT value FROM counters")
                    .map((row, _) -> Columns.get(row, "value", Integer.class))
                    .one()
                    .as(reading::transactional)
                    .contextWrite(scope::put)
                    .blockOptional(LIMIT)
                    .orElseThrow();
            history.read(1, "own", value, scope.outcome().orElseThrow());
        }

        private Mono<Void> run(String sql) {
            return database.sql(sql).then();
        }

        /** All that it keeps is the token. */
        private void next() {
            scope = scopes.open(TENANT, scopes.token(TENANT, scope).stream().toList());
        }
    }

    /** All that was written so far is on the replica, and whatever comes is not. */
    private void flush() {
        primary.query("postgres", "SELECT pg_logical_emit_message(true, 'test', 'flushed with its commit')::text");
        String flushed = primary.query("postgres", "SELECT pg_current_wal_flush_lsn()::text");
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!replica.query("postgres", "SELECT (pg_last_wal_replay_lsn() >= '" + flushed + "')::text")
                .equals("true")) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("not replayed: " + flushed);
            }
        }
    }

    private static void signal(String signal, String pid) {
        try {
            new ProcessBuilder("kill", signal, pid).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatabaseSpec;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.MutableClock;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.local.LocalPostgres;
import io.headgate.reads.Databases.Use;
import io.headgate.reads.ReadOutcome.Kind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.r2dbc.core.DatabaseClient;

/** A primary that dies with a tail that its replica never got; the replica takes its place. */
class FailoverTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ResourceId MAIN = new ResourceId("platform", "main");
    private static final String TENANT = "acme";

    private final ReadsMetrics metrics = new ReadsMetrics(new SimpleMeterRegistry());
    private final ReadsProperties settings =
            TestSettings.with(Map.of("headgate.reads.tracking.timeout", "5s", "headgate.reads.tracking.max-lag", "1h"));
    private final ReadScopes scopes = new ReadScopes(
            Optional.of(new ConsistencyTokens(
                    new TestKeys("k1"),
                    new MutableClock(Instant.parse("2026-11-21T12:00:00Z")),
                    settings.tokens(),
                    metrics)),
            Consistency.SESSION,
            Duration.ofSeconds(5));
    private final FakeConfig<LiveDatabases.Book> config = new FakeConfig<>();
    private final LiveDatabases databases = new LiveDatabases(
            settings, scopes, Environment.system(), metrics, _ -> Optional.of("postgres"), () -> Optional.of(config));

    private LocalPostgres left;
    private LocalPostgres promoted;
    private long version;

    @BeforeEach
    void startServers() {
        left = LocalPostgres.startPrivate();
        promoted = left.startReplica("replica-1");
        left.execute("postgres", "CREATE TABLE counters (key text PRIMARY KEY, value int NOT NULL)");
    }

    @AfterEach
    void stopServers() {
        databases.destroy();
        promoted.stop();
        left.stop();
    }

    @Test
    void writesThatWereKeptAreServedAndThoseThatWereLostAreNamedOnce() {
        apply(new DatabaseSpec(
                left.r2dbcUrl("postgres"),
                List.of(new DatabaseSpec.Replica("replica-1", promoted.r2dbcUrl("postgres"), false)),
                "env:ANY"));
        String kept = write(1);
        await("the replica has it", () -> read(kept).kind() == Kind.REPLICA);
        promoted.stop();
        String lost = write(2);
        left.kill();
        promoted.start();
        promoted.query("postgres", "SELECT pg_promote()::text");

        apply(new DatabaseSpec(promoted.r2dbcUrl("postgres"), List.of(), "env:ANY"));

        await("the new primary is followed", () -> {
            databases.cluster(MAIN).orElseThrow().primary().startAsking();
            return databases.cluster(MAIN).orElseThrow().primary().isReachable();
        });
        assertThat(read(kept).kind()).isEqualTo(Kind.PRIMARY);
        ReadScope scope = scopes.open(TENANT, List.of(lost));
        assertThat(value(scope)).isEqualTo(1);
        assertThat(scope.outcome().orElseThrow().kind()).isEqualTo(Kind.LOST_WRITE);

        assertThat(read(scopes.token(TENANT, scope).orElseThrow()).kind()).isEqualTo(Kind.PRIMARY);
    }

    private void apply(DatabaseSpec spec) {
        config.apply(
                databases,
                new FakeSnapshot()
                        .with(
                                DatabaseSpec.class,
                                new Resource<>("Database", MAIN, ++version, Resource.Origin.API, spec)));
    }

    /** The token that its writer takes along. */
    private String write(int value) {
        ReadScope scope = scopes.open(TENANT, List.of());
        client().sql("INSERT INTO counters VALUES ('k', $1) ON CONFLICT (key) DO UPDATE SET value = $1")
                .bind("$1", value)
                .fetch()
                .rowsUpdated()
                .contextWrite(scope::put)
                .block(LIMIT);
        return scopes.token(TENANT, scope).orElseThrow();
    }

    private ReadOutcome read(String token) {
        ReadScope scope = scopes.open(TENANT, List.of(token));
        value(scope);
        return scope.outcome().orElseThrow();
    }

    private int value(ReadScope scope) {
        return client().sql("SELECT value FROM counters WHERE key = 'k'")
                .map((row, _) -> Columns.get(row, "value", Integer.class))
                .one()
                .contextWrite(context -> ReadScope.putReadOnly(scope.put(context)))
                .blockOptional(LIMIT)
                .orElseThrow();
    }

    private DatabaseClient client() {
        return DatabaseClient.create(databases.find(MAIN, Use.PAGES).orElseThrow());
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.onSpinWait();
        }
    }
}

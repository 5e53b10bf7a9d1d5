package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatabaseSpec;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.headgate.reads.Databases.Use;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class LiveDatabasesTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final ResourceId MAIN = new ResourceId("platform", "main");
    private static final String VARIABLE = "HEADGATE_DB_MAIN";

    private final LocalPostgres primary = SharedStack.postgres();
    private final LocalPostgres one = SharedStack.replicas().getFirst();
    private final LocalPostgres two = SharedStack.replicas().getLast();
    private final ReadScopes scopes = new ReadScopes(Optional.empty(), Consistency.SESSION, Duration.ofSeconds(5));
    private final FakeConfig<LiveDatabases.Book> config = new FakeConfig<>();
    private final LiveDatabases databases = new LiveDatabases(
            TestSettings.with(Map.of(
                    "headgate.reads.tracking.timeout", "20s",
                    "headgate.reads.tracking.max-lag", "1h",
                    "headgate.reads.databases.retire-after", "0s",
                    "headgate.reads.databases.pages.max-acquire-time", "30s",
                    "headgate.reads.databases.exports.max-acquire-time", "30s")),
            scopes,
            Environment.system(),
            new ReadsMetrics(new SimpleMeterRegistry()),
            name -> name.equals(VARIABLE) ? Optional.of(LocalPostgres.USER + ":any") : Optional.empty(),
            () -> Optional.of(config));

    private long version;

    @AfterEach
    void close() {
        databases.destroy();
    }

    @Test
    void readsOfPagesGoToAReplicaAndThoseOfExportsToTheOneThatIsMeantForThem() {
        apply(spec(replica("replica-1", one, false), replica("replica-2", two, true)), Set.of());
        await("both are in", () -> isIn("replica-1") && isIn("replica-2"));

        for (int i = 0; i < 5; i++) {
            assertThat(portOfReader(Use.EXPORTS)).isEqualTo(two.port());
            assertThat(portOfReader(Use.PAGES)).isIn(one.port(), two.port());
        }
    }

    @Test
    void aReplicaComesAndGoesWhileTheOthersKeepWhatWasLearntOfThem() {
        apply(spec(replica("replica-1", one, false)), Set.of());
        await("it is in", () -> isIn("replica-1"));
        Node before = node("replica-1");
        ConnectionFactory pages = databases.find(MAIN, Use.PAGES).orElseThrow();

        apply(spec(replica("replica-1", one, false), replica("replica-2", two, false)), Set.of());
        await("the other is in too", () -> isIn("replica-2"));
        assertThat(node("replica-1")).isSameAs(before);
        assertThat(databases.find(MAIN, Use.PAGES)).containsSame(pages);

        apply(spec(replica("replica-2", two, false)), Set.of());
        assertThat(before.isClosed()).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(portOfReader(Use.PAGES)).isEqualTo(two.port());
        }
    }

    @Test
    void replicasThatAreGoneKeepNoConnections() {
        apply(spec(replica("replica-1", one, false), replica("replica-2", two, false)), Set.of());
        await("both are in", () -> isIn("replica-1") && isIn("replica-2"));
        Map<Integer, String> readers = new HashMap<>();
        await("both were read", () -> {
            readers.putAll(read(
                    Use.PAGES,
                    "SELECT inet_server_port() AS port, pg_backend_pid()::text AS pid",
                    row -> Map.of(Columns.get(row, "port", Integer.class), Columns.get(row, "pid", String.class))));
            return readers.size() == 2;
        });

        apply(spec(), Set.of());

        for (LocalPostgres server : List.of(one, two)) {
            await(
                    "its connection ended",
                    () -> server.query(
                                    "postgres",
                                    "SELECT count(*)::text FROM pg_stat_activity WHERE pid = "
                                            + readers.get(server.port()))
                            .equals("0"));
        }
    }

    @Test
    void aReplicaThatIsDrainedTakesNoReadsUntilItIsNot() {
        DatabaseSpec spec = spec(replica("replica-1", one, false), replica("replica-2", two, false));
        apply(spec, Set.of("replica-1"));
        await("the other is in", () -> isIn("replica-2"));
        for (int i = 0; i < 5; i++) {
            assertThat(portOfReader(Use.PAGES)).isEqualTo(two.port());
        }
        assertThat(cluster().standing(node("replica-1"))).isEqualTo(Standing.DRAINED);

        apply(spec, Set.of());
        await("it is back", () -> isIn("replica-1"));
    }

    @Test
    void aDatabaseWhoseCredentialsAreNotThereIsLeftOutAloneAndSaysWhich() {
        var broken = new Resource<>(
                "Database",
                new ResourceId("platform", "other"),
                1,
                Resource.Origin.API,
                new DatabaseSpec(primary.r2dbcUrl("postgres"), List.of(), "env:NOWHERE"));
        config.apply(
                databases,
                snapshot(spec(replica("replica-1", one, false)), Set.of()).with(DatabaseSpec.class, broken));

        assertThat(databases.leftOut(databases.book()))
                .containsOnly(Map.entry(broken, "NOWHERE: is not set (expected: user:password)"));
        assertThat(databases.find(broken.id(), Use.PAGES)).isEmpty();
        assertThat(databases.find(MAIN, Use.PAGES)).isPresent();
    }

    @Test
    void aDatabaseThatIsGoneIsFoundNoMore() {
        apply(spec(), Set.of());
        Cluster gone = cluster();

        config.apply(databases, new FakeSnapshot());

        assertThat(databases.find(MAIN, Use.PAGES)).isEmpty();
        await("it is closed", () -> gone.primary().isClosed());
    }

    private void apply(DatabaseSpec spec, Set<String> drained) {
        config.apply(databases, snapshot(spec, drained));
    }

    private FakeSnapshot snapshot(DatabaseSpec spec, Set<String> drained) {
        return new FakeSnapshot()
                .with(DatabaseSpec.class, new Resource<>("Database", MAIN, ++version, Resource.Origin.API, spec))
                .with(Drain.class, new Resource<>("Drain", MAIN, version, Resource.Origin.API, new Drain(drained)));
    }

    private DatabaseSpec spec(DatabaseSpec.Replica... replicas) {
        return new DatabaseSpec(primary.r2dbcUrl("postgres"), List.of(replicas), "env:" + VARIABLE);
    }

    private static DatabaseSpec.Replica replica(String name, LocalPostgres server, boolean forExports) {
        return new DatabaseSpec.Replica(name, server.r2dbcUrl("postgres"), forExports);
    }

    private Cluster cluster() {
        return databases.find(MAIN).orElseThrow().cluster();
    }

    private Node node(String name) {
        return cluster().replicas().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private boolean isIn(String name) {
        return cluster().isIn(node(name));
    }

    private int portOfReader(Use use) {
        return read(use, "SELECT inet_server_port() AS port", row -> Columns.get(row, "port", Integer.class));
    }

    private <T> T read(Use use, String sql, Function<Row, T> value) {
        ConnectionFactory connections = databases.find(MAIN, use).orElseThrow();
        return Mono.usingWhen(
                        connections.create(),
                        connection -> Flux.from(connection.createStatement(sql).execute())
                                .flatMap(result -> result.map((row, _) -> value.apply(row)))
                                .single(),
                        io.r2dbc.spi.Connection::close)
                .contextWrite(ReadScope::putReadOnly)
                .blockOptional(LIMIT)
                .orElseThrow();
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.onSpinWait();
        }
    }
}

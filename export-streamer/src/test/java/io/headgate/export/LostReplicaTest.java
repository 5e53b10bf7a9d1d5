package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import io.headgate.local.LocalPostgres;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What a job reads from is lost when a part of the file is written. */
class LostReplicaTest {

    private static final int ROWS = 20_000;
    private static final Csv COPY = new Csv(Dialect.POSTGRES, ',', "", false, Eol.LF, false);

    private static final String OPEN_CURSORS = """
             FROM pg_stat_activity
            WHERE datname = current_database() AND backend_xmin IS NOT NULL AND query LIKE 'SELECT "id", "label"%'""";

    private static final LocalPostgres PRIMARY = LocalPostgres.startPrivate();
    private static Map<String, LocalPostgres> servers = Map.of();
    private static String database = "";
    private static byte[] expected = {};

    private final JobFixture jobs = new JobFixture(JobSettings.quick().with("worker.retry-delay", "50ms"));
    private Optional<Exports> opened = Optional.empty();

    @BeforeAll
    static void fill() throws Exception {
        database = PRIMARY.createDatabase();
        PRIMARY.execute(database, Exports.TABLE);
        PRIMARY.execute(
                database,
                "INSERT INTO events (tenant_id, id, label) SELECT 'acme', i, repeat('x', 100) FROM generate_series(1, "
                        + ROWS + ") AS i");
        PRIMARY.execute(database, "VACUUM (ANALYZE) events");
        PRIMARY.execute(database, "ALTER SYSTEM SET autovacuum = off"); // it clears away at times of its own
        PRIMARY.execute(database, "SELECT pg_reload_conf()");
        servers = Map.of(
                "primary", PRIMARY,
                "replica-1", PRIMARY.startReplica("replica-1"),
                "replica-2", PRIMARY.startReplica("replica-2"));
        var copied = new ByteArrayOutputStream();
        try (var connection = PRIMARY.connect(database)) {
            connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut("COPY (SELECT id, label FROM events ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", copied);
        }
        expected = copied.toByteArray();
    }

    @AfterAll
    static void stopServers() {
        servers.values().forEach(LocalPostgres::stop);
    }

    @AfterEach
    void close() {
        jobs.close();
        opened.ifPresent(Exports::close);
        servers.values().forEach(LocalPostgres::start);
    }

    private Exports reading(int primaryReads, String... names) {
        var exports = new Exports(
                database,
                LocalPostgres.USER,
                Exports.limits(ROWS),
                Stream.concat(
                                Stream.of(
                                        "headgate.reads.r2dbc.primary=" + PRIMARY.r2dbcUrl(database),
                                        "headgate.reads.r2dbc.username=" + LocalPostgres.USER,
                                        "headgate.reads.r2dbc.max-acquire-time=60s",
                                        "headgate.exports.fetch-size=100",
                                        "headgate.reads.tracking.timeout=30s",
                                        "headgate.reads.choice.primary-reads=" + primaryReads),
                                IntStream.range(0, names.length).boxed().flatMap(i -> replica(i, names[i])))
                        .toArray(String[]::new));
        opened = Optional.of(exports);
        return exports;
    }

    private static Stream<String> replica(int index, String name) {
        String setting = "headgate.reads.r2dbc.replicas[" + index + "].";
        return Stream.of(
                setting + "name=" + name,
                setting + "exports=true",
                setting + "url=" + server(name).r2dbcUrl(database));
    }

    private static LocalPostgres server(String name) {
        return Optional.ofNullable(servers.get(name)).orElseThrow(() -> new AssertionError("no server: " + name));
    }

    @Test
    void anotherReplicaTakesOverFromOneThatIsKilled() {
        var rows = new HeldRows(reading(0, "replica-1", "replica-2").cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);

        lose(reader, rows, LocalPostgres::kill);
        assertStartedOver(asked, "connection-lost", "database-stopped");
        rows.goOnWithTheNext();

        assertWhole(asked, reader.name().equals("replica-1") ? "replica-2" : "replica-1");
    }

    @Test
    void theOnlyReplicaIsWaitedForAndReadAnewOnceItIsBack() {
        var rows = new HeldRows(reading(0, "replica-1").cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);

        lose(reader, rows, LocalPostgres::kill);
        assertStartedOver(asked, "connection-lost", "database-stopped");
        rows.goOnWithTheNext();
        Eventually.until(
                () -> "it waits for a server: " + jobs.find(asked),
                () -> look(asked).reason().filter("no-room"::equals).isPresent());
        reader.start();

        assertWhole(asked, "replica-1");
    }

    @Test
    void thePrimaryTakesOverWhereNoReplicaIsLeftAndItTakesReads() {
        Exports exports = reading(8, "replica-1");
        Eventually.until("the replica takes reads", () -> nodeOf(exports).equals("replica-1"));
        var rows = new HeldRows(exports.cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);

        lose(reader, rows, LocalPostgres::kill);
        assertStartedOver(asked, "connection-lost", "database-stopped");
        rows.goOnWithTheNext();

        assertWhole(asked, "primary");
    }

    /** PostgreSQL ends all of its connections where one of its processes was killed, and recovers. */
    @Test
    void theJobStartsOverWhereTheProcessThatServesItIsKilled() {
        var rows = new HeldRows(reading(0, "replica-1").cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);
        long process = Long.parseLong(reader.query(database, "SELECT pid" + OPEN_CURSORS));

        lose(reader, rows, server -> ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly));
        assertStartedOver(asked, "connection-lost", "database-stopped");
        rows.goOnWithTheNext();

        assertWhole(asked, "replica-1");
        assertThat(reader.isAlive()).isTrue();
    }

    @Test
    void theJobStartsOverWhereRecoveryClearsAwayWhatItReads() {
        var rows = new HeldRows(reading(0, "replica-1").cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);

        lose(reader, rows, this::clearAway);
        assertStartedOver(asked, "recovery-conflict", "connection-lost"); // as the driver comes to see it
        rows.goOnWithTheNext();

        assertWhole(asked, "replica-1");
    }

    @Test
    void theOnlyServerIsWaitedForHoweverLongItIsAway() {
        var rows = new HeldRows(reading(8).cursor());
        Job asked = ask(rows);
        LocalPostgres reader = awaitPart(asked, rows);

        lose(reader, rows, LocalPostgres::kill);
        assertStartedOver(asked, "connection-lost", "database-stopped");
        rows.goOnWithTheNext();
        long before = jobs.find(asked).fence();
        Eventually.until(
                () -> "it is tried on and on: " + jobs.find(asked),
                () -> look(asked).fence() > before + 5);
        reader.start();

        assertWhole(asked, "primary");
    }

    /** Of every row the version that the snapshot sees; another column than those that are read is another. */
    private void clearAway(LocalPostgres reader) {
        waitForReaders(reader, "SET max_standby_streaming_delay = 0");
        PRIMARY.execute(database, "UPDATE events SET n = coalesce(n, 0) + 1");
        PRIMARY.execute(database, "VACUUM (TRUNCATE off) events");
        Eventually.until("its snapshot is gone", () -> cursors(reader).equals("0"));
        waitForReaders(reader, "RESET max_standby_streaming_delay");
    }

    private static void waitForReaders(LocalPostgres replica, String change) {
        replica.execute(database, "ALTER SYSTEM " + change);
        replica.execute(database, "SELECT pg_reload_conf()");
    }

    private Job ask(ExportRunner runner) {
        Job asked =
                jobs.create(JobFixture.request(order(), OptionalLong.empty(), JobRequest.PRIORITY, Optional.empty()));
        jobs.start("w", runner);
        return asked;
    }

    private static ExportOrder order() {
        return Exports.order(DatasetSpec.Format.CSV, List.of("id", "label"), "{\"filters\":[]}", COPY);
    }

    private static String nodeOf(Exports exports) {
        var tally = new ExportTally();
        exports.cursor()
                .run(order(), tally)
                .doOnNext(DataBufferUtils::release)
                .take(1)
                .blockLast(JobFixture.PATIENCE);
        return tally.source().map(ExportTally.Source::node).orElse("");
    }

    /** @return the server that it comes from, on which its cursor is open */
    private LocalPostgres awaitPart(Job asked, HeldRows rows) {
        Eventually.until(
                () -> "a part is written: " + jobs.files() + ", " + jobs.find(asked),
                () -> look(asked).rows() > 0 && partOf(asked) > 0);
        LocalPostgres reader = server(rows.node());
        Eventually.until("one cursor is open", () -> cursors(reader).equals("1"));
        return reader;
    }

    private static String cursors(LocalPostgres server) {
        return server.query(database, "SELECT count(*)" + OPEN_CURSORS);
    }

    private static void lose(LocalPostgres reader, HeldRows rows, Consumer<LocalPostgres> loss) {
        rows.holdTheNext();
        loss.accept(reader);
        rows.goOn();
    }

    private long partOf(Job asked) {
        return files(DirectoryStorage.PART).stream()
                .filter(file -> file.getName().startsWith(asked.id().toString()))
                .mapToLong(File::length)
                .sum();
    }

    private void assertStartedOver(Job asked, String... reasons) {
        Eventually.until(
                () -> "the next attempt begins: " + jobs.find(asked),
                () -> look(asked).attempts() == 2);
        assertThat(jobs.find(asked).reason().orElse("")).isIn((Object[]) reasons);
        Eventually.until("the first is counted", () -> attempts("starts-over") == 1);
    }

    private void assertWhole(Job asked, String node) {
        Eventually.until(
                () -> "complete: " + jobs.find(asked), () -> look(asked).state().isOver());
        Job job = jobs.find(asked);
        assertThat(job.state()).as("%s", job).isEqualTo(JobState.COMPLETED);
        assertThat(jobs.read(job)).isEqualTo(expected);
        assertThat(job.sha256()).contains(Digests.hex(expected));
        assertThat(job.rows()).isEqualTo(ROWS);
        assertThat(job.attempts()).isEqualTo(2);
        assertThat(Job.JSON.readTree(job.source().orElseThrow()).path("node").stringValue())
                .isEqualTo(node);
        Eventually.until(
                "its end is told",
                () -> jobs.told.stream().anyMatch(event -> "export.completed".equals(event.eventType())));
        assertThat(jobs.told)
                .filteredOn(event -> event.eventType().startsWith("export."))
                .filteredOn(event -> !event.eventType().equals("export.requested"))
                .hasSize(1);
        assertThat(jobs.files())
                .containsExactlyInAnyOrder(
                        job.fileName().toString(), job.fileName().manifest().toString());
        Eventually.until("the last is counted", () -> attempts("completed") == 1);
        assertThat(attempts("failed")).isZero();
    }

    private long attempts(String outcome) {
        return jobs.meters.find("headgate.exports.jobs.attempts").tag("outcome", outcome).timers().stream()
                .mapToLong(io.micrometer.core.instrument.Timer::count)
                .sum();
    }

    /** As it is now; whenever one looks, there is no file that can be had, or it is whole. */
    private Job look(Job asked) {
        Job job = jobs.find(asked);
        assertThat(job.location().isPresent()).as("%s has a file", job).isEqualTo(job.state() == JobState.COMPLETED);
        assertThat(files(".csv")).allMatch(file -> file.length() == expected.length);
        return job;
    }

    private List<File> files(String ending) {
        try (Stream<Path> files =
                Files.find(jobs.directory, 3, (path, _) -> path.toString().endsWith(ending))) {
            return files.map(Path::toFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Rows as the cursor reads them; a run stands still behind its first bytes, and the one after it before them. */
    private static final class HeldRows implements ExportRunner {

        private final ExportCursor cursor;
        private final Sinks.Empty<Void> rest = Sinks.empty();
        private final Sinks.Empty<Void> next = Sinks.empty();
        private volatile boolean isNextHeld;
        private volatile ExportTally tally = new ExportTally();

        HeldRows(ExportCursor cursor) {
            this.cursor = cursor;
        }

        @Override
        public Flux<DataBuffer> run(ExportOrder order, ExportTally counted) {
            return Flux.defer(() -> {
                tally = counted;
                Mono<Void> start = isNextHeld ? next.asMono() : Mono.empty();
                return start.thenMany(cursor.run(order, counted))
                        .index((number, piece) ->
                                number == 0 ? Mono.just(piece) : rest.asMono().thenReturn(piece))
                        .concatMap(piece -> piece, 1);
            });
        }

        @Override
        public Flux<DataBuffer> runLast(ExportOrder order, ExportTally counted) {
            return run(order, counted);
        }

        String node() {
            return tally.source().map(ExportTally.Source::node).orElse("");
        }

        void holdTheNext() {
            isNextHeld = true;
        }

        void goOn() {
            rest.tryEmitEmpty();
        }

        void goOnWithTheNext() {
            next.tryEmitEmpty();
        }
    }
}

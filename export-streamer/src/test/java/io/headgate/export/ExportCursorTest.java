package io.headgate.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.r2dbc.spi.R2dbcException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.BaseSubscriber;

class ExportCursorTest {

    private static final int ROWS = 200_000;
    private static final String EVERYTHING = "{\"filters\":[]}";
    /** What a session of ours does in the database at the moment. */
    private static final String ACTIVITY =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ";

    private static String database = "";

    private Exports exports = new Exports(database);

    @BeforeAll
    static void fill() {
        database = Exports.database();
        SharedStack.postgres().execute(database, """
                INSERT INTO events (tenant_id, id, label, n)
                SELECT 'acme', i, repeat('x', 100), 1 FROM generate_series(1, %d) AS i""".formatted(ROWS));
        SharedStack.postgres().execute(database, "ANALYZE events");
    }

    @AfterEach
    void close() {
        exports.close();
    }

    private Exports with(String... settings) {
        exports.close();
        exports = new Exports(database, settings);
        return exports;
    }

    /** A client that takes what it asks for, piece by piece. */
    private final class Client extends BaseSubscriber<DataBuffer> {

        private final ExportTally tally = new ExportTally();
        private final StringBuilder text = new StringBuilder();
        private final CountDownLatch first = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile boolean isWhole;

        Client(ExportOrder order) {
            exports.cursor().run(order, tally).subscribe(this);
        }

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(1);
        }

        @Override
        protected void hookOnNext(DataBuffer piece) {
            text.append(piece.toString(UTF_8));
            first.countDown();
        }

        @Override
        protected void hookOnComplete() {
            isWhole = true;
            end.countDown();
        }

        @Override
        protected void hookOnError(Throwable error) {
            failure.set(error);
            end.countDown();
        }

        Client awaitFirst() throws InterruptedException {
            assertThat(first.await(60, TimeUnit.SECONDS)).as("the first piece").isTrue();
            return this;
        }

        /** Either shows that the order has come to an end of its beginning. */
        void awaitFirstOrRefused() {
            Eventually.until("begun or refused", () -> first.getCount() == 0 || end.getCount() == 0);
        }

        Client awaitEnd() throws InterruptedException {
            requestUnbounded();
            assertThat(end.await(60, TimeUnit.SECONDS)).as("the end").isTrue();
            return this;
        }
    }

    private static ExportOrder csv(List<String> columns, String query) {
        return Exports.order(DatasetSpec.Format.CSV, columns, query, Batches.RFC);
    }

    private static ExportOrder everything() {
        return csv(List.of("id", "label", "n"), EVERYTHING);
    }

    @Test
    void readsEveryRowInTheOrderOfTheKey() throws Exception {
        Client client = new Client(csv(List.of("id"), EVERYTHING)).awaitEnd();

        List<String> lines = client.text.toString().lines().toList();
        assertThat(lines).hasSize(ROWS + 1);
        for (int i = 1; i <= ROWS; i++) {
            assertThat(lines.get(i)).isEqualTo(String.valueOf(i));
        }
        assertThat(client.tally.rows()).isEqualTo(ROWS);
        assertThat(client.tally.bytes()).isEqualTo(client.text.length());
        assertThat(client.tally.source()).hasValueSatisfying(source -> {
            assertThat(source.snapshot()).matches("[0-9]+:[0-9]+:.*");
            assertThat(source.position()).matches("[0-9A-F]+/[0-9A-F]+");
            assertThat(source.estimate()).isBetween(ROWS / 2L, ROWS * 2L);
        });
    }

    @Test
    void isOfOneSnapshotWhileEveryRowChanges() throws Exception {
        String own = Exports.database();
        SharedStack.postgres()
                .execute(
                        own,
                        "INSERT INTO events (tenant_id, id, label, n)"
                                + " SELECT 'acme', i, repeat('x', 100), 1 FROM generate_series(1, 50000) AS i");
        exports.close();
        exports = new Exports(own);
        Client client = new Client(csv(List.of("n", "label"), EVERYTHING)).awaitFirst();

        SharedStack.postgres().execute(own, "UPDATE events SET n = 2");
        SharedStack.postgres().execute(own, "DELETE FROM events WHERE id % 3 = 0");
        client.awaitEnd();

        assertThat(client.text.toString().lines().skip(1).map(line -> line.substring(0, 1)))
                .hasSize(50_000)
                .containsOnly("1");
    }

    @Test
    void theCursorWaitsForAClientThatStandsStill() throws Exception {
        Client client = new Client(everything()).awaitFirst();

        await("the cursor waits", "wait_event IN ('ClientRead', 'ClientWrite') AND state = 'active'", 1);
        long read = client.tally.rows();
        // what was asked for, and what waits for the encoder
        assertThat(client.text.toString().lines().count()).isLessThan(10);
        assertThat(read).isLessThan(10);
        client.request(3);
        Eventually.until("three more pieces", () -> client.tally.rows() > read);
        assertThat(client.tally.rows()).isLessThan(ROWS / 10);

        client.cancel();
    }

    @Test
    void aClientThatGoesGivesConnectionAndSlotBack() throws Exception {
        Client client = new Client(everything()).awaitFirst();
        assertThat(exports.slots().running()).isOne();

        client.cancel();

        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
        await("no cursor is open", "state <> 'idle'", 0);
    }

    @Test
    void aClientThatGoesBeforeTheFirstRowStopsTheDatabase() throws Exception {
        view("SELECT * FROM events WHERE n = 1 AND pg_sleep(30) IS NOT NULL");
        try {
            Client client = new Client(csv(List.of("id"), EVERYTHING));
            await("the database looks for rows", "state = 'active' AND query LIKE 'SELECT \"id\"%'", 1);

            client.cancel();

            await("it does no more", "state = 'active'", 0);
            Eventually.until(
                    "nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
        } finally {
            unview();
        }
    }

    @Test
    void breaksWhereTheDatabaseDies() throws Exception {
        Client client = new Client(everything()).awaitFirst();

        SharedStack.postgres()
                .query(
                        database,
                        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND pid <> pg_backend_pid()");
        client.awaitEnd();

        assertThat(client.isWhole).isFalse();
        assertThat(client.failure.get()).isInstanceOf(R2dbcException.class);
        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
        assertThat(new Client(csv(List.of("id"), EVERYTHING)).awaitEnd().isWhole)
                .isTrue();
    }

    @Test
    void refusesWhatIsMoreThanTheDatasetAllowsBeforeTheFirstByte() throws Exception {
        exports.close();
        exports = new Exports(database, LocalPostgres.USER, Exports.limits(ROWS / 2));

        Client client = new Client(everything()).awaitEnd();

        assertThat(client.text).isEmpty();
        assertThat(problem(client).detail()).contains("at most " + ROWS / 2);
        assertThat(problem(client).type()).isEqualTo(ProblemType.EXPORT_TOO_LARGE);
    }

    @Test
    void refusesWhatTheDatabaseReckonsToBeTooExpensiveBeforeTheFirstByte() throws Exception {
        exports.close();
        exports = new Exports(database, LocalPostgres.USER, new DatasetSpec.Limits(ROWS, 10, 10, false));

        Client client = new Client(everything()).awaitEnd();

        assertThat(client.text).isEmpty();
        assertThat(problem(client).type()).isEqualTo(ProblemType.FILTER_TOO_EXPENSIVE);
        assertThat(problem(client).detail()).contains("id", "label");
    }

    @Test
    void reckonsWithoutReading() throws Exception {
        Long rows = exports.cursor().reckon(everything()).blockOptional().orElseThrow();

        assertThat(rows).isBetween(ROWS / 2L, ROWS * 2L);
        exports.close();
        exports = new Exports(database, LocalPostgres.USER, Exports.limits(ROWS / 2));
        assertThatThrownBy(() -> exports.cursor().reckon(everything()).block())
                .isInstanceOf(ProblemException.class)
                .hasMessage("export-too-large");
        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
    }

    @Test
    void aJobsOrderIsTakenWithoutAnEstimateWhereThereIsNoRoomToReckon() {
        exports.close();
        exports = new Exports(database, "headgate.exports.max-running=1");
        exports.slots().take(Exports.GLOBEX);

        var orders = new FormOrders(exports.bean(ExportOrders.class), exports.cursor());

        assertThat(orders.reckon(everything()).block()).isEqualTo(OptionalLong.empty());
    }

    @Test
    void breaksWhereTooManyRowsShowOnlyOnTheWay() throws Exception {
        String own = Exports.database();
        SharedStack.postgres().execute(own, "ALTER TABLE events SET (autovacuum_enabled = off)");
        SharedStack.postgres().execute(own, "ANALYZE events");
        SharedStack.postgres()
                .execute(
                        own,
                        "INSERT INTO events (tenant_id, id, label)"
                                + " SELECT 'acme', i, repeat('x', 100) FROM generate_series(1, 50000) AS i");
        exports.close();
        exports = new Exports(own, LocalPostgres.USER, Exports.limits(49_999));

        Client client = new Client(everything()).awaitEnd();

        assertThat(client.isWhole).isFalse();
        assertThat(problem(client).type()).isEqualTo(ProblemType.EXPORT_TOO_LARGE);
        assertThat(client.text.toString().lines().count()).isLessThanOrEqualTo(50_000);
    }

    @Test
    void exactlyAsManyRowsAsAllowedAreWhole() throws Exception {
        exports.close();
        exports = new Exports(database, LocalPostgres.USER, Exports.limits(ROWS));

        assertThat(new Client(csv(List.of("id"), EVERYTHING)).awaitEnd().isWhole)
                .isTrue();
    }

    @Test
    void runsNoMoreAtOnceThanMayBeOfATenantAndOfAll() throws Exception {
        with("headgate.exports.max-running=2", "headgate.exports.max-running-per-tenant=1");
        Client first = new Client(everything()).awaitFirst();

        Client second = new Client(everything()).awaitEnd();
        Client other = new Client(of(Exports.GLOBEX)).awaitEnd();

        assertThat(problem(second).type()).isEqualTo(ProblemType.EXPORT_LIMIT);
        assertThat(problem(second).headers()).containsKey("Retry-After");
        assertThat(other.isWhole).isTrue();
        first.cancel();
        Eventually.until("nothing runs", () -> exports.slots().running() == 0);
        assertThat(new Client(of(Exports.ACME)).awaitEnd().isWhole).isTrue();
    }

    private static ExportOrder of(String tenant) {
        return Exports.order(tenant, DatasetSpec.Format.CSV, List.of("id"), EVERYTHING, Batches.RFC);
    }

    @Test
    void doesNotWaitForTheFirstRowForever() throws Exception {
        with("headgate.exports.first-row=200ms");
        view("SELECT * FROM events WHERE n = 1 AND pg_sleep(30) IS NOT NULL");
        try {
            Client client = new Client(everything()).awaitEnd();

            assertThat(problem(client).type()).isEqualTo(ProblemType.GATEWAY_TIMEOUT);
            assertThat(problem(client).detail()).contains("first row");
            await("the database stopped", "state = 'active'", 0);
        } finally {
            unview();
        }
    }

    @Test
    void doesNotWaitForAClientForever() throws Exception {
        with("headgate.exports.stall=200ms");
        Client client = new Client(everything()).awaitFirst();

        assertThat(client.end.await(60, TimeUnit.SECONDS)).isTrue();

        assertThat(problem(client).detail()).contains("Nothing moved");
        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
    }

    @Test
    void endsWhenItHasTakenTooLong() throws Exception {
        with("headgate.exports.total=300ms");
        Client client = new Client(everything());

        assertThat(client.end.await(60, TimeUnit.SECONDS)).isTrue();

        assertThat(problem(client).detail()).contains("did not end");
    }

    @Test
    void isWholeForAClientThatTakesOnePieceAfterTheOther() throws Exception {
        Client client = new Client(csv(List.of("id"), EVERYTHING)).awaitFirst();
        while (client.end.getCount() > 0) {
            client.request(1);
        }

        assertThat(client.isWhole).isTrue();
        assertThat(client.tally.rows()).isEqualTo(ROWS);
    }

    @Test
    void anUnknownDatasetIsNoDataset() {
        assertThatThrownBy(() -> exports.text(new ExportOrder(
                        new io.headgate.api.ResourceId("platform", "nothing"),
                        "acme",
                        "ana",
                        EVERYTHING,
                        List.of("id"),
                        DatasetSpec.Format.CSV,
                        java.time.ZoneId.of("UTC"),
                        Batches.RFC,
                        false,
                        List.of())))
                .isInstanceOf(ProblemException.class)
                .hasMessage("not-found");
    }

    @Test
    void everyFormatHasEveryRow() throws Exception {
        String few = "{\"filters\":[{\"field\":\"id\",\"op\":\"lte\",\"value\":1000}]}";

        assertThat(exports.text(Exports.order(DatasetSpec.Format.NDJSON, List.of("id"), few, Batches.RFC))
                        .lines())
                .hasSize(1_000)
                .contains("{\"id\":1000}");
        try (var workbook = new org.apache.poi.xssf.usermodel.XSSFWorkbook(new java.io.ByteArrayInputStream(
                exports.bytes(Exports.order(DatasetSpec.Format.XLSX, List.of("id", "label"), few, Batches.RFC))))) {
            assertThat(workbook.getSheetAt(0).getPhysicalNumberOfRows()).isEqualTo(1_001);
        }
        try (var document = org.apache.pdfbox.Loader.loadPDF(
                exports.bytes(Exports.order(DatasetSpec.Format.PDF, List.of("id", "label"), few, Batches.RFC)))) {
            assertThat(new org.apache.pdfbox.text.PDFTextStripper().getText(document))
                    .contains("1000 rows");
        }
    }

    @Test
    void manyAtOnceThatComeAndGoLeaveNothingBehind() throws Exception {
        with("headgate.exports.max-running-per-tenant=8", "headgate.exports.batch=8KB");
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Client client = new Client(everything());
            clients.add(client);
            if (i % 3 == 0) {
                client.cancel();
            } else {
                client.awaitFirstOrRefused();
                client.cancel();
            }
        }

        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
        assertThat(new Client(csv(List.of("id"), EVERYTHING)).awaitEnd().isWhole)
                .isTrue();
    }

    /** In the place of the table, so that rows come as slowly as a test wants. */
    private static void view(String select) {
        SharedStack.postgres().execute(database, "ALTER TABLE events RENAME TO events_all");
        SharedStack.postgres()
                .execute(database, "CREATE VIEW events AS " + select.replace("FROM events", "FROM events_all"));
    }

    private static void unview() {
        SharedStack.postgres().execute(database, "DROP VIEW events");
        SharedStack.postgres().execute(database, "ALTER TABLE events_all RENAME TO events");
    }

    private static io.headgate.api.Problem problem(Client client) {
        assertThat(client.failure.get()).isInstanceOf(ProblemException.class);
        return ((ProblemException) java.util.Objects.requireNonNull(client.failure.get())).problem();
    }

    private static void await(String what, String condition, int sessions) {
        Eventually.until(
                what,
                () -> SharedStack.postgres()
                        .query(database, ACTIVITY + condition)
                        .equals(String.valueOf(sessions)));
    }
}

package io.headgate.export;

import io.headgate.filter.Sql;
import io.r2dbc.postgresql.api.PostgresTransactionDefinition;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.time.ZoneId;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One connection with one transaction, which sees one snapshot for as long as it takes. Whoever opened it ends it. */
final class ExportSession {

    /**
     * The timers of the database run on while a client stands still, so they are off and ours count. What writes text is
     * said, not taken from the server's settings; and row-level security can ask for the tenant.
     */
    private static final String SETTINGS = """
            SELECT set_config('statement_timeout', '0', true),
                   set_config('idle_in_transaction_session_timeout', '0', true),
                   set_config('DateStyle', 'ISO, YMD', true),
                   set_config('IntervalStyle', 'postgres', true),
                   set_config('bytea_output', 'hex', true),
                   set_config('extra_float_digits', '1', true),
                   set_config('TimeZone', $1, true),
                   set_config('headgate.tenant', $2, true),
                   pg_current_snapshot()::text AS snapshot,
                   (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                         ELSE pg_current_wal_insert_lsn() END)::text AS position""";

    private final Connection connection;
    private final ExportSlots.Slot slot;
    private final Duration grace;

    /** What the transaction sees. */
    record Snapshot(String id, String position) {}

    private ExportSession(Connection connection, ExportSlots.Slot slot, Duration grace) {
        this.connection = connection;
        this.slot = slot;
        this.grace = grace;
    }

    /** @param grace how long the database may take to let go of a cursor */
    static Mono<ExportSession> open(ConnectionFactory connections, ExportSlots.Slot slot, Duration grace) {
        return Mono.<Connection>from(connections.create())
                .map(connection -> new ExportSession(connection, slot, grace))
                .doOnError(_ -> slot.release())
                .doOnCancel(slot::release);
    }

    Mono<Snapshot> begin(String tenant, ZoneId zone) {
        return Mono.from(connection.beginTransaction(PostgresTransactionDefinition.from(IsolationLevel.REPEATABLE_READ)
                        .readOnly()))
                .then(Mono.defer(() -> Flux.from(connection
                                .createStatement(SETTINGS)
                                .bind("$1", zone.getId())
                                .bind("$2", tenant)
                                .execute())
                        .concatMap(result ->
                                result.map((row, _) -> new Snapshot(text(row, "snapshot"), text(row, "position"))))
                        .single()));
    }

    Connection connection() {
        return connection;
    }

    Statement statement(Sql sql) {
        return sql.on(connection);
    }

    <T> Mono<T> one(Sql sql, Function<Row, T> read) {
        return Flux.from(statement(sql).execute())
                .concatMap(result -> result.map((row, _) -> read.apply(row)))
                .single();
    }

    private static String text(Row row, String column) {
        return String.valueOf(row.get(column, String.class));
    }

    /** All rows were read. */
    Mono<Void> end() {
        return closed(Mono.from(connection.commitTransaction()));
    }

    /** They were not: the cursor ends within a fetch, and where the database is still looking for a row it is told to stop. */
    Mono<Void> abandon() {
        return closed(Mono.from(connection.rollbackTransaction()));
    }

    private Mono<Void> closed(Mono<Void> ending) {
        return ending.timeout(grace)
                .onErrorResume(_ -> sever())
                .then(Mono.defer(() -> Mono.from(connection.close())))
                .timeout(grace.multipliedBy(4))
                .onErrorComplete()
                .doFinally(_ -> slot.release());
    }

    /** A connection that was cancelled late could hit whatever runs on it next, so it goes. */
    private Mono<Void> sever() {
        Object bare = connection;
        while (!(bare instanceof PostgresqlConnection) && bare instanceof Wrapped<?> wrapped) {
            bare = wrapped.unwrap();
        }
        return bare instanceof PostgresqlConnection server
                ? server.cancelRequest().timeout(grace).onErrorComplete().then(server.close())
                : Mono.empty();
    }
}

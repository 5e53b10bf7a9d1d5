package io.headgate.reads;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps one connection of its own to a node, and opens another after any failure. */
final class PostgresProbe implements Probe {

    /**
     * The position of a primary is the insert position: with asynchronous commit the write and flush positions are
     * behind what was committed. A replica tells no timeline of its replay; that of its receiver is the one it follows,
     * and without a receiver that of its last checkpoint, or of what it wrote since, is the latest sure one.
     */
    private static final String PREPARE = """
            PREPARE headgate_reading AS
            SELECT recovering,
                   (CASE WHEN recovering THEN coalesce(pg_last_wal_replay_lsn(), '0/0')
                         ELSE pg_current_wal_insert_lsn() END)::text AS lsn,
                   CASE WHEN recovering THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                                                      (SELECT greatest(timeline_id, min_recovery_end_timeline)
                                                       FROM pg_control_checkpoint(), pg_control_recovery()))
                        ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
                   END AS timeline,
                   CASE WHEN recovering THEN pg_get_wal_replay_pause_state() <> 'not paused' ELSE false END AS paused,
                   (extract(epoch FROM current_setting('recovery_min_apply_delay')::interval) * 1000)::bigint AS delay
            FROM (SELECT pg_is_in_recovery() AS recovering) AS state""";
    /** Parsing and planning would cost the server more than answering. */
    private static final String READING = "EXECUTE headgate_reading";

    private static final String HISTORY =
            "SELECT pg_read_file('pg_wal/' || lpad(upper(to_hex($1::int)), 8, '0')" + " || '.history') AS history";
    private static final int FIRST_TIMELINE = 1;

    private final ConnectionFactory connections;
    private final AtomicReference<@Nullable Open> open = new AtomicReference<>();

    private record Open(Connection connection, ServerIdentity.Known known) {}

    PostgresProbe(ConnectionFactory connections) {
        this.connections = connections;
    }

    @Override
    public Mono<Reading> read() {
        return Mono.defer(this::connection)
                .flatMap(this::read)
                .doOnError(_ -> reconnect())
                .doOnCancel(this::reconnect);
    }

    private Mono<Open> connection() {
        Open current = open.get();
        return current == null
                ? Mono.<Connection>from(connections.create()).flatMap(this::identify)
                : Mono.just(current);
    }

    private Mono<Open> identify(Connection connection) {
        return ServerIdentity.ask(connection)
                .delayUntil(_ -> prepared(connection))
                .map(known -> new Open(connection, known))
                .doOnNext(open::set)
                .doOnError(_ -> close(connection))
                .doOnCancel(() -> close(connection));
    }

    private static Mono<Void> prepared(Connection connection) {
        return Flux.from(connection.createStatement(PREPARE).execute())
                .flatMap(Result::getRowsUpdated)
                .then();
    }

    private Mono<Reading> read(Open from) {
        return Flux.from(from.connection().createStatement(READING).execute())
                .flatMap(result -> result.map((row, _) -> reading(row, from.known())))
                .single();
    }

    private static Reading reading(Row row, ServerIdentity.Known known) {
        boolean recovering = Columns.get(row, "recovering", Boolean.class);
        Lsn lsn = Lsn.parse(Columns.get(row, "lsn", String.class));
        return new Reading(
                known.server(),
                recovering,
                Columns.get(row, "timeline", Integer.class),
                recovering ? lsn : known.layout().normalize(lsn),
                Columns.get(row, "paused", Boolean.class),
                Duration.ofMillis(Columns.get(row, "delay", Long.class)));
    }

    @Override
    public Mono<Lineage> lineage(Reading reading) {
        if (reading.timeline() == FIRST_TIMELINE) {
            return Mono.just(Lineage.starting(reading.server().system(), FIRST_TIMELINE));
        }
        return Mono.defer(this::connection).flatMap(from -> lineage(from, reading));
    }

    private static Mono<Lineage> lineage(Open from, Reading reading) {
        return Flux.from(from.connection()
                        .createStatement(HISTORY)
                        .bind("$1", reading.timeline())
                        .execute())
                .flatMap(result -> result.map((row, _) -> Columns.get(row, "history", String.class)))
                .single()
                .map(history -> Lineage.parse(
                        reading.server().system(),
                        reading.timeline(),
                        history,
                        from.known().layout()));
    }

    @Override
    public void reconnect() {
        Open left = open.getAndSet(null);
        if (left != null) {
            close(left.connection());
        }
    }

    private static void close(Connection connection) {
        Mono.from(connection.close()).subscribe(_ -> {}, _ -> {}); // it is given up whether it says goodbye or not
    }
}

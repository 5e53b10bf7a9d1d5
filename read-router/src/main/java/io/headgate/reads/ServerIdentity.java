package io.headgate.reads;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Row;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Asked once for each connection: addresses move from one server to another, connections do not. */
final class ServerIdentity {

    private static final String QUERY = """
            SELECT (SELECT system_identifier FROM pg_control_system()) AS system,
                   pg_postmaster_start_time()::text AS started_at,
                   current_setting('wal_block_size')::int AS page_size,
                   pg_size_bytes(current_setting('wal_segment_size')) AS segment_size""";

    record Known(Reading.Identity server, LogLayout layout) {}

    private ServerIdentity() {}

    static Mono<Known> ask(Connection connection) {
        return Flux.from(connection.createStatement(QUERY).execute())
                .flatMap(result -> result.map((row, _) -> known(row)))
                .single();
    }

    private static Known known(Row row) {
        return new Known(
                new Reading.Identity(
                        Columns.get(row, "system", Long.class), Columns.get(row, "started_at", String.class)),
                new LogLayout(
                        Columns.get(row, "page_size", Integer.class), Columns.get(row, "segment_size", Long.class)));
    }
}

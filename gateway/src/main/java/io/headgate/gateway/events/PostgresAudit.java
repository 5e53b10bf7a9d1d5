package io.headgate.gateway.events;

import static io.headgate.gateway.events.AuditDatabase.required;
import static io.headgate.gateway.events.AuditDatabase.rows;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Reads the audit, and walks its chains. */
final class PostgresAudit implements AuditStore {

    private static final int FETCH = 500;
    private static final Duration COME_BACK = Duration.ofSeconds(2);

    private final AuditDatabase database;
    private final Duration verifyTimeout;

    PostgresAudit(AuditDatabase database, EventsProperties.Audit properties) {
        this.database = database;
        this.verifyTimeout = properties.verifyTimeout();
    }

    // ---- finding

    @Override
    public Mono<List<AuditEntry>> find(AuditQuery query) {
        return database.transaction(connection ->
                        rows(statement(connection, query), AuditEntry::of).collectList())
                .onErrorMap(PostgresAudit::unavailable);
    }

    private static Statement statement(Connection connection, AuditQuery query) {
        List<Object> values = new ArrayList<>();
        var where = new StringBuilder("true");
        query.eventType().ifPresent(value -> condition(where, values, "event_type = $", value));
        query.requestId().ifPresent(value -> condition(where, values, "request_id = $", value));
        query.accountId().ifPresent(value -> condition(where, values, "account_id = $", value));
        query.userId().ifPresent(value -> condition(where, values, "user_id = $", value));
        query.from().ifPresent(value -> condition(where, values, "occurred_at >= $", value));
        query.to().ifPresent(value -> condition(where, values, "occurred_at < $", value));
        query.after().ifPresent(place -> {
            condition(where, values, "occurred_at <= $", place.occurredAt()); // for the choice of partitions
            values.add(place.occurredAt());
            values.add(place.eventId());
            where.append(" AND (occurred_at, event_id) < ($")
                    .append(values.size() - 1)
                    .append(", $")
                    .append(values.size())
                    .append(")");
        });
        values.add(query.limit());
        Statement statement = connection.createStatement("SELECT " + AuditEntry.COLUMNS
                + " FROM headgate_audit.event WHERE " + where
                + " ORDER BY occurred_at DESC, event_id DESC LIMIT $" + values.size());
        for (int i = 0; i < values.size(); i++) {
            statement.bind(i, values.get(i));
        }
        return statement;
    }

    private static void condition(StringBuilder where, List<Object> values, String comparison, Object value) {
        values.add(value);
        where.append(" AND ").append(comparison).append(values.size());
    }

    // ---- verifying

    /** @param exists whether the table is there that the chain is of */
    private record Chain(
            String partition, long length, byte[] head, Optional<String> lastEventId, boolean exists, boolean known) {}

    private record Link(AuditEntry entry, long position, byte[] previous, byte[] hash) {}

    /** How far one chain was followed. */
    private static final class Walk {

        private final Chain chain;
        private long position;
        private byte[] head = new byte[0];
        private Optional<Broken> broken = Optional.empty();

        Walk(Chain chain) {
            this.chain = chain;
        }

        /** @return false at a link that does not hold */
        boolean follow(Link link) {
            boolean holds = link.position() == position + 1
                    && Arrays.equals(link.previous(), head)
                    && Arrays.equals(link.hash(), link.entry().link(chain.partition(), link.position(), head));
            position++;
            head = link.hash();
            if (!holds) {
                broken = Optional.of(new Broken(
                        chain.partition(), Optional.of(link.entry().eventId().toString())));
            }
            return holds;
        }

        Walk ended() {
            if (broken.isEmpty() && !endsWhereItShould()) {
                broken = Optional.of(new Broken(chain.partition(), chain.lastEventId()));
            }
            return this;
        }

        private boolean endsWhereItShould() {
            return chain.known() && chain.exists() && position == chain.length() && Arrays.equals(head, chain.head());
        }
    }

    @Override
    public Mono<Verification> verify() {
        return database.snapshot(verifyTimeout, this::verify).onErrorMap(PostgresAudit::unavailable);
    }

    private Mono<Verification> verify(Connection connection) {
        return chains(connection)
                .flatMapMany(Flux::fromIterable)
                .concatMap(chain -> walk(connection, chain), 1)
                .takeUntil(walk -> walk.broken.isPresent())
                .collectList()
                .map(PostgresAudit::verification);
    }

    private static Verification verification(List<Walk> walks) {
        return new Verification(
                walks.stream().mapToLong(walk -> walk.position).sum(),
                walks.stream().flatMap(walk -> walk.broken.stream()).findFirst(),
                walks.stream()
                        .filter(walk -> walk.broken.isEmpty())
                        .map(walk -> new Anchor(walk.chain.partition(), walk.position, AuditEntry.hex(walk.head)))
                        .toList());
    }

    /** Those that should be there, and the tables that are: neither may be without the other. */
    private static Mono<List<Chain>> chains(Connection connection) {
        return rows(connection.createStatement("""
                                SELECT coalesce(c.partition, t.partition) AS partition, c.length, c.head, c.last_event_id,
                                       t.partition IS NOT NULL AS there, c.partition IS NOT NULL AS known
                                FROM (SELECT * FROM headgate_audit.chain WHERE dropped_at IS NULL) c
                                FULL JOIN (SELECT relname::text AS partition
                                           FROM pg_partition_tree('headgate_audit.event') p JOIN pg_class ON oid = relid
                                           WHERE isleaf AND relkind = 'r') t ON t.partition = c.partition
                                ORDER BY 1
                                """), PostgresAudit::chain).collectList();
    }

    private static Chain chain(Readable row) {
        boolean known = required(row, "known", Boolean.class);
        return new Chain(
                required(row, "partition", String.class),
                known ? required(row, "length", Long.class) : 0,
                known ? required(row, "head", byte[].class) : new byte[0],
                Optional.ofNullable(row.get("last_event_id", UUID.class)).map(UUID::toString),
                required(row, "there", Boolean.class),
                known);
    }

    private static Mono<Walk> walk(Connection connection, Chain chain) {
        var walk = new Walk(chain);
        if (!chain.exists()) {
            return Mono.fromSupplier(walk::ended);
        }
        Statement statement = connection
                .createStatement("SELECT " + AuditEntry.COLUMNS + ", position, prev_hash, hash FROM headgate_audit.\""
                        + chain.partition().replace("\"", "") + "\" ORDER BY position")
                .fetchSize(FETCH);
        return rows(statement, PostgresAudit::link).takeWhile(walk::follow).then(Mono.fromSupplier(walk::ended));
    }

    private static Link link(Readable row) {
        return new Link(
                AuditEntry.of(row),
                required(row, "position", Long.class),
                required(row, "prev_hash", byte[].class),
                required(row, "hash", byte[].class));
    }

    private static Throwable unavailable(Throwable error) {
        return Problem.tryLater(
                        ProblemType.AUDIT_UNAVAILABLE,
                        "PostgreSQL: " + error.getClass().getSimpleName(),
                        COME_BACK)
                .asException();
    }
}

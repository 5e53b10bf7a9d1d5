package io.headgate.gateway.registry;

import io.headgate.api.Event;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.reads.PostgresPool;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.function.Tuple2;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The registry's tables in PostgreSQL. Writers stand in line twice: within an instance for its one writing connection,
 * among instances for an advisory lock that is held until the commit can be seen. When PostgreSQL is away every method
 * ends in {@code registry-unavailable}, in bounded time.
 */
final class Store {

    private static final String CHANNEL = "headgate_registry";
    private static final long LOCK = 0x6865616467617465L;
    static final long PRUNE_LOCK = LOCK + 1;
    private static final String COLUMNS = "kind, team, name, version, revision, origin, spec, changed_at, changed_by";
    private static final Set<String> NOT_MIGRATED = Set.of("42P01", "3F000"); // no such table, no such schema
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final PostgresqlConnectionFactory postgres;
    private final PostgresPool readers;
    private final PostgresPool writer;
    private final Duration timeout;
    private final int maxWaitingWrites;
    private final AtomicInteger waitingWrites = new AtomicInteger();

    Store(PostgresqlConnectionFactory postgres, RegistryProperties properties) {
        this.postgres = postgres;
        this.timeout = properties.timeout();
        this.maxWaitingWrites = properties.maxWaitingWrites();
        this.readers = new PostgresPool("registry-reads", postgres, properties.readConnections(), timeout);
        this.writer = new PostgresPool("registry-writes", postgres, 1, timeout);
    }

    Mono<Void> close() {
        return Mono.whenDelayError(readers.close(), writer.close());
    }

    // ---- reading

    /** Everything, or what changed since a revision of the same store. */
    Mono<Changes> changes(UUID knownStore, long since) {
        return reading(connection -> changes(connection, knownStore, since));
    }

    private Mono<Changes> changes(Connection connection, UUID knownStore, long since) {
        return knownStore.equals(Head.NO_STORE)
                ? everything(connection)
                : delta(connection, since)
                        .flatMap(changes ->
                                changes.store().equals(knownStore) ? Mono.just(changes) : everything(connection));
    }

    // One statement each, so that the revision and the rows are of one moment.

    private static Mono<Changes> everything(Connection connection) {
        return changes(
                connection.createStatement("SELECT g.store_id, g.revision AS head, r.* FROM headgate.registry g"
                        + " LEFT JOIN headgate.resource r ON true"),
                0,
                true);
    }

    private static Mono<Changes> delta(Connection connection, long since) {
        return changes(
                connection
                        .createStatement("SELECT g.store_id, g.revision AS head, r.* FROM headgate.registry g"
                                + " LEFT JOIN (SELECT DISTINCT ON (kind, team, name) * FROM headgate.resource_version"
                                + " WHERE revision > $1 ORDER BY kind, team, name, revision DESC) r ON true")
                        .bind("$1", since),
                since,
                false);
    }

    private static Mono<Changes> changes(Statement statement, long since, boolean whole) {
        record Line(UUID store, long head, Optional<Row> row) {}
        return Flux.from(statement.execute())
                .flatMap(result -> result.map(line -> new Line(
                        required(line, "store_id", UUID.class),
                        required(line, "head", Long.class),
                        line.get("kind") == null ? Optional.empty() : Optional.of(row(line)))))
                .collectList()
                .map(lines -> new Changes(
                        lines.getFirst().store(),
                        lines.getFirst().head(),
                        since,
                        whole,
                        lines.stream()
                                .flatMap(line -> line.row().stream())
                                .sorted(java.util.Comparator.comparingLong(Row::revision))
                                .toList()));
    }

    Mono<Row> find(Key key) {
        return reading(connection -> rows(keyed(
                        connection.createStatement("SELECT " + COLUMNS
                                + " FROM headgate.resource WHERE kind = $1 AND team = $2 AND name = $3"),
                        key))
                .next());
    }

    Mono<List<Row>> list(String kind, Optional<String> team, Optional<ResourceId> after, int limit) {
        String teamIs = team.isPresent() ? " AND team = $5" : "";
        return reading(connection -> {
            Statement statement = connection
                    .createStatement("SELECT " + COLUMNS + " FROM headgate.resource WHERE kind = $1"
                            + " AND (team, name) > ($2, $3)" + teamIs + " ORDER BY team, name LIMIT $4")
                    .bind("$1", kind)
                    .bind("$2", after.map(ResourceId::team).orElse(""))
                    .bind("$3", after.map(ResourceId::name).orElse(""))
                    .bind("$4", limit);
            team.ifPresent(name -> statement.bind("$5", name));
            return rows(statement).collectList();
        });
    }

    Mono<List<Row>> versions(Key key, long before, int limit) {
        return reading(connection -> rows(keyed(
                                connection.createStatement("SELECT " + COLUMNS
                                        + " FROM headgate.resource_version WHERE kind = $1 AND team = $2 AND name = $3"
                                        + " AND version < $4 ORDER BY version DESC LIMIT $5"),
                                key)
                        .bind("$4", before)
                        .bind("$5", limit))
                .collectList());
    }

    // ---- writing

    /** What a writer may do while it holds the lock. */
    final class Transaction {

        private final Connection connection;

        private Transaction(Connection connection) {
            this.connection = connection;
        }

        Mono<Row> version(Key key, long version) {
            return rows(keyed(
                                    connection.createStatement("SELECT " + COLUMNS
                                            + " FROM headgate.resource_version WHERE kind = $1 AND team = $2"
                                            + " AND name = $3 AND version = $4"),
                                    key)
                            .bind("$4", version))
                    .next();
        }

        /** The number that the last version of each resource took, be it a deletion; those that never were are left out. */
        Mono<Map<Key, Long>> lastVersions(Collection<Key> keys) {
            if (keys.isEmpty()) {
                return Mono.just(Map.of());
            }
            return Flux.from(connection
                            .createStatement("SELECT kind, team, name, max(version) AS version"
                                    + " FROM headgate.resource_version WHERE (kind, team, name) IN"
                                    + " (SELECT * FROM unnest($1, $2, $3)) GROUP BY kind, team, name")
                            .bind("$1", keys.stream().map(Key::kind).toArray(String[]::new))
                            .bind(
                                    "$2",
                                    keys.stream().map(key -> key.id().team()).toArray(String[]::new))
                            .bind(
                                    "$3",
                                    keys.stream().map(key -> key.id().name()).toArray(String[]::new))
                            .execute())
                    .flatMap(result -> result.map(line -> Map.entry(key(line), required(line, "version", Long.class))))
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue);
        }

        /** Stores changes with their events; the last of them moves the revision and tells every instance at commit. */
        Mono<Void> store(List<Row> rows, List<Event> events) {
            return Flux.range(0, rows.size())
                    .concatMap(i -> store(rows.get(i), events.get(i), i == rows.size() - 1))
                    .then();
        }

        /** One statement, since every round trip is time in which no other instance can write. */
        private Mono<Void> store(Row row, Event event, boolean isLast) {
            String current = row.isDeletion()
                    ? "DELETE FROM headgate.resource WHERE kind = $1 AND team = $2 AND name = $3"
                    : "INSERT INTO headgate.resource (" + COLUMNS + ") SELECT " + COLUMNS + " FROM v"
                            + " ON CONFLICT (kind, team, name) DO UPDATE SET version = excluded.version,"
                            + " revision = excluded.revision, origin = excluded.origin, spec = excluded.spec,"
                            + " changed_at = excluded.changed_at, changed_by = excluded.changed_by";
            String announcement = isLast
                    ? ", g AS (UPDATE headgate.registry SET revision = $5) SELECT pg_notify('" + CHANNEL
                            + "', $5::text)"
                    : " SELECT 1";
            Statement statement = keyed(
                            connection.createStatement("WITH v AS (INSERT INTO headgate.resource_version (" + COLUMNS
                                    + ") VALUES ($1, $2, $3, $4, $5, $6, $7::json, $8, $9) RETURNING *),"
                                    + " e AS (INSERT INTO headgate.outbox (event_id, event_type, occurred_at,"
                                    + " account_id, user_id, request_id, trace_id, data)"
                                    + " VALUES ($10, $11, $12, $13, $14, $15, $16, $17::json)), c AS (" + current + ")"
                                    + announcement),
                            row.key())
                    .bind("$4", row.version())
                    .bind("$5", row.revision())
                    .bind("$6", row.origin().name())
                    .bind("$8", row.changedAt())
                    .bind("$9", row.changedBy())
                    .bind("$10", event.eventId())
                    .bind("$11", event.eventType())
                    .bind("$12", event.occurredAt())
                    .bind("$17", JSON.writeValueAsString(event.data()));
            bind(statement, "$7", row.spec());
            bind(statement, "$13", event.accountId());
            bind(statement, "$14", event.userId());
            bind(statement, "$15", event.requestId());
            bind(statement, "$16", event.traceId());
            return executed(statement);
        }
    }

    /** What a writer does once it has the lock and knows what has changed until then. */
    interface Work<T> {
        Mono<T> with(Transaction transaction, Changes changes);
    }

    /** Runs {@code work} as the only writer anywhere; its changes are all there afterwards, or none. */
    <T> Mono<T> writing(Duration patience, UUID knownStore, long since, Work<T> work) {
        return Mono.defer(() -> {
                    if (waitingWrites.incrementAndGet() > maxWaitingWrites) {
                        waitingWrites.decrementAndGet();
                        return Mono.error(
                                unavailable(maxWaitingWrites + " changes are waiting on this instance already."));
                    }
                    return writer.within(connection -> begin(connection, patience, knownStore, since)
                                    .flatMap(changes -> work.with(new Transaction(connection), changes)
                                            .timeout(patience))
                                    .flatMap(value -> commit(connection).thenReturn(value)))
                            .doFinally(signal -> waitingWrites.decrementAndGet());
                })
                .onErrorMap(Store::asProblem);
    }

    /**
     * The lock is taken by a statement of its own, so that the one after it sees all that was committed before; both
     * are sent at once. The server waits for the writer's next word as long as the writer's work may take.
     */
    private Mono<Changes> begin(Connection connection, Duration patience, UUID knownStore, long since) {
        return Mono.zip(
                        executed(connection.createStatement("BEGIN; SET LOCAL idle_in_transaction_session_timeout = "
                                        + patience.toMillis() + "; SELECT pg_advisory_xact_lock(" + LOCK + ")"))
                                .thenReturn(true),
                        changes(connection, knownStore, since))
                .map(Tuple2::getT2)
                .timeout(timeout.multipliedBy(2)); // the server gives up waiting for the lock before that
    }

    private Mono<Void> commit(Connection connection) {
        return Mono.from(connection.commitTransaction())
                .timeout(timeout)
                .onErrorMap(error -> unavailable(
                        "The store broke off during the commit: read the resource to see whether it changed."));
    }

    // ---- who lives

    Mono<Void> beat(InstanceStatus status, Duration lifetime) {
        return reading(connection -> executed(connection
                                .createStatement("WITH dead AS (DELETE FROM headgate.instance"
                                        + " WHERE name <> $1 AND seen_at < now() - $2 * interval '1 millisecond')"
                                        + " INSERT INTO headgate.instance"
                                        + " (name, revision, applied_at, seen_at, state, broken, files)"
                                        + " VALUES ($1, $3, $4, now(), $5, $6::json, $7::json)"
                                        + " ON CONFLICT (name) DO UPDATE SET revision = excluded.revision,"
                                        + " applied_at = excluded.applied_at, seen_at = excluded.seen_at,"
                                        + " state = excluded.state, broken = excluded.broken, files = excluded.files")
                                .bind("$1", status.instance())
                                .bind("$2", (double) lifetime.toMillis())
                                .bind("$3", status.revision())
                                .bind("$4", status.appliedAt())
                                .bind("$5", status.state())
                                .bind("$6", JSON.writeValueAsString(status.broken()))
                                .bind("$7", JSON.writeValueAsString(status.files())))
                        .thenReturn(true))
                .then();
    }

    Mono<Void> leave(String instance) {
        return reading(connection -> executed(connection
                                .createStatement("DELETE FROM headgate.instance WHERE name = $1")
                                .bind("$1", instance))
                        .thenReturn(true))
                .then();
    }

    Mono<List<InstanceStatus>> instances(Duration lifetime) {
        return reading(connection -> Flux.from(connection
                        .createStatement("SELECT * FROM headgate.instance"
                                + " WHERE seen_at >= now() - $1 * interval '1 millisecond' ORDER BY name")
                        .bind("$1", (double) lifetime.toMillis())
                        .execute())
                .flatMap(result -> result.map(Store::instance))
                .collectList());
    }

    private static InstanceStatus instance(Readable line) {
        return new InstanceStatus(
                required(line, "name", String.class),
                required(line, "revision", Long.class),
                required(line, "applied_at", Instant.class),
                required(line, "seen_at", Instant.class),
                required(line, "state", String.class),
                JSON.readValue(
                        required(line, "broken", String.class), new TypeReference<List<InstanceStatus.Broken>>() {}),
                JSON.readValue(
                        required(line, "files", String.class),
                        new TypeReference<List<InstanceStatus.FileProblem>>() {}));
    }

    /** The revisions that commits announce, after one {@code Long.MAX_VALUE} once nothing more can be missed. */
    Flux<Long> announcements() {
        return Flux.usingWhen(
                        postgres.create().timeout(timeout),
                        connection -> executed(connection.createStatement("LISTEN " + CHANNEL))
                                .timeout(timeout)
                                .thenMany(Flux.concat(
                                        Mono.just(Long.MAX_VALUE),
                                        connection.getNotifications().map(Store::revisionOf),
                                        Mono.error(() -> new IOException("the connection ended")))),
                        PostgresqlConnection::close)
                .onErrorMap(Store::asProblem);
    }

    private static long revisionOf(Notification notification) {
        String text = String.valueOf(notification.getParameter());
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
    }

    // ---- what nobody needs any more

    /**
     * Lets a batch of old versions go, and says how many went: none while another instance is at it. The newest version
     * of a resource stays however old it is: instances catch up by it, and numbers count on from it. Versions have no
     * gaps, which makes the newest so many a range.
     */
    Mono<Long> prune(RegistryProperties.History history) {
        return reading(connection -> Flux.from(connection
                        .createStatement("WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(" + PRUNE_LOCK
                                + ") AS mine), long AS (SELECT kind, team, name, max(version) AS newest"
                                + " FROM headgate.resource_version WHERE (SELECT mine FROM turn)"
                                + " GROUP BY kind, team, name HAVING count(*) > $1),"
                                + " old AS (SELECT v.revision FROM long JOIN headgate.resource_version v"
                                + " USING (kind, team, name) WHERE v.version <= long.newest - $1"
                                + " AND v.changed_at < now() - $2 * interval '1 millisecond' LIMIT $3)"
                                + " DELETE FROM headgate.resource_version gone USING old"
                                + " WHERE gone.revision = old.revision")
                        .bind("$1", history.keepVersions())
                        .bind("$2", (double) history.keepFor().toMillis())
                        .bind("$3", history.pruneBatch())
                        .execute())
                .flatMap(result -> result.getRowsUpdated())
                .reduce(0L, Long::sum));
    }

    // ---- helpers

    <T> Mono<T> reading(Function<Connection, Mono<T>> work) {
        return readers.within(connection -> work.apply(connection).timeout(timeout))
                .onErrorMap(Store::asProblem);
    }

    private static Flux<Row> rows(Statement statement) {
        return Flux.from(statement.execute()).flatMap(result -> result.map(Store::row));
    }

    static Mono<Void> executed(Statement statement) {
        return Flux.from(statement.execute())
                .flatMap(result -> result.getRowsUpdated())
                .then();
    }

    private static Statement keyed(Statement statement, Key key) {
        return statement
                .bind("$1", key.kind())
                .bind("$2", key.id().team())
                .bind("$3", key.id().name());
    }

    private static void bind(Statement statement, String parameter, Optional<String> value) {
        if (value.isPresent()) {
            statement.bind(parameter, value.get());
        } else {
            statement.bindNull(parameter, String.class);
        }
    }

    private static ResourceId id(Readable line) {
        return new ResourceId(required(line, "team", String.class), required(line, "name", String.class));
    }

    private static Key key(Readable line) {
        return new Key(required(line, "kind", String.class), id(line));
    }

    private static Row row(Readable line) {
        return new Row(
                required(line, "kind", String.class),
                id(line),
                required(line, "version", Long.class),
                required(line, "revision", Long.class),
                Resource.Origin.valueOf(required(line, "origin", String.class)),
                Optional.ofNullable(line.get("spec", String.class)),
                required(line, "changed_at", Instant.class),
                required(line, "changed_by", String.class));
    }

    static <T> T required(Readable line, String column, Class<T> type) {
        return present(line.get(column, type), column);
    }

    private static <T> T present(@Nullable T value, String column) {
        if (value == null) {
            throw new IllegalStateException(column + " is null in the registry's tables");
        }
        return value;
    }

    /** Whatever the driver or the network says means that the store cannot be used now, except that we misused it. */
    private static Throwable asProblem(Throwable error) {
        boolean away = switch (error) {
            case R2dbcDataIntegrityViolationException ours -> false;
            case R2dbcBadGrammarException grammar -> isNotMigrated(grammar);
            case R2dbcException driver -> true;
            case TimeoutException slow -> true;
            case IOException network -> true;
            default -> false;
        };
        return away ? unavailable("PostgreSQL: " + error.getClass().getSimpleName()) : error;
    }

    private static boolean isNotMigrated(R2dbcBadGrammarException error) {
        return NOT_MIGRATED.contains(String.valueOf(error.getSqlState()));
    }

    static ProblemException unavailable(String why) {
        return Problem.tryLater(ProblemType.REGISTRY_UNAVAILABLE, why, Duration.ofSeconds(2))
                .asException();
    }
}

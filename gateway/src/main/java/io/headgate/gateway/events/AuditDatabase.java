package io.headgate.gateway.events;

import io.headgate.reads.PostgresPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Transactions on the database of the audit, each in bounded time. */
final class AuditDatabase {

    private final PostgresPool pool;
    private final Runnable migrate;
    private final Duration timeout;
    /** Ends with what went wrong, and never fails: nobody may be left to hear of it. */
    private CompletableFuture<Optional<RuntimeException>> migration =
            CompletableFuture.completedFuture(Optional.of(new IllegalStateException("not tried yet")));

    /** @param migrate blocks; it is tried until it succeeds, before anything else */
    AuditDatabase(ConnectionFactory connections, Runnable migrate, EventsProperties.Audit properties) {
        this.migrate = migrate;
        this.timeout = properties.timeout();
        this.pool = new PostgresPool("audit", connections, properties.connections(), timeout);
    }

    /** All of the work is done, or nothing. */
    <T> Mono<T> transaction(Function<Connection, Mono<T>> work) {
        return transaction("BEGIN", timeout.multipliedBy(2), work);
    }

    /** Sees one moment of the whole audit, for as long as it takes. */
    <T> Mono<T> snapshot(Duration patience, Function<Connection, Mono<T>> work) {
        return transaction(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0", patience, work);
    }

    private <T> Mono<T> transaction(String begin, Duration patience, Function<Connection, Mono<T>> work) {
        return migrated()
                .then(pool.transaction(
                        begin, patience, connection -> work.apply(connection).single()));
    }

    private Mono<Void> migrated() {
        return Mono.defer(() -> Mono.fromFuture(migration(), true))
                .flatMap(failure -> failure.<Mono<Void>>map(Mono::error).orElse(Mono.empty()));
    }

    private synchronized CompletableFuture<Optional<RuntimeException>> migration() {
        if (migration.isDone() && migration.join().isPresent()) {
            migration = CompletableFuture.supplyAsync(
                    this::tryMigration,
                    task -> Thread.ofPlatform()
                            .daemon()
                            .name("audit-migrations")
                            .start(task));
        }
        return migration;
    }

    private Optional<RuntimeException> tryMigration() {
        try {
            migrate.run();
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(e);
        }
    }

    Mono<Void> close() {
        return pool.close();
    }

    static Mono<Void> executed(Statement statement) {
        return Flux.from(statement.execute())
                .flatMap(result -> result.getRowsUpdated())
                .then();
    }

    static <T> Flux<T> rows(Statement statement, Function<Readable, T> read) {
        return Flux.from(statement.execute()).concatMap(result -> result.map(read));
    }

    static <T> T required(Readable row, String column, Class<T> type) {
        T value = row.get(column, type);
        if (value == null) {
            throw new IllegalStateException(column + " is null in the audit's tables");
        }
        return value;
    }
}

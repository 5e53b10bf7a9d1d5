package io.headgate.gateway.events;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Transactions on the database of the audit, each in bounded time. */
final class AuditDatabase {

    private final ConnectionPool pool;
    private final Runnable migrate;
    private final Duration timeout;
    private @Nullable CompletableFuture<Void> migration;

    /** @param migrate blocks; it is tried until it succeeds, before anything else */
    AuditDatabase(ConnectionFactory connections, Runnable migrate, EventsProperties.Audit properties) {
        this.migrate = migrate;
        this.timeout = properties.timeout();
        this.pool = new ConnectionPool(ConnectionPoolConfiguration.builder(connections)
                .name("audit")
                .initialSize(0)
                .maxSize(properties.connections())
                .maxAcquireTime(timeout)
                .build());
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
        Mono<T> whole = Mono.usingWhen(
                pool.create(),
                connection -> executed(connection.createStatement(begin))
                        .then(work.apply(connection).single().timeout(patience))
                        .flatMap(value -> executed(connection.createStatement("COMMIT"))
                                .timeout(timeout)
                                .thenReturn(value)),
                Connection::close,
                this::abandon,
                connection -> abandon(connection, new TimeoutException()));
        return migrated().then(whole);
    }

    /** A connection that did not answer in time, or was left in the middle of something, is not used again. */
    private Mono<Void> abandon(Connection connection, Throwable error) {
        Mono<Void> rollback = error instanceof TimeoutException
                ? Mono.error(error)
                : executed(connection.createStatement("ROLLBACK")).timeout(timeout);
        return rollback.onErrorResume(failed -> destroy(connection)).then(Mono.from(connection.close()));
    }

    private static Mono<Void> destroy(Connection connection) {
        return connection instanceof Wrapped<?> wrapped && wrapped.unwrap() instanceof Connection real
                ? Mono.from(real.close()).timeout(Duration.ofSeconds(1)).onErrorComplete()
                : Mono.empty();
    }

    private Mono<Void> migrated() {
        return Mono.defer(() -> Mono.fromFuture(migration(), true));
    }

    private synchronized CompletableFuture<Void> migration() {
        CompletableFuture<Void> tried = migration;
        if (tried == null || tried.isCompletedExceptionally()) {
            tried = CompletableFuture.runAsync(
                    migrate,
                    task -> Thread.ofPlatform()
                            .daemon()
                            .name("audit-migrations")
                            .start(task));
            migration = tried;
        }
        return tried;
    }

    Mono<Void> close() {
        return pool.disposeLater();
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

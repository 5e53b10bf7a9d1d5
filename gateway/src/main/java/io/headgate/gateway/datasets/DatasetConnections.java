package io.headgate.gateway.datasets;

import io.headgate.filter.Dataset;
import io.headgate.filter.DatasetFailures;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadScope;
import io.headgate.reads.ReadsBusyException;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.Option;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Result;
import io.r2dbc.spi.TransactionDefinition;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Work on a dataset's database: in one transaction that cannot write, whose statements end in time. */
final class DatasetConnections {

    private static final String SETTINGS =
            "SELECT set_config('statement_timeout', $1, true), set_config('TimeZone', 'UTC', true)";

    private final Databases databases;
    private final Duration statementTimeout;

    DatasetConnections(Databases databases, Duration statementTimeout) {
        this.databases = databases;
        this.statementTimeout = statementTimeout;
    }

    /**
     * Errs with a problem, whatever keeps the work from being done. Once it completes the scope knows what was seen.
     *
     * @param work emits exactly once
     */
    <T> Mono<T> read(Dataset dataset, ReadScope scope, Function<Connection, Mono<T>> work) {
        return Mono.defer(() -> databases
                        .find(dataset.spec().database(), Databases.Use.PAGES)
                        .map(connections -> within(connections, work))
                        .orElseGet(
                                () -> Mono.error(DatasetFailures.unavailable().asException())))
                .onErrorMap(
                        ReadsBusyException.class,
                        busy -> DatasetFailures.busy(busy.retryAfter()).asException())
                .onErrorMap(R2dbcException.class, failure -> DatasetFailures.problem(failure, dataset.id()))
                .contextWrite(ReadScope::putReadOnly)
                .contextWrite(scope::put);
    }

    private <T> Mono<T> within(ConnectionFactory connections, Function<Connection, Mono<T>> work) {
        return Mono.usingWhen(
                connections.create(),
                connection -> begun(connection).then(Mono.defer(() -> work.apply(connection))),
                connection -> ended(connection.commitTransaction(), connection),
                (connection, failure) -> ended(connection.rollbackTransaction(), connection),
                connection -> ended(connection.rollbackTransaction(), connection));
    }

    private Mono<Void> begun(Connection connection) {
        return Mono.from(connection.beginTransaction(ReadOnly.TRANSACTION))
                .thenMany(Flux.defer(() -> connection
                        .createStatement(SETTINGS)
                        .bind(0, Long.toString(statementTimeout.toMillis()))
                        .execute()))
                .concatMap(result -> ((Result) result).map(row -> true))
                .then();
    }

    /** A connection goes back however its transaction ended. */
    private static Mono<Void> ended(Publisher<Void> end, Connection connection) {
        return Mono.from(end).onErrorComplete().then(Mono.defer(() -> Mono.from(connection.close())));
    }

    private enum ReadOnly implements TransactionDefinition {
        TRANSACTION;

        @Override
        public <T> @Nullable T getAttribute(Option<T> option) {
            return option.equals(READ_ONLY) ? option.cast(true) : null;
        }
    }
}

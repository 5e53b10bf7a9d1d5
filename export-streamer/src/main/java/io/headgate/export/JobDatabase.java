package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.reads.PostgresPool;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcBadGrammarException;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Transactions on the tables of jobs, each in bounded time. The tables are made before the first of them: by plain
 * scripts over the same connection, so that an application needs no second way to its database for their sake.
 */
final class JobDatabase {

    static final String SCHEMA = "headgate_export";

    private static final Logger log = LoggerFactory.getLogger(JobDatabase.class);
    private static final long LOCK = 0x68675f6578706f72L;
    private static final String[] SCRIPTS = {"V1__jobs.sql"};

    private final PostgresPool pool;
    private final Duration timeout;
    private final String begin;
    private volatile boolean isReady;

    JobDatabase(ConnectionFactory connections, JobsProperties.Database settings) {
        this.timeout = settings.timeout();
        String millis = Long.toString(timeout.toMillis());
        this.begin = "BEGIN; SET LOCAL statement_timeout = " + millis + "; SET LOCAL lock_timeout = " + millis;
        this.pool = new PostgresPool("export-jobs", connections, settings.connections(), timeout);
    }

    /** All of the work is done, or nothing. Ends in {@code exports-unavailable} where the database cannot be used. */
    <T> Mono<T> transaction(Function<Connection, Mono<T>> work) {
        return ready().then(bare(work)).onErrorMap(JobDatabase::isAway, JobDatabase::asProblem);
    }

    private <T> Mono<T> bare(Function<Connection, Mono<T>> work) {
        return pool.transaction(begin, timeout.multipliedBy(2), work);
    }

    private Mono<Void> ready() {
        return Mono.defer(() -> isReady
                ? Mono.empty()
                : this.<Boolean>bare(connection -> migrate(connection).thenReturn(true))
                        .doOnNext(done -> isReady = true)
                        .then());
    }

    /** Whoever comes second waits for the lock, and finds nothing left to do. */
    private static Mono<Void> migrate(Connection connection) {
        return executed(connection.createStatement("SELECT pg_advisory_xact_lock(" + LOCK + ")"))
                .then(executed(connection.createStatement("CREATE SCHEMA IF NOT EXISTS " + SCHEMA
                        + "; CREATE TABLE IF NOT EXISTS " + SCHEMA + ".version (version int NOT NULL)"
                        + "; SET LOCAL search_path TO " + SCHEMA)))
                .then(rows(
                                connection.createStatement("SELECT coalesce(max(version), 0) AS version FROM version"),
                                row -> required(row, "version", Integer.class))
                        .single())
                .flatMap(version -> Flux.range(version, Math.max(0, SCRIPTS.length - version))
                        .concatMap(done -> executed(connection.createStatement(
                                script(SCRIPTS[done]) + "; INSERT INTO version VALUES (" + (done + 1) + ")")))
                        .then());
    }

    private static String script(String name) {
        try (InputStream resource = JobDatabase.class.getResourceAsStream("/db/exports/" + name)) {
            if (resource == null) {
                throw new IllegalStateException("no script /db/exports/" + name);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Mono<Void> close() {
        return pool.close();
    }

    private static boolean isAway(Throwable error) {
        return !(error instanceof R2dbcDataIntegrityViolationException || error instanceof R2dbcBadGrammarException)
                && (error instanceof R2dbcException
                        || error instanceof TimeoutException
                        || error instanceof IOException);
    }

    private static Throwable asProblem(Throwable away) {
        log.atDebug().setCause(away).log("store of the exports not usable");
        return Problem.tryLater(
                        ProblemType.EXPORTS_UNAVAILABLE,
                        "The store of the exports cannot be used at the moment.",
                        Duration.ofSeconds(2))
                .asException();
    }

    static Mono<Void> executed(Statement statement) {
        return changed(statement).then();
    }

    static Mono<Long> changed(Statement statement) {
        return Flux.from(statement.execute())
                .concatMap(result -> result.getRowsUpdated())
                .reduce(0L, Long::sum);
    }

    static <T> Flux<T> rows(Statement statement, Function<Readable, T> read) {
        return Flux.from(statement.execute()).concatMap(result -> result.map(read));
    }

    static <T> T required(Readable row, String column, Class<T> type) {
        T value = row.get(column, type);
        if (value == null) {
            throw new IllegalStateException(column + " is null in the tables of the exports");
        }
        return value;
    }

    static Statement bind(Statement statement, String parameter, Optional<?> value, Class<?> type) {
        return value.isPresent() ? statement.bind(parameter, value.get()) : statement.bindNull(parameter, type);
    }
}

package io.headgate.reads;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.r2dbc.spi.Wrapped;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Signal;
import reactor.core.publisher.Sinks;

/**
 * Pooled connections to one server, and transactions on them in bounded time. A pool that hears of a caller that leaves
 * may hand the connection that is on its way to that caller to the next one, too. So no caller's leaving reaches the
 * pool beneath: each acquisition runs to its own end or to the pool's own time-out, and a connection that nobody waits
 * for any more goes back at once.
 */
public final class PostgresPool {

    private static final Duration GOODBYE = Duration.ofSeconds(1);

    private final ConnectionPool pool;
    private final Duration timeout;
    /** Connections that are out or on their way, and the pool itself until it closes. */
    private final AtomicInteger out = new AtomicInteger(1);

    private final AtomicBoolean isClosing = new AtomicBoolean();
    private final Sinks.Empty<Void> allBack = Sinks.empty();

    /** @param timeout of acquiring a connection, of ending a transaction, and of waiting for what is out at the close */
    public PostgresPool(String name, ConnectionFactory connections, int maxSize, Duration timeout) {
        this(
                ConnectionPoolConfiguration.builder(connections)
                        .name(name)
                        .initialSize(0)
                        .maxSize(maxSize)
                        .maxAcquireTime(timeout)
                        .build(),
                timeout);
    }

    PostgresPool(ConnectionPoolConfiguration pool, Duration timeout) {
        this.pool = new ConnectionPool(pool);
        this.timeout = timeout;
    }

    /** A connection that whoever gets it closes. */
    public Mono<Connection> connection() {
        return Mono.<Connection>defer(this::lend);
    }

    /**
     * All of the work is done, or nothing.
     *
     * @param begin with what is set for the transaction
     * @param patience until the work is done, the commit not counted
     */
    public <T> Mono<T> transaction(String begin, Duration patience, Function<Connection, Mono<T>> work) {
        Mono<Optional<T>> whole = within(connection -> executed(connection, begin)
                .then(work.apply(connection).singleOptional())
                .timeout(patience)
                .flatMap(
                        value -> executed(connection, "COMMIT").timeout(timeout).thenReturn(value)));
        return whole.flatMap(Mono::justOrEmpty);
    }

    /**
     * Work that begins and commits what transactions it needs. What it leaves open where it errs is rolled back; a
     * connection that did not answer in time, or was left in the middle of something, is not used again.
     */
    public <T> Mono<T> within(Function<Connection, Mono<T>> work) {
        return Mono.usingWhen(connection(), work, Connection::close, this::rolledBack, PostgresPool::dropped);
    }

    private Mono<Void> rolledBack(Connection connection, Throwable error) {
        return error instanceof TimeoutException
                ? dropped(connection)
                : Mono.defer(() -> Mono.from(connection.rollbackTransaction()))
                        .timeout(timeout)
                        .then(Mono.from(connection.close()))
                        .onErrorResume(_ -> dropped(connection));
    }

    /** The pool finds it closed when it comes back. */
    private static Mono<Void> dropped(Connection connection) {
        Mono<Void> gone = connection instanceof Wrapped<?> lent
                        && lent.unwrap() instanceof Wrapped<?> pooled
                        && pooled.unwrap() instanceof Connection real
                ? Mono.from(real.close()).timeout(GOODBYE).onErrorComplete()
                : Mono.empty();
        return gone.then(Mono.from(connection.close()));
    }

    private static Mono<Void> executed(Connection connection, String sql) {
        return Flux.from(connection.createStatement(sql).execute())
                .flatMap(result -> result.getRowsUpdated())
                .then();
    }

    /** Once all that is out came back, or took too long, which then closes on its return. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            if (isClosing.compareAndSet(false, true)) {
                cameBack();
            }
            return allBack.asMono()
                    .timeout(timeout, Mono.empty())
                    .then(pool.disposeLater().timeout(GOODBYE, Mono.empty()));
        });
    }

    /** Who comes first decides, the connection or the caller that leaves: whom it belongs to is never open. */
    private Mono<Connection> lend() {
        if (isClosing.get()) {
            return Mono.error(closed());
        }
        CompletableFuture<@Nullable Signal<Connection>> acquisition = acquisition();
        var isDecided = new AtomicBoolean();
        return Mono.fromFuture(acquisition, true)
                .filter(_ -> isDecided.compareAndSet(false, true))
                .<Connection>dematerialize()
                .doOnCancel(() -> {
                    if (isDecided.compareAndSet(false, true)) {
                        acquisition.thenAccept(PostgresPool::giveBack);
                    }
                });
    }

    private CompletableFuture<@Nullable Signal<Connection>> acquisition() {
        out.incrementAndGet();
        return pool.create()
                .<Connection>map(Lent::new)
                .doOnError(_ -> cameBack())
                .materialize()
                .toFuture();
    }

    private static void giveBack(@Nullable Signal<Connection> unwanted) {
        if (unwanted != null && unwanted.get() instanceof Connection connection) {
            Mono.from(connection.close()).subscribe(_ -> {}, _ -> {}); // nobody is there to hear how that went
        }
    }

    private void cameBack() {
        if (out.decrementAndGet() == 0) {
            allBack.tryEmitEmpty();
        }
    }

    private static R2dbcTransientResourceException closed() {
        return new R2dbcTransientResourceException("the pool is closed") {
            private static final long serialVersionUID = 1L;
        };
    }

    /** Comes back once, whoever closes it. */
    private final class Lent extends ForwardingConnection {

        private final AtomicBoolean isBack = new AtomicBoolean();

        Lent(Connection pooled) {
            super(pooled);
        }

        @Override
        public Mono<Void> close() {
            return Mono.defer(() -> isBack.compareAndSet(false, true)
                    ? Mono.from(super.close()).doFinally(_ -> cameBack())
                    : Mono.empty());
        }
    }
}

package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class PostgresPoolTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ROUNDS = 1_000;

    private final FakeServer server = new FakeServer();
    private final PostgresPool pool = pool(2, LIMIT);

    @Test
    void aConnectionThatACallerHasIsNotHandedToTheNextWhereThatCallerCancelsLate() {
        giveBack(taken(pool));
        var served = new CopyOnWriteArrayList<Connection>();

        pool.connection().subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnNext(Connection connection) {
                served.add(connection);
                cancel();
            }
        });
        await("it is served", () -> !served.isEmpty());

        assertThat(server.line(taken(pool))).isNotSameAs(server.line(served.getFirst()));
    }

    @Test
    void aConnectionIsNotHandedOnWhileItIsStillOnItsWayToACallerThatLeft() {
        giveBack(taken(pool));
        Sinks.Empty<Void> check = Sinks.empty();
        server.checking = check.asMono();
        Disposable leaving = pool.connection().subscribe();
        await("it is being looked at", () -> check.currentSubscriberCount() == 1);

        leaving.dispose();
        server.checking = Mono.empty();

        assertThat(server.line(taken(pool))).isSameAs(server.lines.get(1));
        check.tryEmitEmpty();
        assertThat(server.line(taken(pool))).isSameAs(server.lines.get(0));
    }

    @Test
    void whatComesForACallerThatLeftServesTheNext() {
        PostgresPool single = pool(1, LIMIT);
        Sinks.Empty<Void> opening = Sinks.empty();
        server.opening = opening.asMono();
        Disposable leaving = single.connection().subscribe();
        await("it is being opened", () -> opening.currentSubscriberCount() == 1);

        leaving.dispose();
        opening.tryEmitEmpty();

        assertThat(server.line(taken(single))).isSameAs(server.lines.getFirst());
        assertThat(server.lines).hasSize(1);
    }

    @Test
    void aCallerThatLeavesBeforeItAsksForAnythingLeaksNothing() {
        PostgresPool single = pool(1, LIMIT);

        single.connection().subscribe(new BaseSubscriber<>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
            }
        });

        assertThat(server.line(taken(single))).isSameAs(server.lines.getFirst());
    }

    @Test
    void noConnectionIsLostHoweverCancelsMeetAcquisitions() throws Exception {
        PostgresPool single = pool(1, LIMIT);
        Mono<Integer> work = single.within(_ -> Mono.just(7));
        var meeting = new CyclicBarrier(2);

        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                giveBack(taken(single));
                Sinks.Empty<Void> check = Sinks.empty();
                server.checking = check.asMono();
                Disposable leaving = work.subscribe(_ -> {}, _ -> {});
                server.checking = Mono.empty();
                var cancelled = executor.submit(() -> {
                    meeting.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                    leaving.dispose();
                    return true;
                });
                meeting.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                check.tryEmitEmpty();
                assertThat(cancelled.get()).isTrue();
                assertThat(work.block(LIMIT)).isEqualTo(7);
            }
        }

        single.close().block(LIMIT);
        assertThat(server.open()).isZero();
    }

    @Test
    void aTransactionCommitsWhatWasDone() {
        assertThat(pool.transaction("BEGIN; SET a", LIMIT, work("SELECT 1").andThen(done -> done.thenReturn(7)))
                        .block(LIMIT))
                .isEqualTo(7);
        assertThat(pool.transaction("BEGIN", LIMIT, work("SELECT 2")).blockOptional(LIMIT))
                .isEmpty();

        assertThat(server.lines).hasSize(1);
        assertThat(server.lines.getFirst().said)
                .containsExactly("BEGIN; SET a", "SELECT 1", "COMMIT", "BEGIN", "SELECT 2", "COMMIT");
    }

    @Test
    void whatFailsIsRolledBackOnAConnectionThatStays() {
        Mono<Void> failing = pool.transaction("BEGIN", LIMIT, _ -> Mono.error(new IllegalStateException("no")));

        assertThatThrownBy(() -> failing.block(LIMIT)).hasMessage("no");

        assertThat(server.lines.getFirst().said).containsExactly("BEGIN", "ROLLBACK");
        assertThat(server.line(taken(pool))).isSameAs(server.lines.getFirst());
    }

    @Test
    void aConnectionThatDoesNotAnswerInTimeIsNotUsedAgain() {
        Mono<Integer> slow = pool.transaction("BEGIN", Duration.ofMillis(1), _ -> Mono.never());

        assertThatThrownBy(() -> slow.block(LIMIT)).hasCauseInstanceOf(TimeoutException.class);

        await("it is closed", () -> server.lines.getFirst().isClosed);
        assertThat(server.lines.getFirst().said).doesNotContain("ROLLBACK", "COMMIT");
        assertThat(server.line(taken(pool))).isSameAs(server.lines.get(1));
    }

    @Test
    void aConnectionThatIsLeftInTheMiddleOfATransactionIsNotUsedAgain() {
        Disposable leaving = pool.transaction("BEGIN", LIMIT, _ -> Mono.never()).subscribe();
        await(
                "it began",
                () -> !server.lines.isEmpty() && server.lines.getFirst().said.contains("BEGIN"));

        leaving.dispose();

        await("it is closed", () -> server.lines.getFirst().isClosed);
        assertThat(server.line(taken(pool))).isSameAs(server.lines.get(1));
    }

    @Test
    void connectionsThatAreLeftTogetherAreNoneOfTheNextCallersConcern() {
        PostgresPool strict = new PostgresPool(
                ConnectionPoolConfiguration.builder(server)
                        .initialSize(0)
                        .maxSize(2)
                        .acquireRetry(0)
                        .maxAcquireTime(LIMIT)
                        .build(),
                LIMIT);
        Mono<Void> endless = strict.transaction("BEGIN", LIMIT, _ -> Mono.never());
        Disposable one = endless.subscribe();
        Disposable other = endless.subscribe();
        await(
                "both began",
                () -> server.lines.stream()
                                .filter(line -> line.said.contains("BEGIN"))
                                .count()
                        == 2);

        one.dispose();
        other.dispose();

        assertThat(server.line(taken(strict))).isSameAs(server.lines.get(2));
        assertThat(server.line(taken(strict))).isSameAs(server.lines.get(3));
        assertThat(server.open()).isEqualTo(2);
    }

    @Test
    void aCommitThatIsNotAnsweredIsAFailure() {
        PostgresPool hasty = hasty();
        server.answer = sql -> sql.equals("COMMIT") ? Flux.never() : Flux.empty();

        assertThatThrownBy(() ->
                        hasty.transaction("BEGIN", LIMIT, work("SELECT 1")).block(LIMIT))
                .hasCauseInstanceOf(TimeoutException.class);

        await("it is closed", () -> server.lines.getFirst().isClosed);
    }

    @Test
    void theCloseWaitsForWhatIsOutAndForWhatIsOnItsWay() {
        Connection out = taken(pool);
        Sinks.Empty<Void> opening = Sinks.empty();
        server.opening = opening.asMono();
        Disposable leaving = pool.connection().subscribe();
        await("another is being opened", () -> opening.currentSubscriberCount() == 1);
        leaving.dispose();

        var closed = pool.close().toFuture();

        assertThatThrownBy(() -> taken(pool)).isInstanceOf(R2dbcTransientResourceException.class);
        giveBack(out);
        assertThat(closed).isNotDone();
        assertThat(server.open()).isEqualTo(1);
        opening.tryEmitEmpty();
        assertThat(closed).succeedsWithin(LIMIT);
        assertThat(server.open()).isZero();
    }

    @Test
    void theCloseWaitsNoLongerThanItMayAndWhatComesBackLateIsClosedThen() {
        PostgresPool hasty = hasty();
        Connection out = taken(hasty);

        hasty.close().block(LIMIT);

        assertThat(server.open()).isEqualTo(1);
        giveBack(out);
        await("it is closed", () -> server.open() == 0);
    }

    private PostgresPool pool(int size, Duration timeout) {
        return new PostgresPool("test", server, size, timeout);
    }

    /** Gives up on everything but on getting a connection. */
    private PostgresPool hasty() {
        return new PostgresPool(
                ConnectionPoolConfiguration.builder(server)
                        .initialSize(0)
                        .maxSize(1)
                        .build(),
                Duration.ofMillis(50));
    }

    private static Function<Connection, Mono<Integer>> work(String sql) {
        return connection ->
                Flux.from(connection.createStatement(sql).execute()).map(_ -> 0).next();
    }

    private static Connection taken(PostgresPool from) {
        return from.connection().blockOptional(LIMIT).orElseThrow();
    }

    private static void giveBack(Connection connection) {
        Mono.from(connection.close()).block(LIMIT);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as(what).isNegative();
            Thread.onSpinWait();
        }
    }
}

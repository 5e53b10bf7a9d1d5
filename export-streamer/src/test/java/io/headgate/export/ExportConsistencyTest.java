package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.headgate.api.DatasetSpec;
import io.headgate.api.InternalHeaders;
import io.headgate.api.MutableClock;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.headgate.reads.ReadOutcome;
import io.headgate.reads.ReadOutcome.Level;
import io.headgate.reads.ReadsBusyException;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

/** Over a cluster that has no replica, so that what was asked for shows in the level that was met. */
class ExportConsistencyTest {

    private static final String PATH = "/api/v1/exports/stream?dataset=platform/events&format=csv&columns=id";

    private static String database = "";

    private Exports exports = routed(false, 64);

    @BeforeAll
    static void fill() {
        database = Exports.database();
        SharedStack.postgres().execute(database, "INSERT INTO events (tenant_id, id) VALUES ('acme', 1)");
    }

    private static Exports routed(boolean lastOnPrimary, int primaryReads) {
        return new Exports(
                database,
                LocalPostgres.USER,
                new DatasetSpec.Limits(10, Long.MAX_VALUE, Long.MAX_VALUE, lastOnPrimary),
                "headgate.reads.r2dbc.primary=" + SharedStack.postgres().r2dbcUrl(database),
                "headgate.reads.r2dbc.username=" + LocalPostgres.USER,
                "headgate.reads.r2dbc.max-acquire-time=60s",
                "headgate.reads.choice.primary-reads=" + primaryReads);
    }

    @AfterEach
    void close() {
        exports.close();
    }

    private record Got(HttpHeaders headers, HttpHeaders trailers) {}

    private Got get(List<String> tokens) {
        return HttpClient.create()
                .headers(headers -> headers.set(InternalHeaders.CONSISTENCY, tokens))
                .get()
                .uri("http://127.0.0.1:" + exports.port() + PATH)
                .responseSingle((response, body) -> body.asByteArray()
                        .then(response.trailerHeaders().map(trailers -> new Got(response.responseHeaders(), trailers))))
                .blockOptional(Duration.ofSeconds(60))
                .orElseThrow();
    }

    @Test
    void tellsWhereTheRowsAreFromBeforeThemAndWhatWasSeenBehindThem() {
        Eventually.until(
                "what was seen is told, and is known again",
                () -> outcome(List.of(token(get(List.of())))).contains("level=session"));

        Got first = get(List.of());

        assertThat(first.headers().get(InternalHeaders.CONSISTENCY_OUTCOME))
                .isEqualTo("primary;node=\"primary\";level=session");
        assertThat(first.headers().contains(InternalHeaders.CONSISTENCY)).isFalse();
        assertThat(first.headers().get("Trailer")).contains(InternalHeaders.CONSISTENCY);
        assertThat(token(first)).isNotEmpty();
        assertThat(outcome(List.of("forged"))).contains("level=strong");
    }

    private static String token(Got got) {
        return got.trailers().get(InternalHeaders.CONSISTENCY, "");
    }

    private String outcome(List<String> tokens) {
        return get(tokens).headers().get(InternalHeaders.CONSISTENCY_OUTCOME, "");
    }

    @Test
    void onlyTheLastAttemptReadsFromThePrimaryAndOnlyWhereTheDatasetSaysSo() {
        assertThat(level(exports.cursor()::runLast)).isEqualTo(Level.SESSION);
        exports.close();
        exports = routed(true, 64);

        assertThat(level(exports.cursor()::run)).isEqualTo(Level.SESSION);
        assertThat(level(exports.cursor()::runLast)).isEqualTo(Level.STRONG);
    }

    @Test
    void aPrimaryThatTakesNoMoreReadsIsNoRoomToAJob() {
        exports.close();
        exports = routed(true, 0);

        Throwable busy = catchThrowable(() -> level(exports.cursor()::runLast));

        assertThat(busy).isInstanceOf(ReadsBusyException.class);
        assertThat(Failures.isNoRoom(busy)).isTrue();
    }

    @Test
    void aJobFailsInTheEndWhereNoReplicaIsThereAndThePrimaryTakesNoReads() {
        exports.close();
        exports = routed(true, 0);
        var clock = new MutableClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
        try (var jobs = new JobFixture(JobSettings.quick().with("files.sweep-interval", "50ms"), clock)) {
            Job asked = jobs.create(JobFixture.request(order(), OptionalLong.empty(), 5, Optional.empty()));
            jobs.start("w", exports.cursor());
            Eventually.until("it finds no room", () -> jobs.find(asked).reason().isPresent());

            clock.advance(Duration.ofHours(24));

            assertThat(jobs.awaitState(asked, JobState.FAILED).reason()).contains("no-room");
        }
    }

    private static ExportOrder order() {
        return Exports.order(DatasetSpec.Format.CSV, List.of("id"), "{\"filters\":[]}", Batches.RFC);
    }

    private interface Running {
        Flux<org.springframework.core.io.buffer.DataBuffer> run(ExportOrder order, ExportTally tally);
    }

    private static Level level(Running runner) {
        var tally = new ExportTally();
        runner.run(order(), tally).doOnNext(DataBufferUtils::release).blockLast(Duration.ofSeconds(60));
        return tally.source()
                .flatMap(ExportTally.Source::outcome)
                .map(ReadOutcome::level)
                .orElseThrow();
    }
}

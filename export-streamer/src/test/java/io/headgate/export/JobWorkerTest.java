package io.headgate.export;

import static io.headgate.export.JobFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.r2dbc.spi.R2dbcNonTransientResourceException;
import io.r2dbc.spi.R2dbcRollbackException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

class JobWorkerTest {

    private static final int ROWS = 5_000;

    private final MutableClock clock = new MutableClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private JobFixture jobs = new JobFixture(JobSettings.quick(), clock);

    @AfterEach
    void close() {
        jobs.close();
    }

    private void restart(JobSettings settings) {
        jobs.close();
        jobs = new JobFixture(settings, clock);
    }

    @Test
    void aFileIsWhatTheRunnerWroteAndItsManifestSaysSo() throws IOException {
        Job asked = jobs.create("acme", "q");

        jobs.start("w", FakeRunner.of(ROWS));
        Job job = jobs.awaitState(asked, JobState.COMPLETED);

        byte[] content = FakeRunner.content("q", ROWS);
        assertThat(jobs.read(job)).isEqualTo(content);
        assertThat(job.sha256()).contains(Digests.hex(content));
        assertThat(job.rows()).isEqualTo(ROWS);
        assertThat(job.bytes()).isEqualTo(content.length);
        assertThat(job.attempts()).isEqualTo(1);
        assertThat(job.times().expires()).contains(clock.instant().plus(Duration.ofDays(7)));
        assertThat(jobs.files()).containsExactly(job.id() + ".1.csv", job.id() + ".1.manifest.json");
        JsonNode manifest = manifest(job);
        assertThat(manifest.path("sha256").stringValue()).isEqualTo(Digests.hex(content));
        assertThat(manifest.path("rows").longValue()).isEqualTo(ROWS);
        assertThat(manifest.path("subject").stringValue()).isEqualTo("ana");
        assertThat(manifest.path("filter_hash").stringValue()).isEqualTo(Digests.hex("q"));
        assertThat(manifest.path("source").path("position").stringValue()).isEqualTo("0/ABCDEF");
        assertThat(manifest.path("source").path("lag_millis").longValue()).isEqualTo(12);
        Eventually.until(
                "the end is told",
                () -> jobs.told.stream().anyMatch(event -> event.eventType().equals("export.completed")));
    }

    private JsonNode manifest(Job job) throws IOException {
        try (var files = Files.find(
                jobs.directory, 3, (path, attributes) -> path.toString().endsWith(job.id() + ".1.manifest.json"))) {
            return Job.JSON.readTree(Files.readString(files.findFirst().orElseThrow()));
        }
    }

    @Test
    void manyJobsOnManyWorkersEachEndOnceAndWhole() {
        restart(JobSettings.quick().with("quota.running", 20));
        List<Job> asked = java.util.stream.IntStream.range(0, 24)
                .mapToObj(i -> jobs.create("t" + i % 3, "q" + i))
                .toList();
        var runner = FakeRunner.of(500);

        jobs.start("w1", runner);
        jobs.start("w2", runner);

        for (Job one : asked) {
            Job job = jobs.awaitState(one, JobState.COMPLETED);
            assertThat(jobs.read(job)).isEqualTo(FakeRunner.content(job.order().query(), 500));
            assertThat(runner.runs(job.order().query())).isEqualTo(1);
        }
        assertThat(jobs.files()).hasSize(48);
    }

    @Test
    void whatPassesIsTriedAgainAndTheLastTimeFromThePrimary() {
        var runner = new FakeRunner(ROWS, Duration.ZERO, run -> run < 3 ? conflict() : null);
        Job asked = jobs.create("acme", "q");

        jobs.start("w", runner);
        Job job = jobs.awaitState(asked, JobState.COMPLETED);

        assertThat(job.attempts()).isEqualTo(3);
        assertThat(jobs.read(job)).isEqualTo(FakeRunner.content("q", ROWS));
        assertThat(runner.last).hasValue(1);
        Eventually.until(
                "leftovers are gone: " + jobs.files(), () -> jobs.files().size() == 2);
    }

    @Test
    void waitsInTheLineWhileThereIsNoRoomAndLosesNoAttemptByIt() {
        var full = Problem.of(ProblemType.EXPORT_LIMIT, "full").asException();
        Job asked = jobs.create("acme", "q");

        jobs.start("w", new FakeRunner(ROWS, Duration.ZERO, run -> run < 6 ? full : null));

        assertThat(jobs.awaitState(asked, JobState.COMPLETED).attempts()).isEqualTo(1);
    }

    @Test
    void aJobThatFindsNoRoomForADayFailsAndSaysSo() {
        restart(JobSettings.quick().with("files.sweep-interval", "50ms"));
        var full = Problem.of(ProblemType.EXPORT_LIMIT, "full").asException();
        Job asked = jobs.create("acme", "q");
        jobs.start("w", new FakeRunner(ROWS, Duration.ZERO, run -> full));
        Eventually.until("it finds no room", () -> jobs.find(asked).reason().isPresent());

        clock.advance(Duration.ofHours(24).minusMillis(1));
        Eventually.until("it is tried on and on", triedAgain(asked));
        assertThat(jobs.find(asked).state().isOver()).isFalse();
        clock.advance(Duration.ofMillis(1));

        Job job = jobs.awaitState(asked, JobState.FAILED);
        assertThat(job.reason()).contains("no-room");
        assertThat(job.attempts()).isZero();
        assertThat(job.times().ended()).contains(clock.instant());
        Eventually.until(
                "the end is told",
                () -> jobs.told.stream()
                        .anyMatch(event -> event.eventType().equals("export.failed")
                                && "no-room".equals(event.data().get("reason"))));
    }

    private BooleanSupplier triedAgain(Job job) {
        long before = jobs.find(job).fence();
        return () -> jobs.find(job).fence() > before + 10;
    }

    @Test
    void aJobWhoseTurnDoesNotComeForADayFailsAndTheOneThatRunsGoesOn() {
        restart(JobSettings.quick().with("files.sweep-interval", "50ms").with("quota.running", 1));
        jobs.start("w", FakeRunner.slow());
        Job running = jobs.awaitState(jobs.create("acme", "first"), JobState.RUNNING);
        Job waiting = jobs.create("acme", "second");

        clock.advance(Duration.ofHours(24));

        assertThat(jobs.awaitState(waiting, JobState.FAILED).reason()).contains("waited-too-long");
        assertThat(jobs.find(running).state()).isEqualTo(JobState.RUNNING);
        assertThat(jobs.sql("SELECT queued || ' ' || running FROM headgate_export.tenant"))
                .isEqualTo("0 1");
    }

    @ParameterizedTest
    @CsvSource({"40001, recovery-conflict", "08006, connection-lost", "57P02, database-stopped"})
    void failsWithTheReasonOnceEveryAttemptIsUsedUp(String state, String reason) {
        Job asked = jobs.create("acme", "q");

        jobs.start("w", new FakeRunner(ROWS, Duration.ZERO, run -> new R2dbcRollbackException("x", state)));
        Job job = jobs.awaitState(asked, JobState.FAILED);

        assertThat(job.reason()).contains(reason);
        assertThat(job.attempts()).isEqualTo(3);
        assertThat(jobs.files()).isEmpty();
    }

    private static Throwable conflict() {
        return new R2dbcRollbackException("canceling statement due to conflict with recovery", "40001");
    }

    @ParameterizedTest
    @CsvSource({
        "40001, recovery-conflict, true",
        "08006, connection-lost, true",
        "57P01, database-stopped, true",
        "57P02, database-stopped, true",
        "57P03, database-stopped, true",
        "57014, database-57014, false",
        "42703, database-42703, false",
    })
    void knowsWhichFailuresPass(String state, String reason, boolean mayPass) {
        assertThat(Failures.of(new R2dbcNonTransientResourceException("x", state)))
                .isEqualTo(new Failures(reason, mayPass));
    }

    @Test
    void aRefusalIsNotTriedAgainWhereItWouldComeAgain() {
        assertThat(Failures.of(Problem.of(ProblemType.EXPORT_TOO_LARGE, "x").asException()))
                .isEqualTo(new Failures("export-too-large", false));
        assertThat(Failures.of(Problem.of(ProblemType.NOT_READY, "x").asException()))
                .isEqualTo(new Failures("not-ready", true));
        assertThat(Failures.of(new IllegalStateException("secret"))).isEqualTo(new Failures("internal", false));
    }

    @Test
    void aCancelStopsTheRowsAndLeavesNothing() {
        var runner = FakeRunner.slow();
        jobs.start("w", runner);
        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.RUNNING);
        Eventually.until("rows flow", () -> jobs.find(job).rows() > 0);
        assertThat(jobs.files()).allMatch(name -> name.endsWith(DirectoryStorage.PART));

        await(jobs.jobs.store.end(job));

        Job ended = jobs.awaitState(job, JobState.CANCELLED);
        assertThat(ended.reason()).contains("cancelled");
        Eventually.until("the cursor is closed", () -> runner.active.get() == 0);
        Eventually.until("no file is left: " + jobs.files(), () -> jobs.files().isEmpty());
    }

    @Test
    void aJobThatUsesUpTheDayIsStopped() {
        restart(JobSettings.quick().with("quota.rows-per-day", 1_000));
        jobs.start("w", FakeRunner.slow());

        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.FAILED);

        assertThat(job.reason()).contains("quota-of-the-day");
        assertThat(job.rows()).isGreaterThan(1_000);
    }

    @Test
    void anAttemptThatTakesTooLongFails() {
        restart(JobSettings.quick().with("worker.max-time", "1s"));
        jobs.start("w", FakeRunner.slow());

        assertThat(jobs.awaitState(jobs.create("acme", "q"), JobState.FAILED).reason())
                .contains("too-slow");
    }

    @Test
    void aWorkerThatLeavesGivesItsJobsBackAtOnce() {
        var slow = FakeRunner.slow();
        JobWorker leaving = jobs.start("w1", slow);
        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.RUNNING);

        JobFixture.stop(leaving);

        assertThat(jobs.find(job).state()).isEqualTo(JobState.QUEUED);
        assertThat(jobs.find(job).attempts()).isZero();
        jobs.start("w2", FakeRunner.of(ROWS));
        assertThat(jobs.read(jobs.awaitState(job, JobState.COMPLETED))).isEqualTo(FakeRunner.content("q", ROWS));
        Eventually.until("nothing is left: " + jobs.files(), () -> jobs.files().size() == 2);
    }

    /** The worker's heart stops, and it does not know: it goes on, ends its file, and wants to publish it. */
    @Test
    void aZombieCannotPublishAndTheJobEndsOnceAndWhole() {
        Job asked = jobs.create("acme", "q");
        Job zombie = await(jobs.jobs.queue.claim("zombie", JobQueue.Lane.ANY));
        byte[] wrong = "not what was asked for".getBytes(StandardCharsets.UTF_8);
        JobStorage.Stored written = await(jobs.storage.write(zombie.fileName(), Flux.just(buffer(wrong))));

        jobs.endLeases();
        jobs.start("w", FakeRunner.of(ROWS));
        Job job = jobs.awaitState(asked, JobState.COMPLETED);
        boolean published = await(jobs.jobs.queue.publish(zombie, new ExportTally(), written));

        assertThat(published).isFalse();
        assertThat(jobs.find(asked)).isEqualTo(job);
        assertThat(job.attempts()).isEqualTo(2);
        assertThat(jobs.read(job)).isEqualTo(FakeRunner.content("q", ROWS));
        assertThat(job.sha256()).contains(Digests.hex(FakeRunner.content("q", ROWS)));
        assertThat(jobs.sql("SELECT count(*)::text FROM headgate_export.job")).isEqualTo("1");
    }

    /** A run that hears that its lease is lost ends by itself, and leaves the file of its heir alone. */
    @Test
    void aRunThatLostItsLeaseEnds() {
        var slow = FakeRunner.slow();
        jobs.start("w", slow);
        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.RUNNING);

        jobs.execute("UPDATE headgate_export.job SET fence = fence + 1, worker = 'other'");

        Eventually.until("the run ends", () -> slow.active.get() == 0);
        Eventually.until("its file is gone: " + jobs.files(), () -> jobs.files().isEmpty());
        assertThat(jobs.find(job).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void theFileGoesWhenItsTimeIsOverAndTheJobLongAfter() {
        restart(JobSettings.quick().with("files.sweep-interval", "50ms"));
        jobs.start("w", FakeRunner.of(ROWS));
        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.COMPLETED);

        clock.advance(Duration.ofDays(7));
        Job expired = jobs.awaitState(job, JobState.EXPIRED);
        Eventually.until("the file is gone", () -> jobs.files().isEmpty());
        Eventually.until("and known to be", () -> jobs.find(expired).location().isEmpty());
        clock.advance(Duration.ofDays(31));

        Eventually.until(
                "the job is forgotten",
                () -> jobs.jobs.store.find("acme", job.id()).blockOptional().isEmpty());
    }

    @Test
    void whatNobodyWantsIsSweptAwayAndNothingElse() throws IOException {
        restart(JobSettings.quick().with("files.leftover-age", "1s"));
        JobWorker worker = jobs.start("w", FakeRunner.of(ROWS));
        Job job = jobs.awaitState(jobs.create("acme", "q"), JobState.COMPLETED);
        JobFixture.stop(worker);
        old(job.fileName().toString());
        old(job.fileName().manifest().toString());
        old(UUID.randomUUID() + ".1.csv");
        old(job.id() + ".0.csv");
        old(UUID.randomUUID() + ".1.csv" + DirectoryStorage.PART);
        Path foreign = Files.writeString(jobs.directory.resolve("readme.txt"), "not ours");
        Files.setLastModifiedTime(foreign, FileTime.from(Instant.EPOCH));

        jobs.start("w", FakeRunner.of(ROWS));

        Eventually.until(
                "leftovers are gone: " + jobs.files(), () -> jobs.files().size() == 3);
        assertThat(jobs.files())
                .containsExactlyInAnyOrder(
                        job.fileName().toString(), job.fileName().manifest().toString(), "readme.txt");
    }

    private void old(String name) throws IOException {
        String id = name.substring(0, name.indexOf('.'));
        Path place = Files.createDirectories(jobs.directory.resolve(id.substring(id.length() - 2)));
        Path file = place.resolve(name);
        if (!Files.exists(file)) {
            Files.writeString(file, "left over");
        }
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }

    @Test
    void aCancelledWriterLeavesNothingAndReleasesItsBuffers() {
        Supplier<Flux<DataBuffer>> endless =
                () -> Flux.interval(Duration.ofMillis(1)).onBackpressureDrop().map(i -> buffer(new byte[100]));

        var writing = jobs.storage
                .write(new StoredName(UUID.randomUUID(), 1, "csv"), endless.get())
                .subscribe();
        Eventually.until("a part is there", () -> !jobs.files().isEmpty());
        writing.dispose();

        Eventually.until("it is gone", () -> jobs.files().isEmpty());
    }

    @Test
    void aFileThatBreaksOffWasNeverThere() {
        var broken = Flux.just(buffer(new byte[100])).concatWith(Flux.error(new IOException("cut")));

        assertThat(jobs.storage
                        .write(new StoredName(UUID.randomUUID(), 1, "csv"), broken)
                        .map(stored -> "stored")
                        .onErrorResume(IOException.class, cut -> reactor.core.publisher.Mono.just("broken"))
                        .block(JobFixture.PATIENCE))
                .isEqualTo("broken");
        Eventually.until("no file: " + jobs.files(), () -> jobs.files().isEmpty());
    }

    @Test
    void aSmallSlotIsFreeWhileLargeOnesRun() {
        restart(JobSettings.quick().with("worker.slots", 2).with("worker.small-slots", 1));
        var runner = new FakeRunner(10_000_000, Duration.ofMillis(5), run -> null) {
            @Override
            public Flux<DataBuffer> run(ExportOrder order, ExportTally tally) {
                return order.query().equals("small") ? FakeRunner.of(100).run(order, tally) : super.run(order, tally);
            }
        };
        jobs.start("w", runner);
        Job large = jobs.awaitState(jobs.create("acme", "large"), JobState.RUNNING);

        Job small = jobs.create(JobFixture.request(
                JobFixture.order("acme", "ana", "small"), OptionalLong.of(100), 0, java.util.Optional.empty()));

        jobs.awaitState(small, JobState.COMPLETED);
        assertThat(jobs.find(large).state()).isEqualTo(JobState.RUNNING);
    }

    private static DataBuffer buffer(byte[] bytes) {
        return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
    }
}

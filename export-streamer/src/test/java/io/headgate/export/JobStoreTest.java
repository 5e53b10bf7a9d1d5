package io.headgate.export;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static io.headgate.export.JobFixture.await;
import static io.headgate.export.JobFixture.order;
import static io.headgate.export.JobFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

class JobStoreTest {

    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    private final MutableClock clock = new MutableClock(NOON);
    private final JobFixture jobs = new JobFixture(
            JobSettings.quick()
                    .with("quota.queued", 3)
                    .with("quota.rows-per-day", 1000)
                    .with("quota.bytes-per-day", "1MB")
                    .with("tenants.rich.queued", 50),
            clock);

    @AfterEach
    void close() {
        jobs.close();
    }

    @Test
    void keepsAnOrderAsItWasAskedFor() {
        ExportOrder asked = order("acme", "ana", "{\"filter\":\"a\"}");

        Job job = jobs.create(request(asked, OptionalLong.of(7), 9, Optional.of("https://example.com/hook")));

        Job found = jobs.find(job);
        assertThat(found).isEqualTo(job);
        assertThat(found.order()).isEqualTo(asked);
        assertThat(found.estimate()).hasValue(7);
        assertThat(found.times().created()).isEqualTo(NOON);
    }

    @Test
    void oneKeyIsOneJobHoweverOftenItComes() {
        List<JobStore.Created> created = Flux.range(0, 8)
                .flatMap(i -> jobs.jobs.store.create(keyed("acme", "ana", "key", "q")))
                .collectList()
                .blockOptional(JobFixture.PATIENCE)
                .orElseThrow();

        assertThat(created.stream().map(it -> it.job().id()).distinct()).hasSize(1);
        assertThat(created.stream().filter(JobStore.Created::isNew)).hasSize(1);
        assertThat(jobs.sql("SELECT count(*)::text FROM headgate_export.job")).isEqualTo("1");
    }

    @Test
    void aKeyServesNoOtherRequest() {
        await(jobs.jobs.store.create(keyed("acme", "ana", "key", "q")));

        assertThatRefusalOf(jobs.jobs.store.create(keyed("acme", "ana", "key", "another")))
                .hasType(ProblemType.CONFLICT)
                .hasDetailContaining("Idempotency-Key");
    }

    @Test
    void keysOfOthersAreOthers() {
        UUID first = await(jobs.jobs.store.create(keyed("acme", "ana", "key", "q")))
                .job()
                .id();

        assertThat(await(jobs.jobs.store.create(keyed("acme", "bob", "key", "q")))
                        .job()
                        .id())
                .isNotEqualTo(first);
        assertThat(await(jobs.jobs.store.create(keyed("globex", "ana", "key", "q")))
                        .job()
                        .id())
                .isNotEqualTo(first);
    }

    @Test
    void aKeyIsFoundWhereTheQuotaIsUsedUp() {
        Job first =
                await(jobs.jobs.store.create(keyed("acme", "ana", "key", "q"))).job();
        jobs.create("acme", "2");
        jobs.create("acme", "3");

        assertThat(await(jobs.jobs.store.create(keyed("acme", "ana", "key", "q")))
                        .job()
                        .id())
                .isEqualTo(first.id());
    }

    @Test
    void refusesMoreThanMayWaitHoweverManyComeAtOnce() {
        Long refused = Flux.range(0, 10)
                .flatMap(i -> jobs.jobs
                        .store
                        .create(request("acme", "q" + i))
                        .map(created -> 0)
                        .onErrorResume(full -> reactor.core.publisher.Mono.just(1)))
                .filter(one -> one == 1)
                .count()
                .block(JobFixture.PATIENCE);

        assertThat(refused).isEqualTo(7);
        assertThatRefusalOf(jobs.jobs.store.create(request("acme", "q")))
                .hasType(ProblemType.TOO_MANY_REQUESTS)
                .hasDetailContaining("3 exports of this tenant are waiting (expected: fewer than 3)");
        jobs.create("rich", "q");
    }

    @Test
    void refusesAnExportThatNoDayHasRoomFor() {
        assertThatRefusalOf(jobs.jobs.store.create(
                        request(order("acme", "ana", "q"), OptionalLong.of(1001), 5, Optional.empty())))
                .hasType(ProblemType.EXPORT_TOO_LARGE)
                .hasDetailContaining("at most 1000");
    }

    @Test
    void refusesRowsUntilMidnightOnceTheDayIsUsedUp() {
        spend(600, 0);
        var large = request(order("acme", "ana", "q"), OptionalLong.of(500), 5, Optional.empty());
        assertThatRefusalOf(jobs.jobs.store.create(large))
                .hasType(ProblemType.TOO_MANY_REQUESTS)
                .hasHeader("Retry-After", Long.toString(Duration.ofHours(12).toSeconds()))
                .hasDetailContaining("600 rows today (expected: at most 1000 in a day)");

        clock.advance(Duration.ofHours(12));

        assertThat(jobs.create(large).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void refusesBytesOnceTheDayIsUsedUp() {
        spend(1, 2_000_000);

        assertThatRefusalOf(jobs.jobs.store.create(request("acme", "q")))
                .hasType(ProblemType.TOO_MANY_REQUESTS)
                .hasDetailContaining("2000000 bytes");
    }

    private void spend(long rows, long bytes) {
        jobs.create("acme", "spent");
        Job running = await(jobs.jobs.queue.claim("w", JobQueue.Lane.ANY));
        var tally = new ExportTally();
        tally.reached(rows, bytes);
        await(jobs.jobs.queue.fail(running, tally, JobState.FAILED, "test"));
    }

    @Test
    void anothersJobIsNotThere() {
        Job job = jobs.create("acme", "q");

        assertThat(jobs.jobs.store.find("globex", job.id()).blockOptional()).isEmpty();
    }

    @Test
    void listsTheNewestFirstPageByPage() {
        List<UUID> ids = new java.util.ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMillis(5));
            ids.addFirst(jobs.create("rich", "q" + i).id());
        }
        jobs.create("acme", "other");

        List<Job> first = await(jobs.jobs.store.list("rich", Optional.of("ana"), Optional.empty(), 2));
        List<Job> second = await(jobs.jobs.store.list(
                "rich", Optional.empty(), Optional.of(first.getLast().id()), 10));

        assertThat(first.stream().map(Job::id)).isEqualTo(ids.subList(0, 2));
        assertThat(second.stream().map(Job::id)).isEqualTo(ids.subList(2, 5));
        assertThat(await(jobs.jobs.store.list("rich", Optional.of("bob"), Optional.empty(), 10)))
                .isEmpty();
    }

    @Test
    void endsAJobThatWaitsAtOnceAndGivesItsPlaceBack() {
        Job job = jobs.create("acme", "q");

        Job ended = await(jobs.jobs.store.end(job));

        assertThat(ended.state()).isEqualTo(JobState.CANCELLED);
        assertThat(await(jobs.jobs.store.end(ended)).state()).isEqualTo(JobState.CANCELLED);
        assertThat(jobs.sql("SELECT queued::text FROM headgate_export.tenant")).isEqualTo("0");
        assertThat(jobs.jobs.queue.claim("w", JobQueue.Lane.ANY).blockOptional())
                .isEmpty();
    }

    @Test
    void tellsWhatWasAskedForAndHowItEnded() {
        Job job = jobs.create("acme", "{\"secret\":1}");
        await(jobs.jobs.store.end(job));

        await(jobs.jobs.events.handOver());
        await(jobs.jobs.events.handOver());

        assertThat(jobs.told.stream().map(io.headgate.api.Event::eventType))
                .containsExactlyInAnyOrder("export.requested", "export.failed");
        assertThat(jobs.told.toString()).doesNotContain("secret");
        assertThat(jobs.told.getFirst().accountId()).contains("acme");
        assertThat(jobs.told.getFirst().requestId()).contains("request-1");
        assertThat(jobs.told.getFirst().data())
                .containsEntry("filter_hash", Digests.hex("{\"secret\":1}"))
                .containsEntry("dataset", "reports/events");
    }

    private static JobRequest keyed(String tenant, String subject, String key, String query) {
        return new JobRequest(
                order(tenant, subject, query),
                OptionalLong.empty(),
                5,
                Optional.empty(),
                Optional.of(key),
                Digests.hex(query),
                new Job.Trace(Optional.empty(), Optional.empty()));
    }
}

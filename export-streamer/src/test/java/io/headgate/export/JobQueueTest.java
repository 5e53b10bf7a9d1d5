package io.headgate.export;

import static io.headgate.export.JobFixture.await;
import static io.headgate.export.JobFixture.order;
import static io.headgate.export.JobFixture.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.export.JobQueue.Beat;
import io.headgate.export.JobQueue.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class JobQueueTest {

    private JobFixture jobs = new JobFixture(JobSettings.quick()
            .with("worker.lease", "30s")
            .with("quota.running", 100)
            .with("tenants.heavy.weight", 2)
            .with("tenants.heavy.running", 100)
            .with("tenants.two.running", 2)
            .with("worker.small-rows", 10));

    @AfterEach
    void close() {
        jobs.close();
    }

    @Test
    void theTenantWithTheFewestRunningGoesFirst() {
        many("a", 5);
        many("b", 2);
        many("c", 1);

        assertThat(claimed(8)).isEqualTo("a b c a b a a a");
    }

    @Test
    void aTenantOfTwiceTheWeightRunsTwiceAsMany() {
        many("heavy", 6);
        many("light", 6);

        String first = claimed(6);

        assertThat(first.split(" ")).filteredOn("heavy"::equals).hasSize(4);
        assertThat(first.split(" ")).filteredOn("light"::equals).hasSize(2);
    }

    @Test
    void withinATenantPriorityGoesBeforeAge() {
        jobs.create("a", "old");
        jobs.create(request(order("a", "ana", "urgent"), OptionalLong.empty(), 9, Optional.empty()));
        jobs.create("a", "young");

        assertThat(IntStream.range(0, 3)
                        .mapToObj(i -> claim(Lane.ANY).orElseThrow().order().query()))
                .containsExactly("urgent", "old", "young");
    }

    @Test
    void aTenantRunsNoMoreThanItMay() {
        many("two", 5);
        Job first = claim(Lane.ANY).orElseThrow();
        assertThat(claim(Lane.ANY)).isPresent();
        assertThat(claim(Lane.ANY)).isEmpty();

        await(jobs.jobs.queue.fail(first, new ExportTally(), JobState.FAILED, "test"));

        assertThat(claim(Lane.ANY)).isPresent();
        assertThat(claim(Lane.ANY)).isEmpty();
    }

    @Test
    void theLaneOfSmallOnesTakesNothingElse() {
        many("a", 3);
        Job small = jobs.create(request(order("a", "ana", "small"), OptionalLong.of(10), 0, Optional.empty()));
        jobs.create(request(order("a", "ana", "large"), OptionalLong.of(11), 9, Optional.empty()));

        assertThat(claim(Lane.SMALL).map(Job::id)).contains(small.id());
        assertThat(claim(Lane.SMALL)).isEmpty();
        assertThat(claim(Lane.ANY)).isPresent();
    }

    @Test
    void aTenantWhoseJobsHaveToWaitHoldsUpNobody() {
        jobs.create("a", "retried");
        Job retried = claim(Lane.ANY).orElseThrow();
        await(jobs.jobs.queue.startOver(retried, "recovery-conflict", Duration.ofHours(1)));
        jobs.create("b", "q");

        assertThat(claim(Lane.ANY).map(job -> job.order().tenant())).contains("b");
        assertThat(claim(Lane.ANY)).isEmpty();
    }

    @Test
    void workersThatRaceGetEveryJobOnce() {
        for (int tenant = 0; tenant < 5; tenant++) {
            many("t" + tenant, 8);
        }

        List<UUID> taken = Flux.range(0, 8)
                .flatMap(worker -> jobs.jobs
                        .queue
                        .claim("w" + worker, Lane.ANY)
                        .map(Optional::of)
                        .defaultIfEmpty(Optional.empty())
                        .repeat(40))
                .flatMap(Mono::justOrEmpty)
                .map(Job::id)
                .collectList()
                .blockOptional(JobFixture.PATIENCE)
                .orElseThrow();

        assertThat(taken).hasSize(40).doesNotHaveDuplicates();
        assertThat(jobs.sql("SELECT string_agg(running || '/' || queued, ' ') FROM headgate_export.tenant"))
                .isEqualTo("8/0 8/0 8/0 8/0 8/0");
    }

    @Test
    void whoLostTheLeaseChangesNothingAnyMore() {
        jobs.create("a", "q");
        Job zombie = claim(Lane.ANY).orElseThrow();
        loseLease(zombie);
        Job heir = claim(Lane.ANY).orElseThrow();
        assertThat(heir.id()).isEqualTo(zombie.id());
        assertThat(heir.fence()).isGreaterThan(zombie.fence());

        var tally = new ExportTally();
        var file = new JobStorage.Stored(zombie.fileName().toString(), 3, "00");
        assertThat(await(jobs.jobs.queue.publish(zombie, tally, file))).isFalse();
        assertThat(await(jobs.jobs.queue.fail(zombie, tally, JobState.FAILED, "x")))
                .isFalse();
        assertThat(await(jobs.jobs.queue.startOver(zombie, "x", Duration.ZERO))).isFalse();
        assertThat(await(jobs.jobs.queue.release(zombie))).isFalse();
        assertThat(await(jobs.jobs.queue.beat(zombie, tally))).isEqualTo(Beat.LOST);

        assertThat(jobs.find(heir)).isEqualTo(heir);
        assertThat(await(jobs.jobs.queue.beat(heir, tally))).isEqualTo(Beat.GO_ON);
    }

    @Test
    void aPublicationThatIsAskedForAgainHasHappenedOnce() {
        jobs.create("a", "q");
        Job job = claim(Lane.ANY).orElseThrow();
        var file = new JobStorage.Stored(job.fileName().toString(), 3, "00");

        assertThat(await(jobs.jobs.queue.publish(job, new ExportTally(), file))).isTrue();
        assertThat(await(jobs.jobs.queue.publish(job, new ExportTally(), file))).isTrue();

        assertThat(jobs.sql("SELECT count(*)::text FROM headgate_export.outbox WHERE event_type = 'export.completed'"))
                .isEqualTo("1");
    }

    @Test
    void aJobThatKillsItsWorkersFailsInTheEnd() {
        jobs.create("a", "q");
        List<Long> fences = new ArrayList<>();
        for (int attempt = 0; attempt < 3; attempt++) {
            Job job = claim(Lane.ANY).orElseThrow();
            fences.add(job.fence());
            loseLease(job);
        }

        assertThat(claim(Lane.ANY)).isEmpty();
        assertThat(fences).isSorted().doesNotHaveDuplicates();
        assertThat(jobs.sql("SELECT state || ' ' || reason || ' ' || attempts FROM headgate_export.job"))
                .isEqualTo("failed worker-lost 3");
    }

    @Test
    void aJobThatIsGivenBackLosesNoAttempt() {
        Job job = jobs.create("a", "q");
        for (int i = 0; i < 5; i++) {
            await(jobs.jobs.queue.release(claim(Lane.ANY).orElseThrow()));
        }

        assertThat(jobs.find(job).attempts()).isZero();
        assertThat(claim(Lane.ANY)).isPresent();
    }

    @Test
    void aHeartbeatHearsOfACancelAndOfTheDaysEnd() {
        jobs.close();
        jobs = new JobFixture(JobSettings.quick().with("quota.rows-per-day", 100));
        jobs.create("a", "q");
        Job job = claim(Lane.ANY).orElseThrow();
        var tally = new ExportTally();
        tally.reached(100, 10);
        assertThat(await(jobs.jobs.queue.beat(job, tally))).isEqualTo(Beat.GO_ON);
        tally.reached(101, 10);
        assertThat(await(jobs.jobs.queue.beat(job, tally))).isEqualTo(Beat.OVER_QUOTA);

        Job cancelled = await(jobs.jobs.store.end(job));

        assertThat(cancelled.state()).isEqualTo(JobState.RUNNING);
        assertThat(await(jobs.jobs.queue.beat(job, tally))).isEqualTo(Beat.CANCELLED);
        assertThat(await(jobs.jobs.queue.publish(
                        job, tally, new JobStorage.Stored(job.fileName().toString(), 3, "00"))))
                .isFalse();
    }

    private void loseLease(Job job) {
        jobs.execute("UPDATE headgate_export.job SET lease_until = now() - interval '1 second' WHERE id = '" + job.id()
                + "'");
        assertThat(await(jobs.jobs.overdue.takeOver())).isTrue();
        assertThat(await(jobs.jobs.overdue.takeOver())).isFalse();
    }

    private void many(String tenant, int count) {
        for (int i = 0; i < count; i++) {
            jobs.create(tenant, tenant + i);
        }
    }

    private String claimed(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> claim(Lane.ANY).orElseThrow().order().tenant())
                .collect(java.util.stream.Collectors.joining(" "));
    }

    private Optional<Job> claim(Lane lane) {
        return jobs.jobs.queue.claim("w", lane).blockOptional(JobFixture.PATIENCE);
    }
}

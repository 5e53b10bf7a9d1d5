package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeService;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.KeyRing;
import io.headgate.local.SharedStack;
import io.r2dbc.spi.ConnectionFactory;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** An ordinary Spring application that took this module, and has one database. */
class PlainApplicationTest {

    private static final class NoOrders implements JobOrders {
        @Override
        public Mono<ExportOrder> order(ServerWebExchange exchange, byte[] parameters, boolean gzip) {
            return Mono.empty();
        }

        @Override
        public Mono<OptionalLong> reckon(ExportOrder order) {
            return Mono.just(OptionalLong.empty());
        }
    }

    private final String database = SharedStack.postgres().createDatabase();
    private final ReactiveWebApplicationContextRunner application = new ReactiveWebApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(HeadgateApiAutoConfiguration.class, ExportJobsAutoConfiguration.class))
            .withBean(
                    ConnectionFactory.class,
                    () -> JobFixture.connections(SharedStack.postgres().r2dbcUrl(database)))
            .withBean(KeyRing.class, () -> new JobKeys("k1"))
            .withBean(JobOrders.class, NoOrders::new)
            .withBean(ExportRunner.class, () -> FakeRunner.of(500));

    @TempDir
    Path directory;

    @Test
    void withoutAStorageThereAreNoJobs() {
        application.run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(EdgeService.class));
    }

    @Test
    void withOneJobsAreServedAndRun() {
        application
                .withPropertyValues("headgate.exports.jobs.storage=" + directory.toUri())
                .run(context -> {
                    assertThat(context.getBeansOfType(EdgeService.class)).hasSize(8);
                    JobStore store = context.getBean(Jobs.class).store;

                    Job job = JobFixture.await(store.create(JobFixture.request("acme", "q")))
                            .job();

                    Eventually.until(
                            "it is complete",
                            () -> JobFixture.await(store.find("acme", job.id())).state() == JobState.COMPLETED);
                });
    }

    @Test
    void withABucketFilesGoThere() {
        try (var bucket = new FakeS3()) {
            application
                    .withPropertyValues(
                            "headgate.exports.jobs.storage=s3://exports/of-us",
                            "headgate.exports.jobs.s3.endpoint=" + bucket.endpoint(),
                            "headgate.exports.jobs.s3.region=" + FakeS3.REGION,
                            "headgate.exports.jobs.s3.access-key=" + FakeS3.ACCESS_KEY,
                            "headgate.exports.jobs.s3.secret-key=" + FakeS3.SECRET_KEY)
                    .run(context -> {
                        JobStore store = context.getBean(Jobs.class).store;

                        Job job = JobFixture.await(store.create(JobFixture.request("acme", "q")))
                                .job();

                        Eventually.until(
                                "it is complete",
                                () -> JobFixture.await(store.find("acme", job.id()))
                                                .state()
                                        == JobState.COMPLETED);
                        assertThat(bucket.objects)
                                .containsOnlyKeys(
                                        "of-us/" + job.id() + ".1.csv", "of-us/" + job.id() + ".1.manifest.json");
                        assertThat(bucket.objects.get("of-us/" + job.id() + ".1.csv"))
                                .isEqualTo(FakeRunner.content("q", 500));
                    });
        }
    }

    @Test
    void aProcessOfAnotherRoleRunsNothing() {
        application
                .withPropertyValues("headgate.exports.jobs.storage=" + directory.toUri(), "headgate.roles=edge")
                .run(context ->
                        assertThat(context.getBean(JobWorker.class).isRunning()).isFalse());
    }

    @Test
    void saysWhatIsWrongWithASetting() {
        application
                .withPropertyValues("headgate.exports.jobs.storage=ftp://x")
                .run(
                        context -> assertThat(context)
                                .getFailure()
                                .rootCause()
                                .hasMessageContaining(
                                        "headgate.exports.jobs.storage: 'ftp://x' (expected: file:///directory or s3://bucket/prefix)"));
        application
                .withPropertyValues(
                        "headgate.exports.jobs.storage=" + directory.toUri(), "headgate.exports.jobs.worker.slots=0")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("worker.slots: 0 (expected: 1..256)"));
    }
}

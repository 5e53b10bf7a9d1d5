package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.micrometer.core.instrument.Meter;
import io.r2dbc.spi.R2dbcRollbackException;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobMetricsTest {

    private static final int ROWS = 500;

    private final JobFixture jobs = new JobFixture(JobSettings.quick());

    @AfterEach
    void close() {
        jobs.close();
    }

    @Test
    void countsEachAttemptByWhatItCameTo() {
        var full = Problem.of(ProblemType.EXPORT_LIMIT, "full").asException();
        var conflict = new R2dbcRollbackException("conflict with recovery", "40001");
        Job asked = jobs.create("acme", "q");

        jobs.start("w", new FakeRunner(ROWS, Duration.ZERO, run -> run == 1 ? full : run == 2 ? conflict : null));
        Job job = jobs.awaitState(asked, JobState.COMPLETED);

        Eventually.until("no-room", () -> attempts("no-room") == 1);
        Eventually.until("starts-over", () -> attempts("starts-over") == 1);
        Eventually.until("completed", () -> attempts("completed") == 1);
        Eventually.until("nothing runs", () -> value("running") == 0);
        assertThat(value("rows")).isGreaterThanOrEqualTo(ROWS);
        assertThat(value("bytes")).isGreaterThanOrEqualTo(job.bytes());
        assertThat(labels()).isSubsetOf("csv", "no-room", "starts-over", "completed");
    }

    @Test
    void countsWhatRunsAndWhatFailsAndWhatIsGivenBack() {
        jobs.create("acme", "failing");
        JobWorker failing =
                jobs.start("w", new FakeRunner(ROWS, Duration.ZERO, run -> new IllegalStateException("broken")));
        Eventually.until("failed", () -> attempts("failed") == 1);
        JobFixture.stop(failing);

        Job cancelled = jobs.create("acme", "cancelled");
        JobWorker slow = jobs.start("w", FakeRunner.slow());
        Eventually.until("it runs", () -> value("running") == 1);
        JobFixture.await(jobs.jobs.store.end(jobs.find(cancelled)));
        Eventually.until("cancelled", () -> attempts("cancelled") == 1 && value("running") == 0);

        jobs.create("acme", "given back");
        Eventually.until("it runs", () -> value("running") == 1);
        JobFixture.stop(slow);
        Eventually.until("given back", () -> attempts("given-back") == 1 && value("running") == 0);
    }

    @Test
    void tellsHowManyWaitOfAllTenants() {
        assertThat(value("queued")).isNaN();
        jobs.create("acme", "a");
        jobs.create("globex", "b");
        jobs.execute("UPDATE headgate_export.job SET run_after = now() + interval '1 hour'");

        JobWorker worker = jobs.start("w", FakeRunner.of(ROWS));
        Eventually.until("two wait", () -> value("queued") == 2);
        JobFixture.stop(worker);

        assertThat(value("queued")).isNaN();
    }

    @Test
    void countsAsLostWhatCannotBeWrittenDown() {
        jobs.create("acme", "q");
        jobs.start("w", FakeRunner.slow());
        Eventually.until("it runs", () -> value("running") == 1);

        jobs.execute("ALTER TABLE headgate_export.job RENAME TO job_away");
        try {
            Eventually.until("lost", () -> attempts("lost") == 1 && value("running") == 0);
        } finally {
            jobs.execute("ALTER TABLE headgate_export.job_away RENAME TO job");
        }
    }

    private double attempts(String outcome) {
        var timer = jobs.meters
                .find("headgate.exports.jobs.attempts")
                .tag("outcome", outcome)
                .timer();
        return timer == null ? 0 : timer.count();
    }

    private double value(String name) {
        return jobs.meters
                .get("headgate.exports.jobs." + name)
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    private Set<String> labels() {
        return jobs.meters.getMeters().stream()
                .map(Meter::getId)
                .flatMap(id -> id.getTags().stream())
                .map(tag -> tag.getValue())
                .collect(Collectors.toSet());
    }
}

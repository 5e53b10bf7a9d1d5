package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KilledWorkerTest {

    @Test
    void whatAKilledWorkerHadBegunEndsOnceAndWholeElsewhere() throws IOException, InterruptedException {
        try (var jobs = new JobFixture(WorkerInAnotherJvm.settings())) {
            List<Job> asked = IntStream.range(0, 3)
                    .mapToObj(i -> jobs.create("acme", "q" + i))
                    .toList();
            Process other = start(jobs);
            try {
                Eventually.until(
                        "the other runs them all",
                        () -> asked.stream()
                                .allMatch(job -> jobs.find(job).state() == JobState.RUNNING
                                        && jobs.find(job).rows() > 0));
            } finally {
                other.destroyForcibly().waitFor();
            }
            Eventually.until("they are taken from it", () -> {
                jobs.endLeases(); // its last words to the database may still arrive
                JobFixture.await(jobs.jobs.overdue.takeOver());
                return asked.stream().noneMatch(job -> jobs.find(job).state() == JobState.RUNNING);
            });
            assertThat(jobs.files()).hasSize(3).allMatch(name -> name.endsWith(DirectoryStorage.PART));

            var seen = new ConcurrentLinkedQueue<String>();
            jobs.start("heir", FakeRunner.of(WorkerInAnotherJvm.ROWS));

            byte[] anyContent = FakeRunner.content("q0", WorkerInAnotherJvm.ROWS);
            for (Job one : asked) {
                Eventually.until(() -> "complete: " + jobs.find(one), () -> {
                    Job now = jobs.find(one);
                    seen.add(now.state() + " " + now.location().isPresent());
                    return now.state() == JobState.COMPLETED;
                });
                Job job = jobs.find(one);
                byte[] content = FakeRunner.content(one.order().query(), WorkerInAnotherJvm.ROWS);
                assertThat(jobs.read(job)).isEqualTo(content).hasSameSizeAs(anyContent);
                assertThat(job.sha256()).contains(Digests.hex(content));
                assertThat(job.attempts()).isEqualTo(2);
            }
            assertThat(seen)
                    .as("a location before the end")
                    .noneMatch(it -> !it.startsWith("COMPLETED") && it.endsWith("true"));
            Eventually.until(
                    () -> "leftovers are swept: " + jobs.files(),
                    () -> jobs.files().size() == 6);
            assertThat(jobs.told.stream()
                            .filter(event -> event.eventType().equals("export.completed"))
                            .map(event -> event.data().get("export_id")))
                    .doesNotHaveDuplicates();
        }
    }

    private static Process start(JobFixture jobs) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WorkerInAnotherJvm.class.getName(),
                        jobs.postgres.r2dbcUrl(jobs.name),
                        jobs.directory.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}

package io.headgate.export;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** A worker that runs what it finds, slowly, and waits to be killed. */
final class WorkerInAnotherJvm {

    static final int ROWS = 20_000;
    static final Duration PAUSE = Duration.ofMillis(50);

    /** So long that a test can look, and that a worker is dead for no longer than a test likes to wait. */
    static JobSettings settings() {
        return JobSettings.quick().with("worker.lease", "10s").with("files.leftover-age", "1s");
    }

    public static void main(String[] args) throws InterruptedException {
        JobsProperties settings = settings().read();
        var database = new JobDatabase(JobFixture.connections(args[0]), settings.database());
        Jobs.of(
                        database,
                        new DirectoryStorage(Path.of(args[1])),
                        settings,
                        new Jobs.Surroundings(
                                new JobKeys("k1"),
                                () -> null,
                                DefaultAddressResolverGroup.INSTANCE,
                                new Random(),
                                new SimpleMeterRegistry(),
                                Clock.systemUTC()))
                .worker("other", new FakeRunner(ROWS, PAUSE, run -> null), true)
                .start();
        new CountDownLatch(1).await();
    }
}

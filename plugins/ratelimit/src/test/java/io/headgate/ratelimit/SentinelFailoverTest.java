package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import io.headgate.local.LocalRedisSentinels;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The master is killed, and the sentinels have its replica take over. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // it waits for servers that others keep busy
class SentinelFailoverTest {

    private static final String LIMIT = "platform/tenant-default";
    private static final String TENANT = "tenant-1";
    private static final Quota QUOTA = Instance.quota(1, 86_400, 300);
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final LocalRedisSentinels redis = LocalRedisSentinels.startPrivate();
    private final AtomicReference<LimitBook> book =
            new AtomicReference<>(new LimitBook(List.of(Instance.limit(LIMIT, QUOTA, Mode.EXACT))));
    private final String prefix = "test-" + UUID.randomUUID();
    private final List<RedisConnection> connections = new ArrayList<>();

    @AfterEach
    void stop() {
        connections.forEach(RedisConnection::close);
        redis.close();
    }

    @Test
    void whatWasCountedByTheOldMasterCountsOnTheNewOne() {
        Instance first = instance("a");
        Instance second = instance("b");
        assertThat(admitted(100, first, second)).isEqualTo(100);
        long written = offset(redis.master(), "master_repl_offset");
        await("all is on the replica", () -> offset(redis.replica(), "slave_repl_offset") >= written);

        redis.master().kill();
        await("the replica has taken over", redis::hasFailedOver);
        await("both count there", () -> isUpAfterBeat(first) && isUpAfterBeat(second));
        double aloneBefore = alone(first) + alone(second);
        int after = admitted(400, first, second);
        double alone = alone(first) + alone(second) - aloneBefore; // which a slow machine may make them at any time

        assertThat(after).isGreaterThanOrEqualTo(200);
        assertThat(after - alone).isLessThanOrEqualTo(200);
    }

    private static int admitted(int asked, Instance first, Instance second) {
        int admitted = 0;
        for (int i = 0; i < asked; i++) {
            admitted += (i % 2 == 0 ? first : second).admits(LIMIT, TENANT, 1) ? 1 : 0;
        }
        return admitted;
    }

    private static double alone(Instance instance) {
        return instance.count(LIMIT, "admitted-locally");
    }

    /** As the application connects, with its own client. */
    private Instance instance(String name) {
        LimitsProperties settings =
                Instance.settings(prefix, Instance.AMPLE, LimitsProperties.Topology.SENTINEL, redis.urls());
        var instance = new Instance(name, settings, book, System::nanoTime);
        connections.add(new RedisConnection(settings, instance.engine.store()).start());
        await("the master answers", () -> isUpAfterBeat(instance));
        return instance;
    }

    private static boolean isUpAfterBeat(Instance instance) {
        instance.tryBeat();
        return instance.engine.store().isUp();
    }

    private static long offset(LocalRedis server, String name) {
        return server.ask("INFO", "replication")
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(
                        line -> Long.parseLong(line.substring(name.length() + 1).strip()))
                .findFirst()
                .orElse(-1);
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting until " + what).isLessThan(deadline);
        }
    }
}

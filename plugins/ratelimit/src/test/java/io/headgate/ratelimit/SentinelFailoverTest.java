package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedisSentinels;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The master is killed, and the sentinels have its replica take over. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // it waits for servers that others keep busy
class SentinelFailoverTest {

    private static final String LIMIT = "platform/tenant-default";
    private static final String TENANT = "tenant-1";
    private static final Quota QUOTA = Instance.quota(1, 86_400, 300);

    private final LocalRedisSentinels redis = LocalRedisSentinels.startPrivate();
    private final Failover failover = new Failover();

    @AfterEach
    void stop() {
        failover.close();
        redis.close();
    }

    @Test
    void whatWasCountedByTheOldMasterCountsOnTheNewOne() {
        failover.book.set(new LimitBook(List.of(Instance.limit(LIMIT, QUOTA, Mode.EXACT))));
        Instance first = instance("a");
        Instance second = instance("b");
        assertThat(admitted(100, first, second)).isEqualTo(100);
        Failover.awaitReplicated(redis.master(), redis.replica());

        redis.master().kill();
        Instance.await("the replica has taken over", redis::hasFailedOver);
        Instance.await("both count there", () -> first.isUpAfterBeat() && second.isUpAfterBeat());
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

    private Instance instance(String name) {
        return failover.instance(name, Instance.AMPLE, LimitsProperties.Topology.SENTINEL, redis.urls());
    }
}

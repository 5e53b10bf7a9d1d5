package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import io.headgate.local.LocalRedisCluster;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One master of a cluster is killed, and its replica takes over. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // it waits for servers that others keep busy
class ClusterFailoverTest {

    private static final String LIMIT = "platform/tenant-default";
    private static final Quota QUOTA = Instance.quota(1, 86_400, 300);
    private static final int TENANTS = 12;

    private final LocalRedisCluster cluster = LocalRedisCluster.startPrivate();
    private final LocalRedis master = cluster.nodes().getFirst();
    private final LocalRedis replica = cluster.startReplicaOf(master);
    private final Failover failover = new Failover();
    private final List<Checker> checkers = new ArrayList<>();

    {
        for (int i = 0; i < TENANTS; i++) {
            checkers.add(new Checker());
        }
    }

    @AfterEach
    void stop() {
        failover.close();
        cluster.nodes().forEach(LocalRedis::stop);
        replica.stop();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nobodyIsLeftWithoutAnAnswerAndNothingThatWasCountedIsForgotten(Mode mode) {
        failover.book.set(new LimitBook(List.of(Instance.limit(LIMIT, QUOTA, mode))));
        Instance first = instance("a");
        Instance second = instance("b");
        Instance.await(
                "each knows the other",
                () -> first.isUpAfterBeat() && first.engine.parts().fleet().size() == 2);
        for (int i = 0; i < 100; i++) {
            askForAll(i % 2 == 0 ? first : second);
        }
        Failover.awaitReplicated(master, replica);

        master.kill();
        Instance.await("the replica has taken over", () -> {
            askForAll(first);
            first.tryBeat();
            second.tryBeat();
            return replica.ask("INFO", "replication").contains("role:master");
        });
        Instance.await("both count together again", () -> {
            boolean isFirstUp = first.isUpAfterBeat();
            return second.isUpAfterBeat() && isFirstUp && reachesAllNodes(first) && reachesAllNodes(second);
        });
        long[] alone = new long[TENANTS];
        for (int i = 0; i < 400; i++) {
            Instance instance = i % 2 == 0 ? first : second;
            instance.tryBeat();
            askForAll(instance, alone);
        }

        // what the one leased after the other had last asked, the other does not know of
        long slack = mode == Mode.EXACT ? 0 : QUOTA.burst() * 5 / 100;
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            checkers.get(tenant).holds(QUOTA, slack + alone[tenant]);
            assertThat(checkers.get(tenant).total())
                    .as("tokens of tenant %s", tenant)
                    .isGreaterThan(240);
        }
    }

    private Instance instance(String name) {
        return failover.instance(name, Duration.ofMillis(500), LimitsProperties.Topology.CLUSTER, cluster.urls());
    }

    private boolean reachesAllNodes(Instance instance) {
        List<Store.Place> places = IntStream.range(0, TENANTS)
                .mapToObj(tenant ->
                        instance.claim(LIMIT, "tenant-" + tenant, 1).allowance().place())
                .toList();
        return Instance.join(instance.engine.store().look(places).handle((levels, failure) -> failure == null));
    }

    private void askForAll(Instance instance) {
        askForAll(instance, new long[TENANTS]);
    }

    /** @param alone counts what was admitted by the instance alone, which a slow machine may make it do at any time */
    private void askForAll(Instance instance, long[] alone) {
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            double before = instance.count(LIMIT, "admitted-locally");
            switch (instance.ask(LIMIT, "tenant-" + tenant, 1)) {
                case LimitDecision.Admitted _ -> checkers.get(tenant).admitted(0, 1);
                case LimitDecision.Refused _ -> {}
                case LimitDecision.Unavailable unavailable -> throw new AssertionError("no answer: " + unavailable);
            }
            alone[tenant] += (long) (instance.count(LIMIT, "admitted-locally") - before);
        }
    }

    @Test
    void bucketsOfOneTenantShareASlotAndThoseOfSeveralSpreadOut() {
        failover.book.set(new LimitBook(List.of(
                Instance.limit(LIMIT, QUOTA, Mode.EXACT), Instance.limit("platform/other", QUOTA, Mode.EXACT))));
        var instance = new Instance("a", Instance.settings(failover.prefix), failover.book, System::nanoTime);
        List<String> slots = new ArrayList<>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            String key = instance.claim(LIMIT, "tenant-" + tenant, 1)
                    .allowance()
                    .place()
                    .key();
            String other = instance.claim("platform/other", "tenant-" + tenant, 1)
                    .allowance()
                    .place()
                    .key();
            slots.add(slot(key));
            assertThat(slot(other)).as("slot of %s, beside %s", other, key).isEqualTo(slot(key));
        }
        assertThat(slots).doesNotHaveDuplicates();
    }

    private String slot(String key) {
        return cluster.nodes().getLast().ask("CLUSTER", "KEYSLOT", key);
    }
}

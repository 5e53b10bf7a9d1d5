package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** On a Redis Cluster, where buckets of different keys live apart. */
class ClusterTest {

    private static final RateLimit WIDE = Instance.limit("platform/wide", Instance.quota(1, 86_400, 100), Mode.EXACT);
    private static final RateLimit NARROW = Instance.limit("platform/narrow", Instance.quota(1, 86_400, 5), Mode.EXACT);

    private final String prefix = "test-" + UUID.randomUUID();
    private final AtomicReference<LimitBook> book = new AtomicReference<>(new LimitBook(List.of(WIDE, NARROW)));
    private final List<Instance> instances = new ArrayList<>();

    {
        var settings = Instance.settings(
                prefix, Instance.AMPLE, LimitsProperties.Topology.CLUSTER, List.of("redis://127.0.0.1:1"));
        for (String name : List.of("a", "b", "c")) {
            instances.add(
                    new Instance(name, settings, book, System::nanoTime).on(Redises.clusterStore(prefix, () -> 0)));
        }
        instances.forEach(Instance::beat);
    }

    private static LimitDecision ask(Instance instance, String tenant, String address) {
        return Instance.join(instance.engine
                .limits()
                .decide(List.of(
                        instance.claim("platform/wide", tenant, 1), instance.claim("platform/narrow", address, 1))));
    }

    @Test
    void bucketsThatLiveApartAreDrawnOnTogetherOrNotAtAll() {
        int admitted = 0;
        for (int address = 0; address < 6; address++) {
            for (int i = 0; i < 10; i++) {
                if (ask(instances.get(i % 3), "acme", "10.0.0." + address) instanceof LimitDecision.Admitted) {
                    admitted++;
                }
            }
        }
        assertThat(admitted).as("five for each of six addresses").isEqualTo(30);

        var wide = instances
                .getFirst()
                .claim("platform/wide", "acme", 1)
                .allowance()
                .place();
        long deadline = System.nanoTime() + Instance.PATIENCE.toNanos();
        while (Instance.join(instances.getFirst().engine.store().look(List.of(wide)))
                        .getFirst()
                        .used()
                > 30 * Quota.MICROS) {
            assertThat(System.nanoTime()).as("waiting until all is given back").isLessThan(deadline);
        }
        int left = 0;
        while (instances.getFirst().admits("platform/wide", "acme", 1)) {
            left++;
        }
        assertThat(left).as("the refused drew on nothing").isEqualTo(70);
    }

    @Test
    void allInstancesCountTogetherOnEveryNode() {
        for (int tenant = 0; tenant < 12; tenant++) {
            int admitted = 0;
            for (int i = 0; i < 12; i++) {
                if (instances.get(i % 3).admits("platform/narrow", "tenant-" + tenant, 1)) {
                    admitted++;
                }
            }
            assertThat(admitted).as("tenant %s", tenant).isEqualTo(5);
        }
    }
}

package io.headgate.ratelimit;

import static io.headgate.ratelimit.Instance.quota;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four hundred at once, all on one bucket, over three instances. */
class HotKeyTest {

    private static final String LIMIT = "platform/hot";
    private static final int REQUESTS = 400;

    @ParameterizedTest
    @EnumSource(Mode.class)
    void nobodyIsRefusedWhileTokensAreLeftAndNobodyWaitsInVain(Mode mode) {
        Quota quota = quota(1, 86_400, 1_000);
        String prefix = "test-" + UUID.randomUUID();
        var book = new AtomicReference<>(new LimitBook(List.of(Instance.limit(LIMIT, quota, mode))));
        List<Instance> instances = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            instances.add(new Instance(name, Instance.settings(prefix), book, System::nanoTime)
                    .on(Redises.store(prefix, () -> 0)));
        }
        instances.forEach(Instance::beat);

        long first = admittedOfFourHundred(instances);
        long second = admittedOfFourHundred(instances);
        long third = admittedOfFourHundred(instances);

        assertThat(first).isEqualTo(REQUESTS);
        assertThat(second).isEqualTo(REQUESTS);
        long stranded = mode == Mode.EXACT ? 0 : quota.burst() * 5 / 100;
        assertThat(third).isBetween(200 - stranded, 200L);
        instances.forEach(instance -> {
            assertThat(instance.count(LIMIT, "admitted-locally")).isZero();
            assertThat(instance.count(LIMIT, "refused-locally")).isZero();
        });
    }

    private static long admittedOfFourHundred(List<Instance> instances) {
        var start = new CountDownLatch(1);
        List<CompletableFuture<LimitDecision>> decisions = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            Instance instance = instances.get(i % instances.size());
            var decision = new CompletableFuture<LimitDecision>();
            decisions.add(decision);
            Thread.startVirtualThread(() -> {
                try {
                    start.await();
                    decision.complete(instance.ask(LIMIT, "acme", 1));
                } catch (InterruptedException | RuntimeException | AssertionError e) {
                    decision.completeExceptionally(e);
                }
            });
        }
        start.countDown();
        return decisions.stream()
                .map(Instance::join)
                .filter(LimitDecision.Admitted.class::isInstance)
                .count();
    }
}

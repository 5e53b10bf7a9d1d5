package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Several limits of different modes on one request. */
class MixedLimitsTest {

    private static final RateLimit LEASED =
            Instance.limit("platform/leased", Instance.quota(1, 86_400, 200), Mode.LEASED);
    private static final RateLimit EXACT = Instance.limit("platform/exact", Instance.quota(1, 86_400, 5), Mode.EXACT);
    private static final RateLimit OFF =
            Instance.limit("platform/off", Instance.quota(1, 86_400, 1), Mode.EXACT, OnStoreDown.DENY, Enforcement.OFF);
    private static final RateLimit DENY = Instance.limit(
            "platform/deny", Instance.quota(1, 86_400, 5), Mode.EXACT, OnStoreDown.DENY, Enforcement.ENFORCE);

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final AtomicReference<LimitBook> book =
            new AtomicReference<>(new LimitBook(List.of(LEASED, EXACT, OFF, DENY)));
    private final Instance instance =
            new Instance("a", Instance.settings(prefix), book, time::nanos).on(Redises.store(prefix, time::micros));

    private static LimitDecision ask(Instance instance, String... limits) {
        return Instance.join(instance.engine
                .limits()
                .decide(java.util.Arrays.stream(limits)
                        .map(limit -> instance.claim(limit, "acme", 1))
                        .toList()));
    }

    @Test
    void whatOneRefusesTheOthersDoNotCountLeasedOrNot() {
        int admitted = 0;
        for (int i = 0; i < 40; i++) {
            if (ask(instance, "platform/leased", "platform/exact") instanceof LimitDecision.Admitted) {
                admitted++;
            }
        }
        assertThat(admitted).isEqualTo(5);

        int left = 0;
        while (instance.admits("platform/leased", "acme", 1)) {
            left++;
        }
        assertThat(left).isEqualTo(195);
    }

    @Test
    void namesEachLimitThatIsViolatedAndTheLongestWait() {
        for (int i = 0; i < 5; i++) {
            ask(instance, "platform/exact");
        }

        LimitDecision refused = ask(instance, "platform/leased", "platform/exact");

        assertThat(refused).isInstanceOfSatisfying(LimitDecision.Refused.class, it -> {
            assertThat(it.violated()).containsExactly(EXACT.id());
            assertThat(it.retryAfter()).isEqualTo(Duration.ofDays(1));
        });
    }

    @Test
    void aLimitThatIsOffTakesNothingAndIsToldOfTraffic() {
        for (int i = 0; i < 3; i++) {
            assertThat(ask(instance, "platform/off")).isEqualTo(new LimitDecision.Admitted(List.of()));
        }

        assertThat(instance.engine.parts().traffic().collect().getLast().rows())
                .singleElement()
                .satisfies(row -> assertThat(row.total()).isEqualTo(3));
    }

    @Test
    void withoutAStoreNothingIsTakenOfTheOthersEither() {
        var alone = new Instance("b", Instance.settings(prefix), book, time::nanos);

        for (int i = 0; i < 10; i++) {
            assertThat(ask(alone, "platform/exact", "platform/deny"))
                    .isEqualTo(new LimitDecision.Unavailable(List.of(ResourceId.parse("platform/deny"))));
        }

        int left = 0;
        while (alone.admits("platform/exact", "acme", 1)) {
            left++;
        }
        assertThat(left).isEqualTo(5);
    }

    @Test
    void aLeaseThatIsUsedUpTellsTheTrueWait() {
        book.set(new LimitBook(List.of(Instance.limit("platform/leased", Instance.quota(60, 60, 100), Mode.LEASED))));
        while (instance.admits("platform/leased", "acme", 1)) {
            // all that is to be had
        }
        LimitDecision refused = instance.ask("platform/leased", "acme", 1);
        assertThat(refused).isInstanceOf(LimitDecision.Refused.class);
        Duration wait = ((LimitDecision.Refused) refused).retryAfter();
        assertThat(wait).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));

        time.advance(wait);

        assertThat(instance.admits("platform/leased", "acme", 1)).isTrue();
    }
}

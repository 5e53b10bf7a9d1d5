package io.headgate.ratelimit;

import static io.headgate.ratelimit.Instance.quota;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bound over three instances on one real Redis, by a log of all they admitted. */
class ThreeInstancesTest {

    private static final String LIMIT = "platform/tenant-default";

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final AtomicReference<LimitBook> book = new AtomicReference<>(LimitBook.EMPTY);
    private final List<Instance> instances = new ArrayList<>();
    private final Checker checker = new Checker();
    private final Random random = new Random(42);

    private void start(Quota quota, Mode mode) {
        change(quota, mode);
        for (String name : List.of("a", "b", "c")) {
            long clockOff = instances.size() * 5_000_000_000L; // no two machines have the same idea of now
            instances.add(new Instance(name, Instance.settings(prefix), book, () -> time.nanos() + clockOff)
                    .on(Redises.store(prefix, time::micros)));
        }
        instances.forEach(Instance::beat);
    }

    private void change(Quota quota, Mode mode) {
        book.set(new LimitBook(List.of(Instance.limit(LIMIT, quota, mode))));
    }

    private boolean ask(Instance instance, long cost) {
        boolean admitted = instance.admits(LIMIT, "acme", cost);
        if (admitted) {
            checker.admitted(time.micros(), cost);
        }
        return admitted;
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void admitNoMoreThanBurstAndRateInAnyWindowHoweverTrafficMoves(Mode mode) {
        Quota quota = quota(500, 10, 400);
        start(quota, mode);

        for (int i = 0; i < 4_000; i++) {
            ask(instances.get(random.nextInt(3)), 1 + random.nextInt(3));
            if (random.nextInt(4) == 0) {
                time.advance(Duration.ofNanos(random.nextInt(60_000_000)));
            }
            if (random.nextInt(50) == 0) {
                instances.get(random.nextInt(3)).sweep();
            }
            if (random.nextInt(500) == 0) {
                time.advance(Duration.ofSeconds(random.nextInt(12)));
            }
        }

        checker.holds(quota, 0);
        assertThat(checker.total()).as("tokens admitted").isGreaterThan(quota.burst());
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void useAtLeastNinetyFivePerCentOfTheQuotaUnderALoadThatOneOfThemGets(Mode mode) {
        Quota quota = quota(1_000, 10, 1_000);
        start(quota, mode);
        instances.forEach(instance -> ask(instance, 1)); // each holds a lease, and two of them never need it

        long began = time.micros();
        for (int step = 0; step < 3_000; step++) {
            time.advance(Duration.ofMillis(10));
            while (ask(instances.getFirst(), 1)) {
                // all that is to be had
            }
        }

        checker.holds(quota, 0);
        long ideal = Checker.ideal(quota, time.micros() - began);
        assertThat(checker.total()).isBetween(ideal * 95 / 100, ideal + 3);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void carryOverWhatIsUsedUpWhenTheLimitIsLoweredAndRaised(Mode mode) {
        Quota wide = quota(600, 60, 600);
        start(wide, mode);
        for (int i = 0; i < 300; i++) {
            assertThat(ask(instances.get(i % 3), 1)).as("request %s of 300", i).isTrue();
        }

        change(quota(600, 60, 400), mode);
        instances.forEach(Instance::sweep);
        assertThat(takeAll()).as("left of 400 when 300 are used").isBetween(95L, 100L);

        change(quota(600, 60, 100), mode);
        instances.forEach(Instance::sweep);
        assertThat(takeAll()).as("left of 100 when 400 are used").isZero();

        change(quota(600, 60, 1_000), mode);
        instances.forEach(Instance::sweep);
        assertThat(takeAll()).as("left of 1,000 when 400 are used").isBetween(590L, 605L);
    }

    private long takeAll() {
        long before = checker.total();
        for (Instance instance : instances) {
            while (ask(instance, 1)) {
                // all that is to be had
            }
        }
        return checker.total() - before;
    }

    @Test
    void getBackWhatAnInstanceHeldThatWasKilled() {
        Quota quota = quota(1, 86_400, 600);
        start(quota, Mode.LEASED);
        ask(instances.get(2), 1);
        Instance killed = instances.removeLast();
        long held = held(killed);
        assertThat(held).isPositive();
        long taken = takeAll();
        assertThat(taken).isEqualTo(600 - 1 - held);

        time.advance(Duration.ofSeconds(6));

        assertThat(held(killed)).as("what it can still spend").isZero();
        checker.holds(quota, 0);
        time.advance(Duration.ofDays(3));
        assertThat(ask(instances.getFirst(), 1)).as("earned back").isTrue();
    }

    private static long held(Instance instance) {
        return instance.claim(LIMIT, "acme", 1).allowance().lease().held();
    }

    @Test
    void returnALeaseThatNobodyUses() {
        start(quota(1, 86_400, 600), Mode.LEASED);
        ask(instances.get(2), 1);
        long held = held(instances.get(2));

        time.advance(Duration.ofSeconds(2));
        instances.get(2).sweep();

        assertThat(held(instances.get(2))).isZero();
        assertThat(takeAll()).as("all but the one that was spent").isEqualTo(599);
        assertThat(held).isPositive();
    }

    @Test
    void spendALeaseWithoutAskingRedis() {
        start(quota(100_000, 60, 60_000), Mode.LEASED);
        for (int i = 0; i < 3_000; i++) {
            assertThat(ask(instances.getFirst(), 1)).isTrue();
        }

        long settled =
                instances.getFirst().meters.find("headgate.limits.store").tag("question", "settle").timers().stream()
                        .mapToLong(Timer::count)
                        .sum();
        assertThat(settled).as("questions for 3,000 requests").isBetween(3L, 10L);
    }
}

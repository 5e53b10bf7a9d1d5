package io.headgate.ratelimit;

import static io.headgate.ratelimit.Instance.limit;
import static io.headgate.ratelimit.Instance.quota;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redis killed, paused, slow, emptied, and never there; in real time, with a quota of which nothing is earned back. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // it waits for servers that others keep busy
class OutageTest {

    private static final Quota QUOTA = quota(1, 86_400, 300);
    /** Longer than a busy machine takes to answer, and shorter than what is slow here. */
    private static final Duration BUDGET = Duration.ofSeconds(1);

    private static final Duration DELAY = BUDGET.multipliedBy(2);
    private static final String LOCAL = "platform/local";
    private static final String LEASED = "platform/leased";
    private static final String DENY = "platform/deny";
    private static final String ALLOW = "platform/allow";

    private final String prefix = "test-" + UUID.randomUUID();
    private final LocalRedis redis = LocalRedis.startPrivate();
    private final SlowProxy proxy = new SlowProxy(redis.port());
    private final RedissonClient client = client(proxy.url());
    private final AtomicReference<LimitBook> book = new AtomicReference<>(new LimitBook(List.of(
            limit(LOCAL, QUOTA, Mode.EXACT, OnStoreDown.LOCAL, Enforcement.ENFORCE),
            limit(LEASED, QUOTA, Mode.LEASED, OnStoreDown.LOCAL, Enforcement.ENFORCE),
            limit(DENY, QUOTA, Mode.EXACT, OnStoreDown.DENY, Enforcement.ENFORCE),
            limit(ALLOW, QUOTA, Mode.EXACT, OnStoreDown.ALLOW, Enforcement.ENFORCE))));
    private final Instance instance = new Instance("a", Instance.settings(prefix, BUDGET), book, System::nanoTime);
    private final Checker checker = new Checker();

    private static RedissonClient client(String url) {
        var config = new Config().setCodec(StringCodec.INSTANCE).setThreads(2).setNettyThreads(2);
        config.useSingleServer()
                .setAddress(url)
                .setTimeout(3_000)
                .setRetryAttempts(0)
                .setConnectTimeout(1_000)
                .setConnectionPoolSize(4)
                .setConnectionMinimumIdleSize(1);
        return Redisson.create(config);
    }

    @BeforeEach
    void connect() {
        instance.engine.store().use(new RedisStore(client, prefix, false, () -> 0));
        awaitUp();
    }

    @AfterEach
    void stop() {
        client.shutdown();
        proxy.close();
        redis.resume();
        redis.stop();
    }

    /** As the housekeeping does, until Redis answers. */
    private void awaitUp() {
        Instance.await("the store is up", instance::isUpAfterBeat);
    }

    private int takeAll(String limit) {
        int admitted = 0;
        while (instance.ask(limit, "acme", 1) instanceof LimitDecision.Admitted) {
            checker.admitted(0, 1);
            admitted++;
            assertThat(admitted).as("admitted of " + limit).isLessThan(2_000);
        }
        return admitted;
    }

    private void take(String limit, int requests) {
        for (int i = 0; i < requests; i++) {
            assertThat(instance.ask(limit, "acme", 1)).isInstanceOf(LimitDecision.Admitted.class);
            checker.admitted(0, 1);
        }
    }

    private void awaitDown() {
        Instance.await("the store counts as away", () -> {
            instance.ask(ALLOW, "probe", 1);
            return !instance.engine.store().isUp();
        });
    }

    enum Fault {
        KILLED {
            @Override
            void begin(OutageTest test) {
                test.redis.kill();
            }

            @Override
            void end(OutageTest test) {
                test.redis.start();
            }
        },
        PAUSED {
            @Override
            void begin(OutageTest test) {
                test.redis.pause();
            }

            @Override
            void end(OutageTest test) {
                test.redis.resume();
            }
        },
        SLOW {
            @Override
            void begin(OutageTest test) {
                test.proxy.delay(DELAY);
            }

            @Override
            void end(OutageTest test) {
                test.proxy.delay(Duration.ZERO);
            }
        };

        abstract void begin(OutageTest test);

        abstract void end(OutageTest test);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void goesOnByItsShareAndThereIsNoBurstWhenRedisIsBack(Fault fault) {
        take(LOCAL, 100);
        fault.begin(this);
        awaitDown();

        take(LOCAL, 50);
        fault.end(this);
        awaitUp();
        int after = takeAll(LOCAL);

        assertThat(after).as("what was left of 300").isLessThanOrEqualTo(150);
        checker.holds(QUOTA, 0);
        assertThat(instance.count(LOCAL, "admitted-locally")).isGreaterThanOrEqualTo(50);
        assertThat(instance.count(LOCAL, "admitted")).isPositive();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void spendsItsLeaseAndThenItsShare(Fault fault) {
        take(LEASED, 20);
        fault.begin(this);
        awaitDown();

        int during = takeAll(LEASED);

        assertThat(during).isGreaterThan(200);
        checker.holds(QUOTA, 0);
        fault.end(this);
        awaitUp();
        takeAll(LEASED);
        checker.holds(QUOTA, 0);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void followsEachLimitsRule(Fault fault) {
        fault.begin(this);
        awaitDown();

        assertThat(instance.ask(DENY, "acme", 1))
                .isEqualTo(new LimitDecision.Unavailable(List.of(io.headgate.api.ResourceId.parse(DENY))));
        for (int i = 0; i < 400; i++) {
            assertThat(instance.ask(ALLOW, "acme", 1)).isInstanceOf(LimitDecision.Admitted.class);
        }
        assertThat(instance.count(ALLOW, "admitted-uncounted")).isGreaterThanOrEqualTo(400);
        assertThat(instance.count(DENY, "unavailable")).isEqualTo(1);

        fault.end(this);
        awaitUp();
        assertThat(instance.ask(ALLOW, "acme", 1))
                .as("what was let through is made good")
                .isInstanceOf(LimitDecision.Refused.class);
        assertThat(instance.ask(DENY, "acme", 1)).isInstanceOf(LimitDecision.Admitted.class);
    }

    @Test
    void asksNoMoreThanAFewTimesWhileRedisIsSlow() {
        proxy.delay(DELAY);

        for (int i = 0; i < 50; i++) {
            instance.ask(LOCAL, "acme", 1);
        }

        long unanswered = instance.meters.find("headgate.limits.store").tag("question", "take").timers().stream()
                .filter(timer -> "unanswered".equals(timer.getId().getTag("outcome")))
                .mapToLong(io.micrometer.core.instrument.Timer::count)
                .sum();
        assertThat(unanswered).as("requests that waited for Redis").isEqualTo(3);
        assertThat(instance.engine.insight().state().path("store").stringValue())
                .isEqualTo("away");
    }

    @Test
    void anEmptiedRedisIsToldWhatWasUsedUp() {
        take(LOCAL, 200);
        take(LEASED, 200);

        redis.ask("FLUSHALL");

        assertThat(takeAll(LOCAL)).isEqualTo(100);
        assertThat(takeAll(LEASED)).as("a lease may count twice").isBetween(85, 100);
    }

    @Test
    void anEmptiedRedisCostsOneMoreBurstAtMostWhereAnInstanceAsksThatKnowsNothing() {
        take(LOCAL, 300);
        var fresh = new Instance("b", Instance.settings(prefix), book, System::nanoTime)
                .on(new RedisStore(client, prefix, false, () -> 0));

        redis.ask("FLUSHALL");

        int again = 0;
        while (fresh.admits(LOCAL, "acme", 1)) {
            again++;
        }
        assertThat(again).isEqualTo(300);
        assertThat(instance.admits(LOCAL, "acme", 1)).isFalse();
    }

    @Test
    void limitsByItselfWhereRedisNeverWas() {
        var alone = new Instance("b", Instance.settings(prefix), book, System::nanoTime);

        int admitted = 0;
        while (alone.admits(LOCAL, "acme", 1)) {
            admitted++;
        }

        assertThat(admitted).isEqualTo(300);
    }
}

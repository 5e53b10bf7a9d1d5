package io.headgate.ratelimit;

import static io.headgate.ratelimit.Instance.join;
import static io.headgate.ratelimit.Instance.quota;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.SharedStack;
import io.headgate.ratelimit.Store.Approach;
import io.headgate.ratelimit.Store.Memory;
import io.headgate.ratelimit.Store.Place;
import io.headgate.ratelimit.Store.Settled;
import io.headgate.ratelimit.Store.Settlement;
import io.headgate.ratelimit.Store.Standing;
import io.headgate.ratelimit.Store.Take;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arithmetic, on a real Redis and a time that the test moves. */
class BucketScriptsTest {

    private static final Duration LIFETIME = Duration.ofSeconds(5);

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final Store store = Redises.store(prefix, time::micros);

    private Place place(String key, Quota quota) {
        return Allowance.place(prefix, "acme", "platform/x", key, quota);
    }

    private Standing take(Place place, long cost) {
        return join(store.take(List.of(new Take(place, cost * Quota.MICROS, true, Memory.NONE))))
                .getFirst();
    }

    private Settled settle(Place place, String holder, long sequence, long held, long returned, long need) {
        return join(store.settle(new Settlement(
                place,
                Memory.NONE,
                holder,
                sequence,
                held * Quota.MICROS,
                returned * Quota.MICROS,
                need * Quota.MICROS,
                0,
                LIFETIME)));
    }

    @Test
    void aBucketStartsFullAndRefusesWhatItDoesNotHold() {
        Place place = place("full", quota(10, 1, 5));

        for (int left = 4; left >= 0; left--) {
            assertThat(take(place, 1)).returns(true, Standing::fits).returns(left * Quota.MICROS, Standing::remaining);
        }
        assertThat(take(place, 1)).returns(false, Standing::fits).returns(100_000L, Standing::waitMicros);
    }

    /** The wait is true to the microsecond: one earlier is too early. */
    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 60, 599, 86_399})
    void whoeverWaitsAsLongAsToldIsLetInAndWhoeverWaitsLessIsNot(long seconds) {
        Place place = place("wait-" + seconds, quota(7, seconds, 3));
        take(place, 3);
        time.advance(Duration.ofNanos(seconds * 31_415_000));
        Standing refused = take(place, 2);
        assertThat(refused.fits()).isFalse();
        assertThat(refused.waitMicros()).isPositive();

        time.advance(Duration.ofNanos((refused.waitMicros() - 1) * 1_000));
        assertThat(take(place, 2).fits()).as("a microsecond too early").isFalse();
        time.advance(Duration.ofNanos(1_000));
        assertThat(take(place, 2).fits()).as("in time").isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noBucketEverAdmitsMoreThanItsBoundNorRefusesWhatItHasRoomFor(long seed) {
        Random random = new Random(seed);
        Quota quota = quota(
                1 + random.nextInt(random.nextBoolean() ? 20 : 10_000_000),
                1 + random.nextInt(random.nextBoolean() ? 60 : 2_678_400),
                1 + random.nextInt(random.nextBoolean() ? 20 : 1_000_000));
        Place place = place("bound-" + seed, quota);
        Checker checker = new Checker();
        for (int i = 0; i < 250; i++) {
            long cost = 1 + random.nextLong(Math.max(1, quota.burst() / 5));
            while (take(place, cost).fits()) {
                checker.admitted(time.micros(), cost);
            }
            checker.holdsAfterRefusal(quota, time.micros(), cost);
            time.advance(Duration.ofNanos(random.nextLong(2_000_000_000L)));
        }

        checker.holds(quota, 0);
    }

    @Test
    void aRefusedRequestTakesFromNoneOfItsBuckets() {
        Place wide = place("wide", quota(1, 60, 10));
        Place narrow = place("narrow", quota(1, 60, 1));
        take(narrow, 1);

        List<Standing> standings = join(store.take(List.of(
                new Take(wide, Quota.MICROS, true, Memory.NONE), new Take(narrow, Quota.MICROS, true, Memory.NONE))));

        assertThat(standings).extracting(Standing::fits).containsExactly(true, false);
        assertThat(take(wide, 1).remaining()).isEqualTo(9 * Quota.MICROS);
    }

    @Test
    void aBucketInTheShadowRefusesNobody() {
        Place shadow = place("shadow", quota(1, 60, 1));
        Place real = place("real", quota(1, 60, 10));
        take(shadow, 1);

        List<Standing> standings = join(store.take(List.of(
                new Take(shadow, Quota.MICROS, false, Memory.NONE), new Take(real, Quota.MICROS, true, Memory.NONE))));

        assertThat(standings).extracting(Standing::fits).containsExactly(false, true);
        assertThat(take(real, 1).remaining()).isEqualTo(8 * Quota.MICROS);
    }

    @Test
    void aRefundIsAsIfNothingHadBeenTaken() {
        Place place = place("refund", quota(1, 60, 10));
        take(place, 4);

        join(store.refund(List.of(new Take(place, 3 * Quota.MICROS, true, Memory.NONE))));

        assertThat(take(place, 1).remaining()).isEqualTo(8 * Quota.MICROS);
    }

    @Test
    void aFasterRateCountsFromWhenItIsFirstSeen() {
        Place slow = place("tuned", quota(1, 86_400, 10));
        Place fast = place("tuned", quota(10, 1, 10));
        take(slow, 10);
        time.advance(Duration.ofHours(1));

        assertThat(take(fast, 1).fits())
                .as("nothing was earned at the new rate yet")
                .isFalse();
        time.advance(Duration.ofMillis(100));
        assertThat(take(fast, 1).fits()).isTrue();
    }

    @Test
    void whatIsHeldAheadCountsAgainstTheBurstHoweverLongItIsHeld() {
        Place place = place("held", quota(10, 1, 10));
        assertThat(settle(place, "a", 1, 0, 0, 6).granted()).isEqualTo(6 * Quota.MICROS);
        time.advance(Duration.ofSeconds(4));

        assertThat(take(place, 5).fits())
                .as("beside six that may come at any time")
                .isFalse();
        assertThat(take(place, 4).fits()).isTrue();
    }

    @Test
    void whatComesBackUnspentIsFreeAndWhatWasSpentIsEarnedBack() {
        Place place = place("settled", quota(10, 1, 10));
        settle(place, "a", 1, 0, 0, 6);

        Settled settled = settle(place, "a", 2, 0, 4, 0);

        assertThat(settled.standing().remaining()).isEqualTo(8 * Quota.MICROS);
        time.advance(Duration.ofMillis(200));
        assertThat(take(place, 10).fits()).isTrue();
    }

    @Test
    void whatIsNotHeardOfAnyMoreCountsAsSpentWhenItsTimeIsOver() {
        Place place = place("lost", quota(1, 1, 10));
        settle(place, "a", 1, 0, 0, 6);
        time.advance(LIFETIME);

        assertThat(take(place, 5).fits())
                .as("it may have been spent at the last moment")
                .isFalse();
        time.advance(Duration.ofSeconds(6));
        assertThat(take(place, 10).fits()).isTrue();
    }

    @Test
    void aMessageThatWasOvertakenChangesNothing() {
        Place place = place("overtaken", quota(1, 60, 10));
        settle(place, "a", 2, 0, 0, 6);

        Settled late = settle(place, "a", 1, 0, 0, 4);

        assertThat(late.isCurrent()).isFalse();
        assertThat(late.granted()).isZero();
        assertThat(take(place, 4).fits()).isTrue();
    }

    @Test
    void aLeaseThatTheStoreHasForgottenCountsAgain() {
        Place place = place("forgotten", quota(1, 60, 10));
        settle(place, "a", 1, 0, 0, 6);
        SharedStack.redis().ask("DEL", place.key());

        settle(place, "a", 2, 6, 0, 0);

        assertThat(take(place, 5).fits()).isFalse();
        assertThat(take(place, 4).fits()).isTrue();
    }

    @Test
    void whatWasAdmittedMeanwhileIsMadeGoodButNeverMoreThanTheBurst() {
        Place place = place("debit", quota(1, 60, 10));

        Standing after = join(store.take(List.of(new Take(place, Quota.MICROS, true, new Memory(7 * Quota.MICROS, 0)))))
                .getFirst();
        assertThat(after.remaining()).isEqualTo(2 * Quota.MICROS);

        Standing full = join(store.take(
                        List.of(new Take(place, Quota.MICROS, true, new Memory(1_000 * Quota.MICROS, 0)))))
                .getFirst();
        assertThat(full).returns(false, Standing::fits).returns(60_000_000L, Standing::waitMicros);
    }

    @Test
    void whatIsRememberedCountsWhereTheBucketWasLostAndOnlyThere() {
        Place place = place("memory", quota(1, 60, 10));
        var memory = new Memory(0, 6 * Quota.MICROS);

        assertThat(join(store.take(List.of(new Take(place, Quota.MICROS, true, memory))))
                        .getFirst()
                        .remaining())
                .isEqualTo(3 * Quota.MICROS);
        assertThat(join(store.take(List.of(new Take(place, Quota.MICROS, true, memory))))
                        .getFirst()
                        .remaining())
                .isEqualTo(2 * Quota.MICROS);
    }

    @Test
    void tellsOnceInAWindowThatMostIsUsed() {
        Place place = place("told", quota(100, 60, 100));
        time.advance(Duration.ofNanos((60_000_000 - time.micros() % 60_000_000) * 1_000));

        assertThat(take(place, 79).approach()).isEqualTo(Approach.NONE);
        assertThat(take(place, 2).approach()).isEqualTo(Approach.EIGHTY);
        assertThat(take(place, 1).approach()).isEqualTo(Approach.NONE);
        assertThat(take(place, 14).approach()).isEqualTo(Approach.NINETY_FIVE);
        assertThat(take(place, 1).approach()).isEqualTo(Approach.NONE);
        time.advance(Duration.ofSeconds(60));
        assertThat(take(place, 96).approach()).isEqualTo(Approach.NINETY_FIVE);
    }

    @Test
    void aBucketIsForgottenWhenItIsFullAgain() {
        Place place = place("ttl", quota(1, 60, 10));
        take(place, 10);

        long left = Long.parseLong(SharedStack.redis().ask("PTTL", place.key()));

        assertThat(left).isBetween(300_000L, 660_000L);
    }

    @Test
    void scriptsThatRedisHasLostAreSentAgain() {
        Place place = place("scripts", quota(1, 60, 10));
        take(place, 1);

        SharedStack.redis().ask("SCRIPT", "FLUSH");

        assertThat(take(place, 1).remaining()).isEqualTo(8 * Quota.MICROS);
    }

    @Test
    void timeThatRunsBackwardsEarnsNothing() {
        Place place = place("backwards", quota(10, 1, 10));
        take(place, 10);
        time.advance(Duration.ofSeconds(-5));

        assertThat(take(place, 1).fits()).isFalse();
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.Store.Approach;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class AllowanceTest {

    private static final String LIMIT = "platform/limit";
    private static final Quota QUOTA = new Quota(1, Duration.ofDays(1), 300);

    private final Allowance allowance = new Instance(
                    "a",
                    Instance.settings("none"),
                    new AtomicReference<>(new LimitBook(List.of(Instance.limit(LIMIT, QUOTA, Mode.LEASED)))),
                    () -> 0)
            .claim(LIMIT, "acme", 1)
            .allowance();

    private void storeSays(Store.Memory told, long remaining) {
        allowance.told(told, new Store.Standing(true, remaining * Quota.MICROS, 0, 0, Approach.NONE));
    }

    private long debit() {
        return allowance.tell().debit() / Quota.MICROS;
    }

    @Test
    void whatWasAdmittedStandsInOneQuestionAtATimeAndInTheNextWhereThatWasInVain() {
        allowance.share(1).take(5);
        Store.Memory told = allowance.tell();
        allowance.share(1).take(3);

        assertThat(told.debit()).isEqualTo(5 * Quota.MICROS);
        assertThat(debit()).isZero();
        allowance.untold(told);
        assertThat(debit()).isEqualTo(8);
    }

    @Test
    void aShareThatIsUsedUpStaysSoWhileTheStoreIsAsked() {
        allowance.share(2).take(150);
        allowance.tell();

        assertThat(allowance.share(2).take(1)).isFalse();
    }

    @Test
    void aShareBeginsAgainFromWhatTheStoreSaidLast() {
        allowance.share(2).take(5);
        Store.Memory told = allowance.tell();
        allowance.share(2).take(1);
        storeSays(told, 100);

        assertThat(allowance.share(2).remaining()).isEqualTo(150 - 200 / 2 - 1);
        assertThat(debit()).isEqualTo(1);
    }

    @Test
    void whatTheStoreSaysMakesNothingThatItWasNotToldOfForgotten() {
        storeSays(Store.Memory.NONE, 290);
        allowance.share(2).take(20);
        storeSays(Store.Memory.NONE, 200);

        assertThat(debit()).isEqualTo(20);
    }

    @Test
    void whatIsTakenFromAShareThatWasReplacedIsCounted() {
        LocalShare replaced = allowance.share(2);
        storeSays(Store.Memory.NONE, 100);
        allowance.share(2);
        replaced.take(4);
        allowance.tookFrom(replaced, 4);

        assertThat(debit()).isEqualTo(4);
    }

    @Test
    void whatIsEarnedMeanwhileIsNoDebt() {
        var hour = new Quota(3_600, Duration.ofHours(1), 300);
        var now = new AtomicLong();
        var share = new LocalShare(hour, 2, new Allowance.Known(0, 0), 100 * Quota.MICROS, now::get);
        now.set(Duration.ofMillis(700).toNanos());

        assertThat(share.admitted()).isZero();
    }
}

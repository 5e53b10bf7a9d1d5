package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.Store.Approach;
import java.time.Duration;
import java.util.List;
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

    private void storeSays(long remaining) {
        allowance.saw(new Store.Standing(true, remaining * Quota.MICROS, 0, 0, Approach.NONE));
    }

    private long debit() {
        return allowance.memory(allowance.detachShare()).debit() / Quota.MICROS;
    }

    @Test
    void whatWasAdmittedWhileTheStoreWasAskedInVainIsMadeGoodWithWhatItWasToldOf() {
        allowance.share(1).take(5);
        LocalShare told = allowance.detachShare();
        allowance.share(1).take(3);
        allowance.attachShare(told);

        assertThat(debit()).isEqualTo(8);
    }

    @Test
    void aShareBeginsAgainFromWhatTheStoreSaidLast() {
        LocalShare told = allowance.share(2);
        told.take(5);
        allowance.detachShare();
        allowance.share(2).take(1); // while the store is told of the five
        storeSays(100);

        assertThat(allowance.share(2).remaining()).isEqualTo(150 - 200 / 2 - 1);
        assertThat(debit()).isEqualTo(1);
    }

    @Test
    void whatTheStoreSaysMakesNothingThatWasAdmittedHereForgotten() {
        storeSays(290);
        allowance.share(2).take(20);
        storeSays(200);

        assertThat(debit()).isEqualTo(20);
    }

    @Test
    void whatIsTakenFromAShareThatWasReplacedIsCounted() {
        LocalShare replaced = allowance.share(2);
        allowance.detachShare();
        replaced.take(4);
        allowance.tookFrom(replaced, 4);

        assertThat(debit()).isEqualTo(4);
    }
}

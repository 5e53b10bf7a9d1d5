package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllowanceTest {

    private static final String LIMIT = "platform/limit";
    private static final Quota QUOTA = new Quota(1, Duration.ofDays(1), 300);

    @Test
    void whatWasAdmittedWhileTheStoreWasAskedInVainIsMadeGoodWithWhatItWasToldOf() {
        var book = new java.util.concurrent.atomic.AtomicReference<>(
                new LimitBook(List.of(Instance.limit(LIMIT, QUOTA, Mode.LEASED))));
        var instance = new Instance("a", Instance.settings("none"), book, () -> 0);
        Allowance allowance = instance.claim(LIMIT, "acme", 1).allowance();

        allowance.share(1).take(5);
        LocalShare told = allowance.detachShare();
        allowance.share(1).take(3);
        allowance.attachShare(told);

        assertThat(allowance.memory(allowance.detachShare()).debit()).isEqualTo(8 * Quota.MICROS);
    }
}

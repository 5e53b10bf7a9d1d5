package io.headgate.ratelimit;

import static io.headgate.ratelimit.Instance.quota;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuotaTest {

    @Test
    void earningRoundsAgainstTheCallerBothWays() {
        Quota third = quota(1, 3, 10);

        assertThat(third.earnedIn(2_999_999)).isEqualTo(999_999);
        assertThat(third.microsToEarn(1_000_000)).isEqualTo(3_000_000);
        assertThat(third.microsToEarn(1)).isEqualTo(3);
        assertThat(quota(7, 1, 10).microsToEarn(1)).isEqualTo(1);
    }

    @Test
    void nothingOverflowsAtTheEdges() {
        Quota slowest = new Quota(1, Quota.MAX_WINDOW, Quota.MAX_TOKENS);
        Quota fastest = quota(Quota.MAX_TOKENS, 1, Quota.MAX_TOKENS);

        assertThat(slowest.microsToEarn(slowest.burstMicros())).isEqualTo(Quota.FOREVER);
        assertThat(slowest.earnedIn(Long.MAX_VALUE)).isBetween(1L, slowest.burstMicros());
        assertThat(fastest.microsToEarn(fastest.burstMicros())).isEqualTo(1_000_000);
        assertThat(fastest.earnedIn(Long.MAX_VALUE)).isEqualTo(fastest.burstMicros());
    }

    @Test
    void leasesAndSharesArePartsOfTheBurst() {
        assertThat(quota(600, 60, 1_000).leaseSize(3, 0.05)).isEqualTo(16);
        assertThat(quota(600, 60, 10).leaseSize(1, 0.05)).isZero();
        assertThat(quota(600, 60, 100).burstOfOne(3)).isEqualTo(33);
        assertThat(quota(600, 60, 2).burstOfOne(3)).as("never nothing").isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBeCounted() {
        assertThatThrownBy(() -> quota(0, 60, 1)).hasMessage("quota: 0 (expected: 1..10000000)");
        assertThatThrownBy(() -> quota(1, 60, 0)).hasMessageStartingWith("burst: 0");
        assertThatThrownBy(() -> new Quota(1, Duration.ofMillis(1_500), 1)).hasMessageStartingWith("window: 1500ms");
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FleetTest {

    private static final Duration LIFETIME = Duration.ofSeconds(5);

    private final AtomicLong nanos = new AtomicLong();
    private final Fleet fleet = new Fleet("a", 1, LIFETIME, 0, nanos::get, new Random(1));

    private void heard(String... instances) {
        fleet.heard(new Store.Beat(0, List.of(instances)));
    }

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void oneThatIsHeardNoMoreIsCountedOnForItsLifetime() {
        heard("a", "b");
        heard("a");
        passes(LIFETIME.minusMillis(1));
        heard("a");
        assertThat(fleet.live()).containsExactly("a", "b");

        passes(Duration.ofMillis(1));
        heard("a");
        assertThat(fleet.live()).containsExactly("a");
    }

    @Test
    void timeInWhichTheStoreIsAwaySpeaksAgainstNobody() {
        heard("a", "b");
        passes(Duration.ofHours(1));
        heard("a");
        assertThat(fleet.size()).isEqualTo(2);

        heard("a", "b");
        passes(LIFETIME);
        heard("a");
        assertThat(fleet.size()).isEqualTo(2);
    }
}

package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PositionRingTest {

    private final PositionRing ring = new PositionRing(16);

    @Test
    void anAnswerIsAsOldAsTheLastSampleThatTheNodeHasReached() {
        ring.add(100, new Lsn(10));
        ring.add(200, new Lsn(20));
        ring.add(300, new Lsn(30));

        assertThat(ring.staleness(new Lsn(20), 350)).contains(Duration.ofNanos(150));
        assertThat(ring.staleness(new Lsn(29), 350)).contains(Duration.ofNanos(150));
        assertThat(ring.staleness(new Lsn(99), 350)).contains(Duration.ofNanos(50));
        assertThat(ring.staleness(new Lsn(9), 350)).isEmpty();
    }

    @Test
    void anIdlePrimaryMakesNobodyLookOld() {
        for (int time = 0; time < 10_000; time += 100) {
            ring.add(time, new Lsn(10));
        }

        assertThat(ring.staleness(new Lsn(10), 10_000)).contains(Duration.ofNanos(100));
    }

    @Test
    void theTrailDoesNotGrowWhileThePrimaryCannotBeAsked() {
        ring.add(100, new Lsn(10));
        ring.add(200, new Lsn(20));

        assertThat(ring.trail(new Lsn(20))).contains(Duration.ZERO);
        assertThat(ring.trail(new Lsn(10))).contains(Duration.ofNanos(100));
        assertThat(ring.trail(new Lsn(5))).isEmpty();
    }

    @Test
    void remembersALongTimeInFewSamplesAndNeverMakesALagLookSmaller() {
        for (int time = 0; time <= 100; time++) {
            ring.add(time, new Lsn(time));
        }
        for (int replayed = 0; replayed <= 100; replayed++) {
            assertThat(ring.staleness(new Lsn(replayed), 100).orElseThrow())
                    .isGreaterThanOrEqualTo(Duration.ofNanos(100 - replayed));
        }
        assertThat(ring.staleness(new Lsn(100), 100)).contains(Duration.ZERO);
    }

    @Test
    void aPrimaryThatCameBackWithLessIsBelieved() {
        ring.add(100, new Lsn(10));
        ring.add(200, new Lsn(30));
        ring.add(300, new Lsn(20));

        assertThat(ring.staleness(new Lsn(20), 300)).contains(Duration.ZERO);
    }
}

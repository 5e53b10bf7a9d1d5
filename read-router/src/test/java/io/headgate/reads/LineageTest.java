package io.headgate.reads;

import static io.headgate.reads.Lineage.Judgement.HELD;
import static io.headgate.reads.Lineage.Judgement.LOST;
import static io.headgate.reads.Lineage.Judgement.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LineageTest {

    private static final long SYSTEM = 7;

    private final Lineage third = Lineage.parse(SYSTEM, 3, """
            # timeline, position, reason
            1\t0/3000100\tno recovery target specified
            2\t0/5002018\tno recovery target specified
            """, LogLayout.STANDARD);

    @Test
    void holdsItsOwnAndWhatItsAncestorsWroteBeforeItLeftThem() {
        assertThat(judge(3, "9/0")).isEqualTo(HELD);
        assertThat(judge(1, "0/3000100")).isEqualTo(HELD);
        assertThat(judge(2, "0/5002000")).isEqualTo(HELD);
    }

    @Test
    void tellsWhatAnAncestorWroteAfterwardsAsLost() {
        assertThat(judge(1, "0/3000108")).isEqualTo(LOST);
        assertThat(judge(2, "0/5002040")).isEqualTo(LOST);
    }

    @Test
    void knowsNothingOfLaterTimelinesOrOtherClusters() {
        assertThat(judge(4, "0/1")).isEqualTo(UNKNOWN);
        assertThat(third.judge(Position.of(8, 3, Lsn.ZERO))).isEqualTo(UNKNOWN);
        assertThat(third.judge(Position.of(8, 1, Lsn.ZERO))).isEqualTo(UNKNOWN);
    }

    private Lineage.Judgement judge(int timeline, String lsn) {
        return third.judge(Position.of(SYSTEM, timeline, Lsn.parse(lsn)));
    }
}

package io.headgate.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Event;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpooledEventLogTest {

    private static final Event LIMITED =
            Pipelines.event("limit.exceeded", Instant.now(), "r", Map.of("limits", List.of("a/b")));

    @TempDir
    Path disk;

    @Test
    void refusesADecisionThatFindsNoRoomAndDropsWhatIsNoProof() {
        try (Spool spool = open()) {
            var log = log(spool, "refuse");
            fill(spool);

            assertThatThrownBy(() -> log.append(Pipelines.decision(Instant.now(), "r")))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            refusal -> assertThat(refusal.problem().type()).isEqualTo(ProblemType.EVENTS_UNAVAILABLE));
            log.append(LIMITED);

            assertThat(log.refused()).isEqualTo(1);
            assertThat(log.dropped()).isEqualTo(1);
        }
    }

    @Test
    void dropsADecisionWhereTheOperatorSaysSoAndCountsIt() {
        try (Spool spool = open()) {
            var log = log(spool, "drop");
            fill(spool);

            log.append(Pipelines.decision(Instant.now(), "r"));

            assertThat(log.dropped()).isEqualTo(1);
            assertThat(log.appended()).isZero();
        }
    }

    @Test
    void refusesWhatIsTooLargeToBeKept() {
        try (Spool spool = open()) {
            var log = log(spool, "refuse");
            Event large = Pipelines.event("permission.denied", Instant.now(), "r", Map.of("x", "y".repeat(300_000)));

            assertThatThrownBy(() -> log.append(large)).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void refusesOnceTheSpoolIsClosed() {
        Spool spool = open();
        var log = log(spool, "refuse");
        spool.close();

        assertThatThrownBy(() -> log.append(Pipelines.decision(Instant.now(), "r")))
                .isInstanceOf(ProblemException.class);
    }

    private SpooledEventLog log(Spool spool, String whenFull) {
        return new SpooledEventLog(spool, Pipelines.properties(disk, "when-full", whenFull));
    }

    private Spool open() {
        return Spool.open(Pipelines.settings(Pipelines.properties(disk, "max-size", "3MB")));
    }

    /** The keeper makes segments meanwhile: full is when the bound is reached. */
    private static void fill(Spool spool) {
        while (!(spool.isFull() && spool.backlog() > 2 << 20)) {
            fill(spool, new byte[1000]);
        }
        fill(spool, new byte[1]);
    }

    private static void fill(Spool spool, byte[] event) {
        boolean taken = true;
        while (taken) {
            taken = spool.append(event);
        }
    }
}

package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HistoryTest {

    private final History history = new History();

    @Test
    void findsAReadThatMissesItsOwnWrite() {
        history.wrote(1, "a", 5);
        history.read(1, "a", 4, at(Level.RYW));
        history.read(2, "a", 4, at(Level.SESSION));

        assertThat(history.violations()).hasSize(1).first().asString().contains("own write 5");
    }

    @Test
    void findsAReadThatFallsBehindAnEarlierOneUnlessItSaidThatItMay() {
        history.read(1, "a", 5, at(Level.SESSION));
        history.read(1, "a", 4, at(Level.RYW));
        assertThat(history.violations()).isEmpty();

        history.read(1, "a", 4, at(Level.SESSION));

        assertThat(history.violations()).hasSize(1).first().asString().contains("falls behind 5");
    }

    @Test
    void excusesWhatAnAnswerSaysIsLostAndNothingAfterIt() {
        history.wrote(1, "a", 5);
        history.read(1, "a", 3, new ReadOutcome(Kind.LOST_WRITE, "primary", Level.STRONG, Optional.empty()));
        history.read(1, "a", 3, at(Level.SESSION));
        assertThat(history.violations()).isEmpty();

        history.read(1, "a", 2, at(Level.SESSION));

        assertThat(history.violations()).hasSize(1).first().asString().contains("falls behind 3");
    }

    private static ReadOutcome at(Level level) {
        return new ReadOutcome(Kind.REPLICA, "one", level, Optional.empty());
    }
}

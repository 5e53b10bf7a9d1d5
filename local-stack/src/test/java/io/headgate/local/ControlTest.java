package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {

    @TempDir
    private Path home;

    @Test
    void whoeverAsksIsToldOfAFaultInsteadOfThatNothingRuns() {
        Places places = Places.under(home);
        Control.serve(places, words -> {
            throw new IllegalStateException("broken inside");
        });

        assertThatThrownBy(() -> Control.ask(places, "start", "redis"))
                .isInstanceOf(StackException.class)
                .hasMessageContaining("start redis failed")
                .hasMessageContaining("broken inside");
    }

    @Test
    void whereNoSupervisorRunsThereIsNoAnswer() {
        assertThat(Control.ask(Places.under(home), "status")).isEmpty();
    }
}

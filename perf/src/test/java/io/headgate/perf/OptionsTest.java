package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class OptionsTest {

    @Test
    void benchesAndSettingsComeInAnyOrder() {
        var options = Options.parse(Options.BENCHES, "p1", "--rounds", "3", "P12");

        assertThat(options.benches()).containsExactly("P1", "P12");
        assertThat(options.rounds()).isEqualTo(3);
        assertThat(options.connections()).isEqualTo(64);
    }

    @Test
    void aDrillIsNoBench() {
        assertThat(Options.parse(Options.DRILLS, "Redis").benches()).containsExactly("redis");
        assertThat(Options.parse(Options.DRILLS).benches()).contains("postgres", "instance", "audit");
        assertThatThrownBy(() -> Options.parse(Options.DRILLS, "P1"))
                .hasMessageContaining("P1 (expected: audit, instance,");
    }

    @Test
    void refusesWhatItDoesNotKnowWithWhatItExpects() {
        assertThatThrownBy(() -> Options.parse(Options.BENCHES, "P99"))
                .hasMessageContaining("P99 (expected: P1, P10, P12, P2");
        assertThatThrownBy(() -> Options.parse(Options.BENCHES, "--round", "3"))
                .hasMessageContaining("--round (expected one of --rounds V");
        assertThatThrownBy(() -> Options.parse(Options.BENCHES, "--rounds"))
                .hasMessageContaining("--rounds (expected one of");
        assertThatThrownBy(() -> Options.parse(Options.BENCHES, "--rounds", "0").rounds())
                .hasMessage("--rounds: 0 (expected: 1..100)");
        assertThatThrownBy(
                        () -> Options.parse(Options.BENCHES, "--rounds", "many").rounds())
                .hasMessage("--rounds: many (expected: 1..100)");
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyTextTest {

    @Test
    void keepsWhatIsHarmless() {
        assertThat(KeyText.of("acme")).isEqualTo("acme");
        assertThat(KeyText.of("ana@example.com")).isEqualTo("ana@example.com");
    }

    @Test
    void escapesWhatWouldMeanSomethingInAKey() {
        assertThat(KeyText.of("a}b/c d")).isEqualTo("a%7db%2fc%20d");
        assertThat(KeyText.of("ü")).isEqualTo("%c3%bc");
        assertThat(KeyText.of("a%7db")).as("not the same as a}b").isEqualTo("a%257db");
    }

    @Test
    void isBoundedAndTellsLongValuesApart() {
        String one = KeyText.of("x".repeat(5_000) + "1");
        String other = KeyText.of("x".repeat(5_000) + "2");

        assertThat(one).hasSize(33).isNotEqualTo(other);
        assertThat(KeyText.of("ü".repeat(100))).hasSize(33);
    }

    @Test
    void tellsNothingOfASecret() {
        assertThat(KeyText.hash("secret")).doesNotContain("secret").isEqualTo(KeyText.hash("secret"));
    }
}

package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomeTest {
    private static final Outcome GOOD = new Outcome(
            "P1",
            "one route",
            List.of(
                    Outcome.line("bare-scg", "req/s", 12_345.6, "ratio", 1.0),
                    Outcome.line("headgate", "req/s", 20_000, "ratio", 1.62, "p99 ms", 15.25)),
            List.of("haproxy skipped: not installed"),
            true);

    @Test
    void tableHasAColumnForEveryFigureAndLeavesOutWhatWasNotMeasured() {
        assertThat(GOOD.markdown()).isEqualTo("""
                ### P1: one route

                | | req/s | ratio | p99 ms |
                |---|---:|---:|---:|
                | bare-scg | 12,346 | 1 |  |
                | headgate | 20,000 | 1.62 | 15.3 |

                - haproxy skipped: not installed
                """);
    }

    @Test
    void aBenchWithFailedRequestsSaysSoLoudly() {
        var bad = new Outcome("P1", "one route", GOOD.lines(), List.of(), false);

        assertThat(bad.markdown()).contains("**INVALID: requests failed");
    }

    @Test
    void jsonHoldsMachineSettingsAndEveryFigureUnderItsName() {
        var report = new Bench.Report(
                Instant.parse("2026-11-21T10:00:00Z"),
                new Machine("Linux", 2, "a processor", "a JVM 25"),
                Map.of("rounds", "5"),
                List.of(GOOD));

        var json = Json.read(Json.pretty(report), Map.class);

        assertThat(json)
                .containsOnlyKeys("date", "machine", "settings", "outcomes")
                .containsEntry("date", "2026-11-21T10:00:00Z");
        assertThat(Json.pretty(report))
                .contains("\"bench\" : \"P1\"", "\"ratio\" : 1.62", "\"processors\" : 2", "\"good\" : true");
    }
}

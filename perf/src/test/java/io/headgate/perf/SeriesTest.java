package io.headgate.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SeriesTest {

    @Test
    void medianIsTheMiddleOfAnOddNumberAndTheMeanOfTheTwoMiddlesOfAnEvenOne() {
        assertThat(Series.median(9, 1, 5)).isEqualTo(5);
        assertThat(Series.median(9, 1, 5, 3)).isEqualTo(4);
        assertThat(Series.median()).isNaN();
    }

    @Test
    void oneSlowRoundDoesNotMoveTheFigures() {
        assertThat(series("any", 100, 1_000, 990, 1_010, 1_000).throughput()).isEqualTo(1_000);
    }

    @Test
    void bothRatiosAreAboveOneForTheBetter() {
        var baseline = new Series("baseline", List.of(round(load(1_000, 0, 0), 80)));
        var better = new Series("better", List.of(round(load(1_500, 0, 0), 40)));

        var figures = better.beside(baseline).figures();

        assertThat(figures).containsEntry("ratio", 1.5).containsEntry("CPU ratio", 2.0);
    }

    @Test
    void oneFailedRequestMakesTheSeriesBadAndIsNamed() {
        var series = new Series("gateway", List.of(round(load(1_000, 0, 0), 80), round(load(1_000, 1, 0), 80)));

        assertThat(series.isGood()).isFalse();
        assertThat(series.trouble()).isEqualTo("gateway: 1 of 2 rounds are invalid (1 failed, first: status 502)");
    }

    @Test
    void anOpenLoopThatCouldNotSendWhatWasDueIsNoMeasurement() {
        assertThat(load(1_000, 0, 10).isGood()).isTrue();
        assertThat(load(1_000, 0, 11).isGood()).isFalse();
        assertThat(load(0, 0, 0).isGood()).isFalse();
    }

    private static Series series(String name, double... throughputs) {
        return new Series(
                name,
                DoubleStream.of(throughputs)
                        .mapToObj(throughput -> round(load((long) throughput, 0, 0), 10))
                        .toList());
    }

    private static Series.Round round(LoadResult load, double cpuMicros) {
        return new Series.Round(load, cpuMicros, 100);
    }

    private static LoadResult load(long requests, long failed, long unsent) {
        return new LoadResult(requests, failed, unsent, failed > 0 ? "status 502" : "", 1, 500, 700, 900, 950, 990, 8);
    }
}

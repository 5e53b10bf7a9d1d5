package io.headgate.perf;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** All rounds of one contestant; its figures are medians, and one bad round makes them worthless. */
record Series(String name, List<Round> rounds) {

    Series {
        rounds = List.copyOf(rounds);
    }

    /** @param cpuMicros what a request cost the contestant's process, user and kernel */
    record Round(LoadResult load, double cpuMicros, double peakMib) {}

    boolean isGood() {
        return rounds.stream().allMatch(round -> round.load().isGood());
    }

    String trouble() {
        long bad = rounds.stream().filter(round -> !round.load().isGood()).count();
        String why = rounds.stream()
                .map(Round::load)
                .filter(load -> !load.isGood())
                .map(load -> load.failed() > 0
                        ? load.failed() + " failed, first: " + load.failure()
                        : load.unsent() + " of the due requests were never sent")
                .findFirst()
                .orElse("");
        return "%s: %d of %d rounds are invalid (%s)".formatted(name, bad, rounds.size(), why);
    }

    double throughput() {
        return median(round -> round.load().throughput());
    }

    double cpuMicros() {
        return median(Round::cpuMicros);
    }

    double p50Millis() {
        return median(round -> round.load().p50() / 1e3);
    }

    double p99Millis() {
        return median(round -> round.load().p99() / 1e3);
    }

    double peakMib() {
        return rounds.stream().mapToDouble(Round::peakMib).max().orElse(0);
    }

    double generatorCpuMicros() {
        return median(round -> round.load().generatorCpuMicros());
    }

    double median(ToDoubleFunction<Round> figure) {
        return median(rounds.stream().mapToDouble(figure).toArray());
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Above 1 where this one is the better: it serves more, or the same for less CPU. */
    Outcome.Line beside(Series baseline) {
        return Outcome.line(
                name,
                "req/s",
                throughput(),
                "ratio",
                throughput() / baseline.throughput(),
                "CPU us/req",
                cpuMicros(),
                "CPU ratio",
                baseline.cpuMicros() / cpuMicros(),
                "p50 ms",
                p50Millis(),
                "p99 ms",
                p99Millis(),
                "peak RSS MiB",
                peakMib(),
                "generator us/req",
                generatorCpuMicros());
    }
}

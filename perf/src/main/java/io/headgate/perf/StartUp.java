package io.headgate.perf;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** P12: from the start of the process to the first 2xx of its readiness, without a local stack. */
final class StartUp {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private StartUp() {}

    static Outcome p12(Options options, Arena arena, HeadgateContestant headgate) throws Exception {
        var lines = new ArrayList<Outcome.Line>();
        var notes = new ArrayList<String>();
        for (Contestant contestant : List.of(headgate, Peers.BARE_GATEWAY)) {
            if (contestant.missing().isPresent()) {
                notes.add(
                        contestant.title() + " skipped: " + contestant.missing().get());
                continue;
            }
            double[] seconds = new double[options.rounds()];
            for (int i = 0; i < seconds.length; i++) {
                Contestant.Launch launch = arena.prepare(contestant, 1);
                try (OsProcess process = arena.start(contestant, launch)) {
                    seconds[i] = process.awaitReady(launch.ready(), LIMIT).toMillis() / 1e3;
                }
            }
            lines.add(Outcome.line(
                    contestant.title(),
                    "median s",
                    Series.median(seconds),
                    "least s",
                    Arrays.stream(seconds).min().orElse(Double.NaN),
                    "most s",
                    Arrays.stream(seconds).max().orElse(Double.NaN),
                    "starts",
                    seconds.length));
        }
        return new Outcome("P12", "start to ready (target: under 3 s)", lines, notes, true);
    }
}

package io.headgate.perf;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The drills' command: puts steady load on a stack, takes its parts away one after another, and counts. */
final class Drill {
    private Drill() {}

    static void main(String[] args) throws Exception {
        Bench.report(Options.DRILLS, args, Drill::run);
    }

    private static void run(Options options, Path folder, Consumer<Outcome> done) throws Exception {
        List<String> faults = options.benches().stream()
                .filter(name -> !name.equals(Options.AUDIT))
                .toList();
        if (!faults.isEmpty()) {
            FaultDrills.run(new Options(faults, options.settings()), folder, done);
        }
        if (options.benches().contains(Options.AUDIT)) {
            AuditDrill.run(options, folder, done);
        }
    }
}

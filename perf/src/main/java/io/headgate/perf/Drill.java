package io.headgate.perf;

/** The drills' command: puts steady load on a stack, takes its parts away one after another, and counts. */
final class Drill {
    private Drill() {}

    static void main(String[] args) throws Exception {
        Bench.report(Options.DRILLS, args, FaultDrills::run);
    }
}

package io.headgate.perf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * P5: what one decision of the authorization costs. It is measured where it happens, in a process that the tests of that
 * module bring along, with the libraries that the gateway runs with.
 */
final class Checks {

    private static final ModuleProcess PROCESS =
            new ModuleProcess("io.headgate.authz.CheckBench", List.of("authz", "api"));
    private static final double CACHED_P99_MICROS = 1_000;
    private static final double UNCACHED_P99_MICROS = 10_000;

    private Checks() {}

    /** A line of the process. */
    record Measured(String what, int policies, int threads, long checks, double p50, double p99, double cpu) {

        boolean isCached() {
            return what.equals("cached");
        }

        boolean isWithinTarget() {
            return p99 < (isCached() ? CACHED_P99_MICROS : UNCACHED_P99_MICROS);
        }
    }

    static Outcome p5(Options options, Path folder, List<String> java) throws Exception {
        var missing = PROCESS.missing();
        if (missing.isPresent()) {
            return new Outcome("P5", title(), List.of(), List.of(missing.get()), true);
        }
        List<Measured> measured =
                PROCESS.measure(options, folder, java, Measured.class, one -> System.err.println("  " + name(one)));
        List<String> notes = new ArrayList<>(List.of(
                "the filter from a known caller to a request that goes on; its event is built, and kept nowhere",
                "CPU is that of the whole process, with what the measuring itself costs",
                "targets: p99 under 1 ms cached, under 10 ms uncached"));
        measured.stream()
                .filter(one -> !one.isWithinTarget())
                .forEach(one -> notes.add("target **missed**: " + name(one)));
        return new Outcome("P5", title(), measured.stream().map(Checks::line).toList(), notes, measured.size() == 8);
    }

    private static String title() {
        return "one check of the authorization";
    }

    private static String name(Measured one) {
        return "%s, %d policies, %d thread%s"
                .formatted(one.what(), one.policies(), one.threads(), one.threads() == 1 ? "" : "s");
    }

    private static Outcome.Line line(Measured one) {
        return Outcome.line(
                name(one), "p50 us", one.p50(), "p99 us", one.p99(), "CPU us/check", one.cpu(), "checks", one.checks());
    }
}

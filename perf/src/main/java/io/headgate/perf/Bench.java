package io.headgate.perf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The benches' command: runs those named, prints a table for each and writes all of it to a JSON file. */
final class Bench {
    private Bench() {}

    /** What the JSON file holds. */
    record Report(Instant date, Machine machine, Map<String, String> settings, List<Outcome> outcomes) {}

    /** What runs between the reading of the command line and the report. */
    interface Runs {
        void run(Options options, Path folder, Consumer<Outcome> done) throws Exception;
    }

    static void main(String[] args) throws Exception {
        report(Options.BENCHES, args, Bench::run);
    }

    static void report(Options.Menu menu, String[] args, Runs runs) throws Exception {
        Options options;
        try {
            options = Options.parse(menu, args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Path folder = Files.createTempDirectory("headgate-bench");
        Machine machine = Machine.here();
        System.out.printf(
                "%s, %d processors (%s), %s%n", machine.os(), machine.processors(), machine.cpu(), machine.jvm());
        var outcomes = new ArrayList<Outcome>();
        runs.run(
                options,
                folder,
                outcome -> { // told at once, so that a later one that fails takes none away
                    System.out.println(outcome.markdown());
                    outcomes.add(outcome);
                });
        if (!options.text("out").isEmpty()) {
            var report = new Report(Instant.now(), machine, options.settings(), outcomes);
            Files.writeString(Path.of(options.text("out")), Json.pretty(report));
        }
        delete(folder);
        System.exit(outcomes.stream().allMatch(Outcome::good) ? 0 : 1);
    }

    private static void run(Options options, Path folder, Consumer<Outcome> done) throws Exception {
        System.out.printf(
                "shared by generator, stub backend and contestant: of the figures, CPU per request is disturbed least%n%n");
        var headgate = HeadgateContestant.find(options.text("headgate"));
        for (String bench : options.benches()) {
            System.err.println(bench);
            try (var arena = new Arena(options, folder)) {
                done.accept(run(bench, options, arena, headgate));
            }
        }
    }

    private static Outcome run(String bench, Options options, Arena arena, HeadgateContestant headgate)
            throws Exception {
        var sideBySide = new SideBySide(options, arena, headgate);
        return switch (bench) {
            case "P1" -> sideBySide.p1();
            case "P2" -> sideBySide.p2();
            case "P3" -> sideBySide.p3();
            case "P4" -> sideBySide.p4();
            case "P5" -> Checks.p5(options, arena.folder(), arena.java());
            case "P6" -> sideBySide.p6();
            case "P7" -> LiveDrills.p7(options, arena);
            case "P8" -> ReadShares.p8(options, arena);
            case "P9" -> ExportBench.p9(options, arena);
            case "P10" -> ExportBench.p10(options, arena);
            case "P12" -> StartUp.p12(options, arena, headgate);
            case "filters" -> QueryCosts.queries(options, arena.folder(), arena.java());
            case "pages" -> QueryCosts.pages(options, arena.folder(), arena.java());
            case "bodies" -> BodyDrill.run(options, arena, headgate);
            case "hits" -> HitRate.run(options, arena);
            case "clients" -> ExportClients.run(options, arena);
            case "changes" -> LiveDrills.changes(options, arena);
            default -> throw new IllegalArgumentException(bench);
        };
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

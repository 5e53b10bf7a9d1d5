package io.headgate.perf;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * P5: what one decision of the authorization costs. It is measured where it happens, in a process that the tests of that
 * module bring along, with the libraries that the gateway runs with.
 */
final class Checks {

    private static final String MEASURING = "io.headgate.authz.CheckBench";
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
        List<Path> jars = new ArrayList<>();
        for (String module : List.of("authz", "api")) {
            jar(Path.of("plugins", module, "target"), "headgate-" + module + "-*-tests.jar")
                    .ifPresent(jars::add);
        }
        Path libraries = Path.of("gateway", "target", "headgate", "lib");
        if (jars.size() < 2 || !Files.isDirectory(libraries)) {
            return new Outcome(
                    "P5",
                    title(),
                    List.of(),
                    List.of("skipped: no tests' jar of plugins/authz and plugins/api, or no " + libraries
                            + " (mvn -pl gateway -am package -DskipTests)"),
                    true);
        }
        List<Measured> measured = measure(options, folder, java, jars, libraries);
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

    private static List<Measured> measure(
            Options options, Path folder, List<String> java, List<Path> jars, Path libraries)
            throws IOException, InterruptedException {
        var path = new ArrayList<String>();
        jars.forEach(jar -> path.add(jar.toString()));
        path.add(libraries.resolve("*").toString());
        var command = new ArrayList<>(java);
        command.addAll(List.of(
                "-cp",
                String.join(File.pathSeparator, path),
                MEASURING,
                Long.toString(options.seconds("seconds").toSeconds())));
        List<Measured> measured = new ArrayList<>();
        try (OsProcess process = OsProcess.startTalking("checks", command, folder);
                BufferedReader lines = process.process().inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{")) {
                    measured.add(Json.read(line, Measured.class));
                    System.err.println("  " + name(measured.getLast()));
                }
            }
        }
        return measured;
    }

    private static Optional<Path> jar(Path folder, String name) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (var jars = Files.newDirectoryStream(folder, name)) {
            for (Path jar : jars) {
                return Optional.of(jar);
            }
        }
        return Optional.empty();
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

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
import java.util.function.Consumer;

/**
 * A process that measures where a thing happens: a class that the tests of a module bring along, with the libraries that the
 * gateway runs with. It prints a line of JSON a measurement.
 *
 * @param modules of the plugins, whose tests' jars it needs
 */
record ModuleProcess(String measuring, List<String> modules) {

    private static final Path LIBRARIES = Path.of("gateway", "target", "headgate", "lib");

    ModuleProcess {
        modules = List.copyOf(modules);
    }

    /** Why it cannot run, or empty. */
    Optional<String> missing() throws IOException {
        return jars().size() == modules.size() && Files.isDirectory(LIBRARIES)
                ? Optional.empty()
                : Optional.of("skipped: no tests' jar of plugins/" + String.join(" and plugins/", modules) + ", or no "
                        + LIBRARIES + " (mvn -pl gateway -am package -DskipTests)");
    }

    <T> List<T> measure(Options options, Path folder, List<String> java, Class<T> type, Consumer<T> told)
            throws IOException, InterruptedException {
        var path = new ArrayList<String>();
        jars().forEach(jar -> path.add(jar.toString()));
        path.add(LIBRARIES.resolve("*").toString());
        var command = new ArrayList<>(java);
        command.addAll(List.of(
                "-cp",
                String.join(File.pathSeparator, path),
                measuring,
                Long.toString(options.seconds("seconds").toSeconds())));
        List<T> measured = new ArrayList<>();
        try (OsProcess process = OsProcess.startTalking("measuring", command, folder);
                BufferedReader lines = process.process().inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{")) {
                    measured.add(Json.read(line, type));
                    told.accept(measured.getLast());
                }
            }
        }
        return measured;
    }

    private List<Path> jars() throws IOException {
        List<Path> jars = new ArrayList<>();
        for (String module : modules) {
            Path folder = Path.of("plugins", module, "target");
            if (Files.isDirectory(folder)) {
                try (var found = Files.newDirectoryStream(folder, "headgate-" + module + "-*-tests.jar")) {
                    var all = found.iterator();
                    if (all.hasNext()) {
                        jars.add(all.next());
                    }
                }
            }
        }
        return jars;
    }
}

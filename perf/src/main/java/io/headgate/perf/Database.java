package io.headgate.perf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The database and the keys that a Headgate needs: the local stack's, as a process of the bench. */
final class Database implements AutoCloseable {
    private final OsProcess process;
    private final Path home;
    private final Writer requests;
    private final BufferedReader answers;
    private final String port;

    private Database(OsProcess process, Path home) throws IOException {
        this.process = process;
        this.home = home;
        this.requests = process.process().outputWriter(StandardCharsets.UTF_8);
        this.answers = process.process().inputReader(StandardCharsets.UTF_8);
        this.port = answer();
    }

    static Database start(List<String> java, Path folder) throws IOException {
        Path home = Files.createTempDirectory(folder, "database-");
        var command = new ArrayList<>(java);
        command.addAll(
                List.of("-cp", stack().orElseThrow().toString(), "io.headgate.local.DatabaseMain", home.toString()));
        return new Database(OsProcess.startTalking("database", command, folder), home);
    }

    /** The local stack's jar, where it is built. */
    static Optional<Path> stack() {
        Path target = Path.of("local-stack", "target");
        if (!Files.isDirectory(target)) {
            return Optional.empty();
        }
        try (var jars = Files.newDirectoryStream(target, "headgate-local-stack-*.jar")) {
            for (Path jar : jars) {
                if (!jar.toString().endsWith("-tests.jar")) {
                    return Optional.of(jar);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Optional.empty();
    }

    Path keys() {
        return home.resolve("keys");
    }

    /** A new, empty database, as {@code //host:port/name}. */
    String fresh() throws IOException {
        requests.write("another\n");
        requests.flush();
        return "//127.0.0.1:" + port + "/" + answer();
    }

    /** The port of a new, empty Redis. */
    int redis() throws IOException {
        requests.write("redis\n");
        requests.flush();
        return Integer.parseInt(answer());
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the database's process has ended; its log is database.log");
        }
        return line;
    }

    @Override
    public void close() throws InterruptedException {
        process.close();
    }
}

package io.headgate.perf;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A process of the bench with what the kernel says about it; closing it ends it, and so does the end of the bench. */
final class OsProcess implements AutoCloseable {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final Optional<Path> SETPRIV = which("setpriv");

    private final String name;
    private final Process process;
    private final Path log;
    private final long startedAt = System.nanoTime();

    private OsProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    static OsProcess start(String name, List<String> command, Map<String, String> environment, Path folder)
            throws IOException {
        Path log = folder.resolve(name + ".log");
        return start(name, command, environment, log, ProcessBuilder.Redirect.appendTo(log.toFile()));
    }

    /** As {@link #start}, with standard output left to the caller. */
    static OsProcess startTalking(String name, List<String> command, Path folder) throws IOException {
        return start(name, command, Map.of(), folder.resolve(name + ".log"), ProcessBuilder.Redirect.PIPE);
    }

    private static OsProcess start(
            String name, List<String> command, Map<String, String> environment, Path log, ProcessBuilder.Redirect out)
            throws IOException {
        var whole = new ArrayList<String>();
        // the kernel ends the child when the thread that started it ends, which for the main thread is a kill -9 too
        SETPRIV.ifPresent(setpriv -> whole.addAll(List.of(setpriv.toString(), "--pdeathsig", "TERM")));
        whole.addAll(command);
        var builder = new ProcessBuilder(whole)
                .redirectOutput(out)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        var process = new OsProcess(name, builder.start(), log);
        Runtime.getRuntime().addShutdownHook(new Thread(process::killTree));
        return process;
    }

    Process process() {
        return process;
    }

    /** Waits until a GET answers 2xx, and says how long after the start that was. */
    Duration awaitReady(URI uri, Duration limit) throws IOException, InterruptedException {
        return awaitReady(uri, Map.of(), limit);
    }

    Duration awaitReady(URI uri, Map<String, String> headers, Duration limit) throws IOException, InterruptedException {
        try (var client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build()) {
            var asking = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(2));
            headers.forEach(asking::header);
            HttpRequest request = asking.build();
            while (System.nanoTime() - startedAt < limit.toNanos()) {
                if (!process.isAlive()) {
                    throw new IOException(name + " ended with " + process.exitValue() + " at its start\n" + tail());
                }
                if (answers(client, request)) {
                    return Duration.ofNanos(System.nanoTime() - startedAt);
                }
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
        throw new IOException("%s: no 2xx from %s within %s%n%s".formatted(name, uri, limit, tail()));
    }

    private static boolean answers(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() / 100 == 2;
        } catch (IOException e) {
            return false;
        }
    }

    /** CPU time of the process and its children so far, all threads. */
    Duration cpu() {
        return cpu(process.toHandle());
    }

    static Duration cpu(ProcessHandle process) {
        return tree(process)
                .map(ProcessHandle::info)
                .map(info -> info.totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Resident memory now, in MiB, of the process and its children; 0 where the system does not say. */
    double residentMib() {
        return tree().mapToDouble(handle -> mib(handle, "VmRSS:")).sum();
    }

    /** The most resident memory since the start or the last {@link #forgetPeak}. */
    double peakMib() {
        return tree().mapToDouble(handle -> mib(handle, "VmHWM:")).sum();
    }

    void forgetPeak() {
        tree().forEach(handle -> {
            try {
                Files.writeString(Path.of("/proc/" + handle.pid() + "/clear_refs"), "5");
            } catch (IOException e) {
                // not Linux, or not ours to write: the peak then counts from the start
            }
        });
    }

    /** Children as well: those of nginx outlive a master that has no time to end them. */
    private void killTree() {
        tree().toList().forEach(ProcessHandle::destroyForcibly);
    }

    private Stream<ProcessHandle> tree() {
        return tree(process.toHandle());
    }

    private static Stream<ProcessHandle> tree(ProcessHandle process) {
        return Stream.concat(Stream.of(process), process.descendants());
    }

    private static double mib(ProcessHandle handle, String field) {
        try (var lines = Files.lines(Path.of("/proc/" + handle.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static Optional<Path> which(String program) {
        return Stream.concat(
                        Stream.of(System.getenv().getOrDefault("PATH", "").split(":")),
                        Stream.of("/usr/sbin", "/usr/local/sbin"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}

package io.headgate.local;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * Starts processes that never outlive this one. Where this program ends in order, they are asked to stop and then
 * killed; where it is killed itself, the kernel (or, without {@code setpriv}, a shell at the end of a pipe) ends them.
 */
final class Spawner {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    /** Does without death signals also where there are some. */
    static final String PIPES_PROPERTY = "headgate.local.pipes";

    private static final Spawner SHARED =
            new Spawner(isOnPath("setpriv") && isOnPath("setsid") && !Boolean.getBoolean(PIPES_PROPERTY));

    private final boolean deathSignals;
    private final Deque<Child> children = new ConcurrentLinkedDeque<>();
    private final Deque<Path> directories = new ConcurrentLinkedDeque<>();

    /** The death signal fires when the thread that spawned ends, so one thread spawns for as long as the program runs. */
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        var spawner = new Thread(work, "spawner");
        spawner.setDaemon(true);
        return spawner;
    });

    private boolean closed;

    Spawner(boolean deathSignals) {
        this.deathSignals = deathSignals;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stack-shutdown"));
    }

    static Spawner shared() {
        return SHARED;
    }

    Child spawn(Launch launch) {
        try {
            return thread.submit(() -> spawnHere(launch)).get();
        } catch (ExecutionException e) {
            throw new StackException("cannot run " + launch.command().getFirst(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("interrupted");
        }
    }

    /** Deleted once all processes are gone. */
    void deleteAtExit(Path directory) {
        directories.add(directory);
    }

    private synchronized Child spawnHere(Launch launch) throws IOException {
        if (closed) {
            throw new StackException("the stack is shutting down");
        }
        Files.createDirectories(launch.log().toAbsolutePath().getParent());
        var builder = new ProcessBuilder(commandOf(launch))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(launch.log().toFile()));
        if (deathSignals) {
            builder.redirectInput(new File("/dev/null"));
        }
        builder.environment().putAll(launch.environment());
        var child = new Child(builder.start(), launch.stopSignal());
        children.removeIf(earlier -> !earlier.isAlive());
        children.addFirst(child);
        return child;
    }

    private List<String> commandOf(Launch launch) {
        List<String> command = new ArrayList<>();
        if (deathSignals) {
            command.add("setsid");
        }
        command.addAll(userPrefix(launch));
        if (deathSignals) {
            command.addAll(List.of("setpriv", "--pdeathsig", launch.deathSignal()));
        } else {
            command.addAll(List.of(
                    "sh",
                    "-c",
                    "exec 3<&0; (cat <&3 >/dev/null; kill -s " + launch.deathSignal()
                            + " $$ 2>/dev/null) & exec \"$@\" </dev/null 3<&-",
                    "watched"));
        }
        command.addAll(launch.command());
        return command;
    }

    /** The way to run a command of this launch's user, also beside the process itself. */
    static List<String> userPrefix(Launch launch) {
        return launch.asNobody() && ROOT ? List.of("unshare", "-U") : List.of();
    }

    static Child spawnDetached(List<String> command, Map<String, String> environment, Path log) throws IOException {
        Files.createDirectories(log.toAbsolutePath().getParent());
        List<String> apart = new ArrayList<>(isOnPath("setsid") ? List.of("setsid") : List.of("nohup"));
        apart.addAll(command);
        var builder = new ProcessBuilder(apart)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        return new Child(builder.start(), "TERM");
    }

    private void close() {
        synchronized (this) {
            closed = true;
        }
        List<Child> alive = children.stream().filter(Child::isAlive).toList();
        alive.forEach(Child::askToStop);
        Await.holdsWithin(STOP_LIMIT, () -> alive.stream().noneMatch(Child::isAlive));
        alive.stream().filter(Child::isAlive).forEach(Child::kill);
        directories.forEach(Trees::delete);
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}

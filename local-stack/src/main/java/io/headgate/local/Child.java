package io.headgate.local;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A running process of ours, with whatever it started itself. */
final class Child {

    private static final Duration KILL_LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final String stopSignal;
    private @Nullable Process waker;

    Child(Process process, String stopSignal) {
        this.process = process;
        this.stopSignal = stopSignal;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() {
        return process.exitValue();
    }

    void askToStop() {
        resume();
        signal(stopSignal, List.of(process.toHandle()));
    }

    /** Ends it as a power cut would: nothing of it gets to run on. */
    void kill() {
        List<ProcessHandle> tree = tree();
        tree.forEach(ProcessHandle::destroyForcibly);
        Await.until(
                KILL_LIMIT, "process " + pid() + " is gone", () -> tree.stream().noneMatch(ProcessHandle::isAlive));
        endWaker();
    }

    /**
     * Stops it in its tracks. Whoever is stopped cannot act on a death signal either, so a helper on a pipe from here
     * wakes it when this program ends in any way.
     */
    synchronized void pause() {
        List<ProcessHandle> tree = tree();
        endWaker();
        List<String> wake = new ArrayList<>(List.of("sh", "-c", "cat >/dev/null; kill -s CONT \"$@\"", "waker"));
        wake.addAll(pids(tree));
        waker = start(wake);
        signal("STOP", tree);
    }

    synchronized void resume() {
        if (waker != null) {
            signal("CONT", tree());
            endWaker();
        }
    }

    private synchronized void endWaker() {
        if (waker != null) {
            waker.destroyForcibly();
            waker = null;
        }
    }

    private List<ProcessHandle> tree() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
    }

    private static void signal(String name, List<ProcessHandle> targets) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "kill -s \"$0\" \"$@\"", name));
        command.addAll(pids(targets));
        try {
            start(command).waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> pids(List<ProcessHandle> targets) {
        return targets.stream().map(target -> Long.toString(target.pid())).toList();
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new StackException("cannot run " + command.getFirst(), e);
        }
    }
}

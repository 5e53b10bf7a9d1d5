package io.headgate.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One process of the stack, that can be started, stopped, killed and paused alone. */
public abstract class Part {

    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final int TAIL_LINES = 5;

    /** What a part is right now, as its process says. */
    public enum State {
        STARTING,
        UP,
        DOWN;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String name;
    private final int port;
    private volatile @Nullable Child child;
    private volatile boolean ready;

    Part(String name, int port) {
        this.name = name;
        this.port = port;
    }

    public final String name() {
        return name;
    }

    public final int port() {
        return port;
    }

    abstract String kind();

    /** What the status tells of it besides its name, kind, process and state. */
    Map<String, Object> details() {
        return Map.of("port", port);
    }

    /** Makes what it needs on disk, and says what to run. */
    abstract Launch prepare() throws IOException;

    /** Whether it serves; asked often, and answers in less than a second. */
    abstract boolean isReady();

    /** Starts it and waits until it serves; does nothing where it runs already. */
    public final synchronized void start() {
        if (isAlive()) {
            return;
        }
        ready = false;
        Launch launch = prepared();
        Child started = Spawner.shared().spawn(launch);
        child = started;
        boolean inTime = Await.holdsWithin(START_LIMIT, () -> !started.isAlive() || isReady());
        if (!started.isAlive()) {
            throw new StackException(
                    name + " ended while starting (exit code " + started.exitCode() + ")" + tail(launch.log()));
        }
        if (!inTime) {
            started.kill();
            throw new StackException(
                    name + " was not ready within " + START_LIMIT.toSeconds() + " s" + tail(launch.log()));
        }
        ready = true;
    }

    private Launch prepared() {
        try {
            return prepare();
        } catch (IOException e) {
            throw new StackException("cannot prepare " + name, e);
        }
    }

    /** Asks it to end and waits for that. */
    public final synchronized void stop() {
        Child running = child;
        if (running == null || !running.isAlive()) {
            return;
        }
        running.askToStop();
        if (!Await.holdsWithin(STOP_LIMIT, () -> !running.isAlive())) {
            running.kill();
        }
    }

    /** SIGKILL. */
    public final void kill() {
        running().kill();
    }

    /** SIGSTOP: its connections stay open and nothing answers on them. */
    public final void pause() {
        running().pause();
    }

    /** SIGCONT. */
    public final void resume() {
        running().resume();
    }

    public final boolean isAlive() {
        Child running = child;
        return running != null && running.isAlive();
    }

    public final State state() {
        if (!isAlive()) {
            return State.DOWN;
        }
        return ready ? State.UP : State.STARTING;
    }

    public final OptionalLong pid() {
        Child running = child;
        return running != null && running.isAlive() ? OptionalLong.of(running.pid()) : OptionalLong.empty();
    }

    private Child running() {
        Child running = child;
        if (running == null || !running.isAlive()) {
            throw new StackException(name + " is not running");
        }
        return running;
    }

    private static String tail(Path log) {
        try {
            // A log may hold bytes of any encoding.
            List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.ISO_8859_1)
                    .lines()
                    .toList();
            return "; the end of " + log + ":\n  "
                    + String.join("\n  ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (IOException e) {
            return "; no log at " + log;
        }
    }
}

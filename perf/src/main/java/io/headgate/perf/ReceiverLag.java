package io.headgate.perf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Has replicas trail by up to so long: the processes that receive their log are stopped and woken in turn. The replicas
 * do not know, as they would of a delay that is set on them. Signals go by the system's own call, since a process for
 * each would cost more than the lag that it makes.
 */
final class ReceiverLag implements AutoCloseable {

    private static final String RECEIVER = "walreceiver";
    private static final long AWAKE_NANOS = Duration.ofMillis(2).toNanos();
    private static final int STOP = 19;
    private static final int CONTINUE = 18;
    private static final MethodHandle KILL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("kill"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final List<Long> receivers;
    private final Process guard;
    private final Thread beating;
    private volatile boolean over;

    private ReceiverLag(List<Long> receivers, Process guard, Duration lag) {
        this.receivers = receivers;
        this.guard = guard;
        this.beating = Thread.ofPlatform().daemon().name("lag").unstarted(() -> beat(lag.toNanos()));
    }

    /** @param replicas the pids of their servers */
    static ReceiverLag of(List<Long> replicas, Duration lag) throws IOException {
        List<Long> receivers = new ArrayList<>();
        for (long replica : replicas) {
            receivers.add(receiverOf(replica));
        }
        var command = new ArrayList<>(List.of("sh", "-c", "cat >/dev/null; kill -s CONT \"$@\"", "lag"));
        receivers.forEach(pid -> command.add(Long.toString(pid)));
        Process guard = new ProcessBuilder(command).start(); // wakes them also where this program is killed
        var made = new ReceiverLag(receivers, guard, lag);
        if (lag.isPositive()) {
            made.beating.start();
        }
        return made;
    }

    private static long receiverOf(long replica) throws IOException {
        return ProcessHandle.of(replica)
                .orElseThrow(() -> new IOException("no process " + replica))
                .descendants()
                .map(ProcessHandle::pid)
                .filter(pid -> title(pid).contains(RECEIVER))
                .findFirst()
                .orElseThrow(() -> new IOException("the replica of process " + replica + " receives nothing"));
    }

    private static String title(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }

    private void beat(long stoppedNanos) {
        while (!over) {
            signal(STOP);
            LockSupport.parkNanos(stoppedNanos);
            signal(CONTINUE);
            LockSupport.parkNanos(AWAKE_NANOS);
        }
    }

    private void signal(int signal) {
        for (long receiver : receivers) {
            try {
                int ignored = (int) KILL.invokeExact((int) receiver, signal);
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        beating.join();
        try {
            guard.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        guard.waitFor();
    }
}

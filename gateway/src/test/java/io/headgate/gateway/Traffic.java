package io.headgate.gateway;

import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.Awaited;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Clients that ask for one path, each again as soon as it is answered, until they are told to stop. */
final class Traffic implements AutoCloseable {

    private static final int CLIENTS = 4;

    private final List<Thread> clients = new CopyOnWriteArrayList<>();
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    private Traffic() {}

    static Traffic on(AdminClient edge, String path) {
        var traffic = new Traffic();
        for (int i = 0; i < CLIENTS; i++) {
            traffic.clients.add(Thread.ofVirtual().start(() -> traffic.flow(edge, path)));
        }
        return traffic;
    }

    private void flow(AdminClient edge, String path) {
        while (!stopped) {
            try {
                AdminClient.Answer answer = edge.get(path);
                if (answer.status() != 200) {
                    failures.add(answer.toString());
                }
            } catch (UncheckedIOException e) {
                failures.add(e.toString());
            }
            answered.incrementAndGet();
        }
    }

    /** Waits until so many more requests have got their answer, each of which began after the call or just before it. */
    void flows(int requests) {
        long until = answered.get() + CLIENTS + requests;
        Awaited.until(requests + " more answers", () -> answered.get() >= until);
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        stopped = true;
        for (Thread client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

package io.headgate.authz;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for what must not hold up an event loop. What neither runs nor may wait is rejected. */
final class BoundedThreads {

    private BoundedThreads() {}

    static ExecutorService of(String name, int threads, int queue) {
        var executor = new ThreadPoolExecutor(
                threads,
                threads,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                Thread.ofPlatform().daemon().name("headgate-" + name + "-", 0).factory());
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }
}

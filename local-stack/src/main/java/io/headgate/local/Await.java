package io.headgate.local;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition of another process, which can only be asked. */
final class Await {

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Await() {}

    static void until(Duration limit, String what, BooleanSupplier condition) {
        if (!holdsWithin(limit, condition)) {
            throw new StackException("not within " + limit.toSeconds() + " s: " + what);
        }
    }

    static boolean holdsWithin(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new StackException("interrupted");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }
}

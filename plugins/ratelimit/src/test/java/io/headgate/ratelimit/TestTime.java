package io.headgate.ratelimit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time that moves only when told, the same for every instance and for Redis. */
final class TestTime {

    private static final long START_MICROS = 1_800_000_000_000_000L;

    private final AtomicLong nanos = new AtomicLong(1_000_000_000);

    long nanos() {
        return nanos.get();
    }

    long micros() {
        return START_MICROS + nanos.get() / 1_000;
    }

    void advance(Duration by) {
        nanos.addAndGet(by.toNanos());
    }
}

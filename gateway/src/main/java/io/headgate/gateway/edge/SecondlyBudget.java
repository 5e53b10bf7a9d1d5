package io.headgate.gateway.edge;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** So many of something a second, counted without a lock. */
final class SecondlyBudget {

    private static final long SECOND = 1_000_000_000L;

    private final int perSecond;
    private final LongSupplier nanos;
    private final AtomicLong secondAndTaken = new AtomicLong(); // 32 bits each

    SecondlyBudget(int perSecond, LongSupplier nanos) {
        this.perSecond = perSecond;
        this.nanos = nanos;
    }

    boolean take() {
        long second = nanos.getAsLong() / SECOND << Integer.SIZE;
        long taken = secondAndTaken.updateAndGet(
                seen -> (seen >> Integer.SIZE << Integer.SIZE) == second ? seen + 1 : second + 1);
        return taken - second <= perSecond;
    }
}

package io.headgate.api;

import java.time.Clock;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** UUIDs of version 7: sorted by time, so that indexes on them grow at one end. They are unique, not secret. */
public final class EventIds {

    private final Clock clock;

    public EventIds(Clock clock) {
        this.clock = clock;
    }

    public UUID next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long time = clock.millis() << 16;
        long version = 0x7000 | random.nextInt(1 << 12);
        long variant = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new UUID(time | version, variant);
    }
}

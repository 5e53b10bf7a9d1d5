package io.headgate.gateway.registry;

import java.time.Clock;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** UUIDs of version 7: sorted by time, so that indexes on them grow at one end. */
final class EventIds {

    private final Clock clock;
    private final RandomGenerator random;

    EventIds(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    UUID next() {
        long time = clock.millis() << 16;
        long version = 0x7000 | random.nextInt(1 << 12);
        long variant = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new UUID(time | version, variant);
    }
}

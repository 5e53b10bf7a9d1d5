package io.headgate.ratelimit;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Which instances share the limits, and the time that all of them go by: the store's, as far as it was heard. */
final class Fleet {

    private final String name;
    private final int atLeast;
    private final String boot;
    private final LongSupplier nanos;
    private final AtomicLong holders = new AtomicLong();
    private final Duration lifetime;
    private final Map<String, Long> missedSince = new HashMap<>();
    private volatile List<String> live;
    private volatile long offset;

    /**
     * @param atLeast as many instances are counted on, also while no other was heard of
     * @param lifetime how long one that is heard no more is counted on: a store that was away, or lost what it knew,
     *     tells of the others only after they reached it again
     * @param micros this machine's time, until the store's is known
     */
    Fleet(String name, int atLeast, Duration lifetime, long micros, LongSupplier nanos, RandomGenerator random) {
        this.name = name;
        this.atLeast = atLeast;
        this.lifetime = lifetime;
        this.boot =
                Integer.toString(random.nextInt(1 << 30), Character.MAX_RADIX).toLowerCase(Locale.ROOT);
        this.nanos = nanos;
        this.offset = micros - nanos.getAsLong() / 1_000;
        this.live = List.of(name);
    }

    String name() {
        return name;
    }

    List<String> live() {
        return live;
    }

    int size() {
        return Math.max(atLeast, live.size());
    }

    long seconds() {
        return (offset + nanos.getAsLong() / 1_000) / Quota.MICROS;
    }

    /** A name for a lease that no lease had before, of an earlier run neither. */
    String newHolder() {
        return name + "." + boot + "." + holders.incrementAndGet();
    }

    synchronized void heard(Store.Beat beat) {
        long now = nanos.getAsLong();
        offset = beat.micros() - now / 1_000;
        var names = new TreeSet<>(beat.instances());
        names.add(name);
        missedSince.keySet().removeAll(names);
        for (String known : live) {
            if (!names.contains(known) && now - missedSince.computeIfAbsent(known, it -> now) < lifetime.toNanos()) {
                names.add(known);
            }
        }
        missedSince.keySet().retainAll(names);
        live = List.copyOf(names);
    }
}

package io.headgate.reads;

import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/** How many reads one node got, by outcome and level. */
final class Served {

    private static final int LEVELS = Level.values().length;

    private final AtomicLongArray counts = new AtomicLongArray(Kind.values().length * LEVELS);

    static Map<Kind, Set<Level>> possible(boolean onPrimary) {
        return onPrimary
                ? Map.of(
                        Kind.PRIMARY, EnumSet.allOf(Level.class),
                        Kind.LOST_WRITE, EnumSet.of(Level.STRONG),
                        Kind.DEGRADED, EnumSet.of(Level.EVENTUAL))
                : Map.of(
                        Kind.REPLICA, EnumSet.of(Level.EVENTUAL, Level.BOUNDED, Level.SESSION),
                        Kind.WAITED, EnumSet.of(Level.EVENTUAL, Level.BOUNDED, Level.SESSION));
    }

    void count(ReadOutcome outcome) {
        counts.incrementAndGet(place(outcome.kind(), outcome.level()));
    }

    long of(Kind kind, Level level) {
        return counts.get(place(kind, level));
    }

    long all() {
        long all = 0;
        for (int i = 0; i < counts.length(); i++) {
            all += counts.get(i);
        }
        return all;
    }

    private static int place(Kind kind, Level level) {
        return kind.ordinal() * LEVELS + level.ordinal();
    }
}

package io.headgate.reads;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How a read was served.
 *
 * @param level what was met, which can be less than what was asked for, and then says so
 * @param lag how old the answer can be at the most; empty on the primary, and where nobody can tell
 */
public record ReadOutcome(Kind kind, String node, Level level, Optional<Duration> lag) {

    public enum Kind {
        REPLICA,
        /** On a replica, which caught up while the read was kept waiting. */
        WAITED,
        PRIMARY,
        /** On the primary, which does not have what the caller wrote: a failover lost it. */
        LOST_WRITE,
        /** Whether it shows what the caller saw cannot be told. */
        DEGRADED;

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The levels that can be asked for, and one that is only ever met. */
    public enum Level {
        EVENTUAL,
        BOUNDED,
        /** The caller's own writes, and not for sure everything that it read. */
        RYW,
        SESSION,
        STRONG;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The structured field that tells it. */
    public String headerValue() {
        return kind.word() + ";node=\"" + node + "\";level=" + level.word()
                + lag.map(age -> ";lag=" + age.toMillis()).orElse("");
    }
}

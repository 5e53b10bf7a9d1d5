package io.headgate.ratelimit;

import java.util.Arrays;
import java.util.Locale;

/**
 * Who is turned away first when there is too much: sheddable requests before default ones before critical ones, and
 * within each those of tenants that want more than their share. What one may fill is what all behind it leave alone.
 */
enum Criticality {
    CRITICAL(100, 85),
    DEFAULT(80, 50),
    SHEDDABLE(45, 30);

    private final int within;
    private final int above;

    /** Both in percent of a backend's limit. */
    Criticality(int within, int above) {
        this.within = within;
        this.above = above;
    }

    static Criticality parse(String text) {
        return Arrays.stream(values())
                .filter(criticality -> criticality.word().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "criticality: '" + text + "' (expected: critical, default or sheddable)"));
    }

    /** How many may be under way for one more to be let in. */
    int room(int limit, boolean isAboveShare) {
        return Math.max(1, limit * percent(isAboveShare) / 100);
    }

    int percent(boolean isAboveShare) {
        return isAboveShare ? above : within;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package io.headgate.reads;

import java.util.Locale;

/** Whether a replica takes reads, and if not, why. */
enum Standing {
    IN("takes reads"),
    UNKNOWN("was not reached yet"),
    UNREACHABLE("does not answer"),
    DRAINED("was taken out by hand"),
    FOREIGN("is of another cluster"),
    PROMOTED("is a primary"),
    PAUSED("has its replay paused"),
    DELAYED("is told to stay behind"),
    DIVERGED("followed a timeline that the primary left"),
    AHEAD("follows a timeline that the primary did not tell of yet"),
    TOO_OLD("trails the primary too far");

    private final String reason;

    Standing(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

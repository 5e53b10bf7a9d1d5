package io.headgate.reads;

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
    TOO_OLD("trails the primary too far");

    private final String reason;

    Standing(String reason) {
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}

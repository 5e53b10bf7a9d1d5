package io.headgate.reads;

/** How fresh a read is, the weaker first. */
public enum Consistency {
    EVENTUAL,
    /** No older than a given age. */
    BOUNDED,
    /** Sees what the caller wrote, and never goes back behind what it saw. */
    SESSION,
    STRONG
}

package io.headgate.api;

/** Headers between the gateway and backends. All that begin with the prefix are stripped from what a client sends. */
public final class InternalHeaders {

    public static final String PREFIX = "Headgate-";
    /** The signed caller, a short-lived JWT. */
    public static final String CALLER = "Headgate-Caller";
    /** The two that clients do send: what they have seen, and how fresh they want to read. */
    public static final String CONSISTENCY = "Headgate-Consistency";

    public static final String CONSISTENCY_LEVEL = "Headgate-Consistency-Level";

    /** How a read was served, told to the client. */
    public static final String CONSISTENCY_OUTCOME = "Headgate-Consistency-Outcome";

    /** Where a backend's own commit ended in the log, for the gateway alone: {@code <timeline>/<lsn>}. */
    public static final String COMMIT_POSITION = "Headgate-Commit-Position";

    /** What a backend's own checks say of a request, for the gateway alone to hold against its policies. */
    public static final String LEGACY_DECISION = "Headgate-Legacy-Decision";

    private InternalHeaders() {}

    /** Whether a client may send it; every other header under the prefix is ours alone. */
    public static boolean isForClients(String name) {
        return name.equalsIgnoreCase(CONSISTENCY) || name.equalsIgnoreCase(CONSISTENCY_LEVEL);
    }

    public static boolean isInternal(String name) {
        return name.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    }
}

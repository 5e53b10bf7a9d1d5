package io.headgate.export;

import java.util.Optional;

/** How far an export is. Written by the one that runs it, read by anyone. */
final class ExportTally {

    /**
     * Where the rows come from.
     *
     * @param snapshot of the transaction that reads them
     * @param position the node's position in the log when it was taken
     * @param estimate rows, as the planner reckons
     */
    record Source(String node, String snapshot, String position, long lagMillis, long estimate) {}

    private volatile Optional<Source> source = Optional.empty();
    private volatile long rows;
    private volatile long bytes;

    void began(Source from) {
        source = Optional.of(from);
    }

    void reached(long rowsSoFar, long bytesSoFar) {
        rows = rowsSoFar;
        bytes = bytesSoFar;
    }

    Optional<Source> source() {
        return source;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }
}

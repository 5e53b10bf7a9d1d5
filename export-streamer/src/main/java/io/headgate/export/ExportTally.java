package io.headgate.export;

import io.headgate.reads.ReadOutcome;
import java.time.Duration;
import java.util.Optional;

/** How far an export is. Written by the one that runs it, read by anyone. */
final class ExportTally {

    /**
     * Where the rows come from.
     *
     * @param outcome empty where connections are not routed
     * @param snapshot of the transaction that reads them
     * @param position the node's position in the log when it was taken
     * @param estimate rows, as the planner reckons
     */
    record Source(Optional<ReadOutcome> outcome, String snapshot, String position, long estimate) {

        String node() {
            return outcome.map(ReadOutcome::node).orElse("");
        }

        long lagMillis() {
            return outcome.flatMap(ReadOutcome::lag).map(Duration::toMillis).orElse(0L);
        }
    }

    private volatile boolean isConnected;
    private volatile Optional<Source> source = Optional.empty();
    private volatile Optional<String> token = Optional.empty();
    private volatile long rows;
    private volatile long bytes;

    /** From here on what goes wrong may be the export's own doing. */
    void connected() {
        isConnected = true;
    }

    void began(Source from) {
        source = Optional.of(from);
    }

    /** @param consistency what its reader has seen, with all that was read for it */
    void read(Optional<String> consistency) {
        token = consistency;
    }

    void reached(long rowsSoFar, long bytesSoFar) {
        rows = rowsSoFar;
        bytes = bytesSoFar;
    }

    boolean isConnected() {
        return isConnected;
    }

    Optional<Source> source() {
        return source;
    }

    /** Empty until all was read. */
    Optional<String> token() {
        return token;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }
}

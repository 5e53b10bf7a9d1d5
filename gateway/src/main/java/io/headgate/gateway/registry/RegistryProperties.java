package io.headgate.gateway.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param readConnections to PostgreSQL for reading; writing and listening take one more each
 * @param connectTimeout for a connection to stand
 * @param timeout for one statement, and for waiting on a connection or on another writer
 * @param maxWaitingWrites on this instance; more are refused at once
 * @param pollInterval how often the store is asked whether a notification was missed
 * @param reconnectDelay before listening is taken up again, at first; it doubles up to the poll's interval
 * @param heartbeatInterval how often this instance says that it lives
 * @param missedHeartbeats after which an instance no longer counts
 * @param snapshotInterval at most how often the last good snapshot is written to disk
 * @param scanInterval how often the configuration directory is looked at
 * @param settleTime how long a file must have been left alone before it is taken
 * @param expiryInterval how often what has ended by itself is taken away
 * @param maxFiles in the configuration directory
 */
@ConfigurationProperties("headgate.registry")
record RegistryProperties(
        @DefaultValue("4") int readConnections,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("3s") Duration timeout,
        @DefaultValue("256") int maxWaitingWrites,
        @DefaultValue("2s") Duration pollInterval,
        @DefaultValue("100ms") Duration reconnectDelay,
        @DefaultValue("5s") Duration heartbeatInterval,
        @DefaultValue("3") int missedHeartbeats,
        @DefaultValue("5s") Duration snapshotInterval,
        @DefaultValue("1s") Duration scanInterval,
        @DefaultValue("200ms") Duration settleTime,
        @DefaultValue("1m") Duration expiryInterval,
        @DefaultValue("10000") int maxFiles,
        @DefaultValue("256KB") DataSize maxDocument,
        @DefaultValue("8MB") DataSize maxBatch,
        @DefaultValue("32") int maxDepth,
        @DefaultValue History history) {

    RegistryProperties {
        requireRange("read-connections", readConnections, 1, 100);
        requireRange("max-waiting-writes", maxWaitingWrites, 1, 100_000);
        requireRange("missed-heartbeats", missedHeartbeats, 1, 100);
        requireRange("max-files", maxFiles, 1, 1_000_000);
        requireRange("max-depth", maxDepth, 4, 200);
        requireRange("max-document", maxDocument.toBytes(), 1024, 16 << 20);
        requireRange("max-batch", maxBatch.toBytes(), maxDocument.toBytes(), 256 << 20);
        requirePositive("connect-timeout", connectTimeout);
        requirePositive("timeout", timeout);
        requirePositive("poll-interval", pollInterval);
        requirePositive("reconnect-delay", reconnectDelay);
        requirePositive("heartbeat-interval", heartbeatInterval);
        requirePositive("snapshot-interval", snapshotInterval);
        requirePositive("scan-interval", scanInterval);
        requirePositive("expiry-interval", expiryInterval);
    }

    /**
     * What is kept of the past: a version goes once it is neither among the newest of its resource nor young.
     *
     * @param keepVersions of each resource, the newest; the last one always stays, a deletion too
     * @param keepFor how long every version stays
     * @param pruneInterval between two looks for what may go
     * @param pruneBatch versions that go in one statement
     */
    record History(
            @DefaultValue("100") int keepVersions,
            @DefaultValue("90d") Duration keepFor,
            @DefaultValue("1h") Duration pruneInterval,
            @DefaultValue("1000") int pruneBatch) {

        History {
            requireRange("history.keep-versions", keepVersions, 1, 1_000_000);
            requireRange("history.prune-batch", pruneBatch, 1, 100_000);
            requirePositive("history.keep-for", keepFor);
            requirePositive("history.prune-interval", pruneInterval);
        }
    }

    Duration instanceLifetime() {
        return heartbeatInterval.multipliedBy(missedHeartbeats);
    }

    /** @param instance as status names it, unlike any other's */
    record Place(String instance, Optional<Path> snapshotDir, Optional<Path> configDir) {}

    private static void requireRange(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "headgate.registry." + name + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("headgate.registry." + name + ": " + value + " (expected: above zero)");
        }
    }
}

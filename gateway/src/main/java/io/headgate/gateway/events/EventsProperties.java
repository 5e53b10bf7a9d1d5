package io.headgate.gateway.events;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param spoolDir for this instance alone; empty for a temporary one, of which nobody reads what a crash leaves
 * @param segmentSize of one file of the spool
 * @param maxSize of all files of the spool
 * @param maxEventSize above which an event cannot be kept
 * @param forceInterval how often the disk is made to take what was spooled, which guards against a power cut; zero for
 *     never, when the kernel decides
 * @param whenFull what becomes of an event that must not be lost when the spool is full
 * @param pause of the delivery after a batch that was not a full one
 * @param batchEvents that are under way to the transport at most
 * @param batchSize of those that are under way, at most and not counting one large one
 * @param timeout of one delivery, before it is tried again
 * @param retryDelay after a delivery that failed, at first; it doubles up to {@code maxRetryDelay}
 * @param drainTimeout how long a shutdown waits for the spool to run empty, where delivery works
 * @param outboxInterval how often the outbox of the registry is looked at
 */
@ConfigurationProperties("headgate.events")
record EventsProperties(
        @DefaultValue("") String spoolDir,
        @DefaultValue("16MB") DataSize segmentSize,
        @DefaultValue("1GB") DataSize maxSize,
        @DefaultValue("2MB") DataSize maxEventSize,
        @DefaultValue("1s") Duration forceInterval,
        @DefaultValue("refuse") WhenFull whenFull,
        @DefaultValue("100ms") Duration pause,
        @DefaultValue("500") int batchEvents,
        @DefaultValue("1MB") DataSize batchSize,
        @DefaultValue("15s") Duration timeout,
        @DefaultValue("200ms") Duration retryDelay,
        @DefaultValue("5s") Duration maxRetryDelay,
        @DefaultValue("3s") Duration drainTimeout,
        @DefaultValue("500ms") Duration outboxInterval,
        @DefaultValue Kafka kafka,
        @DefaultValue Audit audit) {

    enum WhenFull {
        REFUSE,
        DROP
    }

    /**
     * @param bootstrapServers empty for no Kafka: events then go straight from the spool to the audit
     * @param retention that a topic is made with; the audit's database may be away as long
     * @param properties for the clients, such as those of TLS and SASL
     */
    record Kafka(
            @DefaultValue("") String bootstrapServers,
            @DefaultValue("headgate.events") String topic,
            @DefaultValue("headgate.events.dead-letters") String deadLetters,
            @DefaultValue("headgate-audit") String group,
            @DefaultValue("30d") Duration retention,
            Map<String, String> properties) {

        Kafka {
            properties = Map.copyOf(Optional.ofNullable(properties).orElse(Map.of()));
        }
    }

    /**
     * @param connections to PostgreSQL, of which a verification takes one for as long as it lasts
     * @param timeout of one statement
     * @param verifyTimeout of a whole verification
     * @param upkeepInterval how often partitions are made ahead and old ones dropped
     * @param monthsAhead for which partitions are there beforehand
     * @param retention of the class {@code audit}
     * @param activityRetention of the class {@code activity}
     */
    record Audit(
            @DefaultValue("4") int connections,
            @DefaultValue("5s") Duration timeout,
            @DefaultValue("30m") Duration verifyTimeout,
            @DefaultValue("1h") Duration upkeepInterval,
            @DefaultValue("2") int monthsAhead,
            @DefaultValue("2557d") Duration retention,
            @DefaultValue("90d") Duration activityRetention) {

        Audit {
            require(connections >= 2 && connections <= 100, "audit.connections", connections, "2..100");
            requirePositive("audit.timeout", timeout);
            requirePositive("audit.verify-timeout", verifyTimeout);
            requirePositive("audit.upkeep-interval", upkeepInterval);
            require(monthsAhead >= 1 && monthsAhead <= 24, "audit.months-ahead", monthsAhead, "1..24");
            require(retention.toDays() >= 31, "audit.retention", retention, "31d or more");
            require(activityRetention.toDays() >= 31, "audit.activity-retention", activityRetention, "31d or more");
        }

        Duration retention(EventClass eventClass) {
            return switch (eventClass) {
                case AUDIT -> retention;
                case ACTIVITY -> activityRetention;
            };
        }
    }

    EventsProperties {
        requireRange("segment-size", segmentSize, 64 << 10, 1 << 30);
        require(
                maxSize.toBytes() >= 3 * segmentSize.toBytes(),
                "max-size",
                maxSize,
                "three times segment-size or more");
        requireRange("max-event-size", maxEventSize, 1024, Segment.capacity(segmentSize.toBytes()));
        require(batchEvents >= 1 && batchEvents <= 100_000, "batch-events", batchEvents, "1..100000");
        requireRange("batch-size", batchSize, 1024, 256 << 20);
        require(!forceInterval.isNegative(), "force-interval", forceInterval, "zero or more");
        require(!drainTimeout.isNegative(), "drain-timeout", drainTimeout, "zero or more");
        requirePositive("pause", pause);
        requirePositive("timeout", timeout);
        requirePositive("retry-delay", retryDelay);
        requirePositive("max-retry-delay", maxRetryDelay);
        requirePositive("outbox-interval", outboxInterval);
    }

    private static void requireRange(String name, DataSize value, long min, long max) {
        require(value.toBytes() >= min && value.toBytes() <= max, name, value, min + ".." + max + " bytes");
    }

    private static void requirePositive(String name, Duration value) {
        require(value.isPositive(), name, value, "above zero");
    }

    private static void require(boolean holds, String name, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.events." + name + ": " + value + " (expected: " + expected + ")");
        }
    }
}

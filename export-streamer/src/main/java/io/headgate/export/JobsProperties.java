package io.headgate.export;

import io.headgate.api.BadSettingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * @param storage where files go: {@code file:///var/lib/headgate/exports}, or {@code s3://bucket/prefix}
 * @param quota of each tenant that {@code tenants} does not name
 * @param overseers roles whose holders see and end every job of their own tenant
 */
@ConfigurationProperties("headgate.exports.jobs")
record JobsProperties(
        @DefaultValue("") String storage,
        @DefaultValue Database database,
        @DefaultValue Worker worker,
        @DefaultValue Files files,
        @DefaultValue Quota quota,
        Map<String, Quota> tenants,
        @DefaultValue("exports-admin") List<String> overseers,
        @DefaultValue Http http,
        @DefaultValue S3Properties s3,
        @DefaultValue Webhooks webhooks) {

    JobsProperties {
        tenants = tenants == null ? Map.of() : Map.copyOf(tenants);
        overseers = List.copyOf(overseers);
    }

    Quota quotaOf(String tenant) {
        return tenants.getOrDefault(tenant, quota);
    }

    /**
     * @param connections that jobs take of the database
     * @param timeout of a statement, and of waiting for a connection
     */
    record Database(
            @DefaultValue("6") int connections,
            @DefaultValue("3s") Duration timeout) {
        Database {
            requireBetween("database.connections", connections, 1, 100);
            requireBetween("database.timeout", timeout, Duration.ofMillis(100), Duration.ofMinutes(1));
        }
    }

    /**
     * @param slots exports that one process runs at a time
     * @param smallSlots how many of the slots take small exports alone
     * @param smallRows an export that is reckoned to have no more rows is small
     * @param poll how often a free slot looks for work
     * @param heartbeat how often a worker says that it lives, tells how far it is and hears of a cancel
     * @param lease a worker that was silent for so long has lost its job to others
     * @param attempts of a job before it fails
     * @param retryDelay before a job starts over
     * @param maxTime that one attempt may take
     * @param maxWait after which a job that stands in the line fails, counted from when it was made
     */
    record Worker(
            @DefaultValue("4") int slots,
            @DefaultValue("1") int smallSlots,
            @DefaultValue("100000") long smallRows,
            @DefaultValue("500ms") Duration poll,
            @DefaultValue("1s") Duration heartbeat,
            @DefaultValue("15s") Duration lease,
            @DefaultValue("3") int attempts,
            @DefaultValue("2s") Duration retryDelay,
            @DefaultValue("6h") Duration maxTime,
            @DefaultValue("24h") Duration maxWait) {
        Worker {
            requireBetween("worker.slots", slots, 1, 256);
            requireBetween("worker.small-slots", smallSlots, 0, slots - 1);
            requireBetween("worker.small-rows", smallRows, 0L, Long.MAX_VALUE);
            requireBetween("worker.poll", poll, Duration.ofMillis(10), Duration.ofMinutes(1));
            requireBetween("worker.lease", lease, Duration.ofMillis(200), Duration.ofHours(1));
            requireBetween("worker.heartbeat", heartbeat, Duration.ofMillis(20), lease.dividedBy(3));
            requireBetween("worker.attempts", attempts, 1, 20);
            requireBetween("worker.retry-delay", retryDelay, Duration.ZERO, Duration.ofHours(1));
            requireBetween("worker.max-time", maxTime, Duration.ofSeconds(1), Duration.ofDays(7));
            requireBetween("worker.max-wait", maxWait, Duration.ofSeconds(1), Duration.ofDays(30));
        }
    }

    /**
     * @param keep how long a file can be had
     * @param keepJobs how long what is known of a job outlives it
     * @param sweepInterval between two looks for what nobody needs
     * @param sweepBatch that goes in one look
     * @param leftoverAge how old a file must be that belongs to no job
     */
    record Files(
            @DefaultValue("7d") Duration keep,
            @DefaultValue("30d") Duration keepJobs,
            @DefaultValue("1m") Duration sweepInterval,
            @DefaultValue("500") int sweepBatch,
            @DefaultValue("1h") Duration leftoverAge) {
        Files {
            requireBetween("files.keep", keep, Duration.ofMinutes(1), Duration.ofDays(365));
            requireBetween("files.keep-jobs", keepJobs, keep, Duration.ofDays(3650));
            requireBetween("files.sweep-interval", sweepInterval, Duration.ofMillis(50), Duration.ofDays(1));
            requireBetween("files.sweep-batch", sweepBatch, 1, 10_000);
            requireBetween("files.leftover-age", leftoverAge, Duration.ofSeconds(1), Duration.ofDays(30));
        }
    }

    /**
     * What a tenant may have.
     *
     * @param weight of its turn: one of weight 2 runs twice as many beside others
     * @param rowsPerDay that its exports may have between two midnights in UTC
     */
    record Quota(
            @DefaultValue("4") int running,
            @DefaultValue("100") int queued,
            @DefaultValue("1") int weight,
            @DefaultValue("100000000") long rowsPerDay,
            @DefaultValue("100GB") DataSize bytesPerDay) {
        Quota {
            requireBetween("quota.running", running, 1, 10_000);
            requireBetween("quota.queued", queued, 1, 100_000);
            requireBetween("quota.weight", weight, 1, 1_000);
            requireBetween("quota.rows-per-day", rowsPerDay, 1L, Long.MAX_VALUE);
            requireBetween("quota.bytes-per-day", bytesPerDay.toBytes(), 1L, Long.MAX_VALUE);
        }
    }

    /**
     * @param maxBody of a request for a job
     * @param linkTime how long the link to a file holds
     * @param maxStreams of progress at a time, in this process
     * @param maxStreamsPerTenant of those
     * @param watchInterval between two looks at what is watched
     * @param streamTime after which a stream ends, and its client asks again
     * @param maxDownloads at a time, in this process
     * @param downloadTime that one download may take
     */
    record Http(
            @DefaultValue("64KB") DataSize maxBody,
            @DefaultValue("15m") Duration linkTime,
            @DefaultValue("256") int maxStreams,
            @DefaultValue("16") int maxStreamsPerTenant,
            @DefaultValue("500ms") Duration watchInterval,
            @DefaultValue("10m") Duration streamTime,
            @DefaultValue("128") int maxDownloads,
            @DefaultValue("2h") Duration downloadTime) {
        Http {
            requireBetween("http.max-body", maxBody.toBytes(), 1024L, 1L << 20);
            requireBetween("http.link-time", linkTime, Duration.ofSeconds(10), Duration.ofDays(1));
            requireBetween("http.max-streams", maxStreams, 1, 100_000);
            requireBetween("http.max-streams-per-tenant", maxStreamsPerTenant, 1, maxStreams);
            requireBetween("http.watch-interval", watchInterval, Duration.ofMillis(20), Duration.ofMinutes(1));
            requireBetween("http.stream-time", streamTime, Duration.ofSeconds(1), Duration.ofHours(24));
            requireBetween("http.max-downloads", maxDownloads, 1, 100_000);
            requireBetween("http.download-time", downloadTime, Duration.ofSeconds(1), Duration.ofDays(1));
        }
    }

    /**
     * @param allowLoopback whether plain HTTP to this machine itself may be called, as a developer wants it
     * @param allowed addresses that are called although they are not public
     * @param concurrency calls at a time, in this process
     * @param timeout of one call, the opening of a connection included
     * @param poll how often is looked for what is due
     * @param jitter by which each pause is longer, at most, as a part of it
     */
    record Webhooks(
            @DefaultValue("false") boolean allowLoopback,
            @DefaultValue List<String> allowed,
            @DefaultValue("8") int concurrency,
            @DefaultValue("15s") Duration timeout,
            @DefaultValue("1s") Duration poll,
            @DefaultValue("0.2") double jitter) {
        Webhooks {
            allowed = List.copyOf(allowed);
            requireBetween("webhooks.concurrency", concurrency, 1, 1_000);
            requireBetween("webhooks.timeout", timeout, Duration.ofMillis(100), Duration.ofMinutes(1));
            requireBetween("webhooks.poll", poll, Duration.ofMillis(20), Duration.ofMinutes(1));
            requireBetween("webhooks.jitter", jitter, 0.0, 1.0);
        }
    }

    static <T extends Comparable<T>> void requireBetween(String setting, T value, T min, T max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new BadSettingException(
                    "headgate.exports.jobs." + setting, value + " (expected: " + min + ".." + max + ")");
        }
    }
}

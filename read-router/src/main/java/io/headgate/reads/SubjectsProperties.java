package io.headgate.reads;

import io.headgate.api.BadSettingException;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the positions of those are kept who bring no token.
 *
 * @param retention how long after a write; above the lag of any replica that takes reads
 * @param budget what a request may wait for Redis
 * @param retry how long Redis is left alone after it failed
 */
@ConfigurationProperties("headgate.reads.subjects")
record SubjectsProperties(
        @DefaultValue("30s") Duration retention,
        @DefaultValue("50ms") Duration budget,
        @DefaultValue("1s") Duration retry,
        @DefaultValue Redis redis) {

    enum Topology {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    /**
     * @param urls one of a single server, else of sentinels or of the cluster's nodes; none where there is no Redis
     * @param master as the sentinels name it
     */
    record Redis(
            @DefaultValue("single") Topology topology,
            @DefaultValue List<String> urls,
            @DefaultValue("mymaster") String master,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("headgate") String prefix,
            @DefaultValue("8") int connections,
            @DefaultValue("1s") Duration connectTimeout,
            @DefaultValue("2") int threads) {

        Redis {
            urls = urls.stream().filter(url -> !url.isBlank()).toList();
            for (String url : urls) {
                require(url.matches("rediss?://.+"), "redis.urls", "redis:// or rediss://, a host and a port");
            }
            require(
                    topology != Topology.SINGLE || urls.size() <= 1,
                    "redis.urls",
                    "one address, where the topology is single");
            require(connections >= 1 && connections <= 1000, "redis.connections", "1..1000");
            require(threads >= 1 && threads <= 64, "redis.threads", "1..64");
            requireBetween("redis.connect-timeout", connectTimeout, Duration.ofMillis(10), Duration.ofSeconds(30));
        }

        /** An address may hold a password. */
        @Override
        public String toString() {
            return "Redis[topology=" + topology + ", urls=" + urls.size() + "]";
        }
    }

    SubjectsProperties {
        requireBetween("retention", retention, Duration.ofSeconds(1), Duration.ofHours(2));
        requireBetween("budget", budget, Duration.ofMillis(1), Duration.ofSeconds(5));
        requireBetween("retry", retry, Duration.ofMillis(10), Duration.ofMinutes(1));
    }

    /** A replica may show what is older than its lag, and nothing that is younger may be forgotten. */
    SubjectsProperties above(Duration maxLag) {
        require(
                retention.compareTo(maxLag) > 0,
                "retention",
                "above headgate.reads.tracking.max-lag, which is " + maxLag);
        return this;
    }

    private static void requireBetween(String setting, Duration value, Duration min, Duration max) {
        require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0, setting, min + ".." + max);
    }

    private static void require(boolean holds, String setting, String expectation) {
        if (!holds) {
            throw new BadSettingException("headgate.reads.subjects." + setting, "(expected: " + expectation + ")");
        }
    }
}

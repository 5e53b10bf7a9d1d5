package io.headgate.ratelimit;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The bounds of the limits.
 *
 * @param instances counted on at least, while no others were heard of
 * @param keys buckets that this instance knows at once; the least used are forgotten here, not in the store
 * @param budget for all questions to the store that one request waits for
 * @param failures in a row, until the store is not asked any more
 * @param beat how often this instance says that it lives; while the store is away, how often it is tried
 * @param instanceLifetime after its last beat
 */
@ConfigurationProperties("headgate.limits")
record LimitsProperties(
        @DefaultValue("1") int instances,
        @DefaultValue("100000") int keys,
        @DefaultValue("50ms") Duration budget,
        @DefaultValue("5") int failures,
        @DefaultValue("500ms") Duration beat,
        @DefaultValue("5s") Duration instanceLifetime,
        @DefaultValue Leases leases,
        @DefaultValue WhatIf whatIf,
        @DefaultValue Events events,
        @DefaultValue Shedding shedding,
        @DefaultValue Redis redis) {

    /**
     * @param share of a burst, that all instances together may hold ahead
     * @param lifetime of a lease that is not heard of again
     * @param idle after which an unused lease is given back
     */
    record Leases(
            @DefaultValue("0.05") double share,
            @DefaultValue("5s") Duration lifetime,
            @DefaultValue("1s") Duration idle) {

        Leases {
            require(share > 0 && share <= 0.5, "leases.share", share, "above 0, at most 0.5");
            requireBetween("leases.lifetime", lifetime, Duration.ofMillis(500), Duration.ofMinutes(5));
            requireBetween("leases.idle", idle, Duration.ofMillis(10), lifetime);
        }
    }

    /**
     * @param window of traffic that a proposed limit is tried on
     * @param keys that are kept of each ten seconds, those that asked most
     */
    record WhatIf(
            @DefaultValue("5m") Duration window,
            @DefaultValue("1000") int keys) {

        WhatIf {
            requireBetween("what-if.window", window, Duration.ofSeconds(10), Duration.ofHours(1));
            require(keys >= 1 && keys <= 100_000, "what-if.keys", keys, "1..100000");
        }
    }

    /**
     * @param keys whose refusals are counted for events at once
     * @param delay after the first refusal of a window, at most, until it is told
     */
    record Events(
            @DefaultValue("10000") int keys,
            @DefaultValue("60s") Duration delay) {

        Events {
            require(keys >= 1, "events.keys", keys, "at least 1");
            requireBetween("events.delay", delay, Duration.ofSeconds(1), Duration.ofHours(1));
        }
    }

    enum SheddingMode {
        ENFORCE,
        /** Counts whom it would have refused. */
        SHADOW,
        OFF
    }

    /**
     * How much one backend is given at once.
     *
     * @param minLimit however slow it is; with fewer under way, whatever time it takes is its own
     * @param maxLimit however fast it is, and at first
     * @param tolerance how many times longer than usual answers may take
     * @param unremarkable an answer that comes sooner counts as if it took this long
     * @param warmUp of a route to a backend, at least, in which it is learned how long answers usually take
     * @param tenants whose shares in one backend are told apart; all others share one
     * @param forgetAfter the last call of a backend, or of one route of it
     */
    record Shedding(
            @DefaultValue("enforce") SheddingMode mode,
            @DefaultValue("20") int minLimit,
            @DefaultValue("1000") int maxLimit,
            @DefaultValue("2") double tolerance,
            @DefaultValue("100ms") Duration unremarkable,
            @DefaultValue("5s") Duration warmUp,
            @DefaultValue("1000") int tenants,
            @DefaultValue("10m") Duration forgetAfter) {

        Shedding {
            require(minLimit >= 1 && minLimit <= 100_000, "shedding.min-limit", minLimit, "1..100000");
            require(
                    maxLimit >= minLimit && maxLimit <= 1_000_000,
                    "shedding.max-limit",
                    maxLimit,
                    "min-limit, " + minLimit + ", to 1000000");
            require(tolerance >= 1.1 && tolerance <= 5, "shedding.tolerance", tolerance, "1.1..5");
            requireBetween("shedding.unremarkable", unremarkable, Duration.ofMillis(1), Duration.ofMinutes(1));
            requireBetween("shedding.warm-up", warmUp, Duration.ZERO, Duration.ofMinutes(10));
            require(tenants >= 1 && tenants <= 100_000, "shedding.tenants", tenants, "1..100000");
            requireBetween("shedding.forget-after", forgetAfter, Duration.ofSeconds(1), Duration.ofDays(1));
        }
    }

    enum Topology {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    /**
     * Where all instances count.
     *
     * @param urls none for limits that each instance counts by itself; of a cluster or of Sentinels some are enough
     * @param master the name that Sentinels know it by
     * @param prefix of every key
     */
    record Redis(
            @DefaultValue("single") Topology topology,
            @DefaultValue List<String> urls,
            @DefaultValue("mymaster") String master,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("headgate") String prefix,
            @DefaultValue("16") int connections,
            @DefaultValue("1s") Duration connectTimeout,
            @DefaultValue("2") int threads) {

        Redis {
            urls = urls.stream().filter(url -> !url.isBlank()).toList();
            for (String url : urls) {
                require(url.matches("rediss?://.+"), "redis.urls", url, "redis:// or rediss://, a host and a port");
            }
            require(
                    topology != Topology.SINGLE || urls.size() <= 1,
                    "redis.urls",
                    urls.size() + " addresses",
                    "one, where the topology is single");
            require(connections >= 1, "redis.connections", connections, "at least 1");
            require(threads >= 1, "redis.threads", threads, "at least 1");
            requireBetween("redis.connect-timeout", connectTimeout, Duration.ofMillis(10), Duration.ofSeconds(30));
        }

        @Override
        public String toString() {
            return "Redis[topology=" + topology + ", urls=" + urls.size() + "]"; // an address may hold a password
        }
    }

    LimitsProperties {
        require(instances >= 1 && instances <= 10_000, "instances", instances, "1..10000");
        require(keys >= 1, "keys", keys, "at least 1");
        require(failures >= 1, "failures", failures, "at least 1");
        requireBetween("budget", budget, Duration.ofMillis(1), Duration.ofSeconds(5));
        requireBetween("beat", beat, Duration.ofMillis(10), Duration.ofMinutes(1));
        requireBetween("instance-lifetime", instanceLifetime, beat, Duration.ofMinutes(10));
    }

    private static void requireBetween(String name, Duration value, Duration min, Duration max) {
        require(
                value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
                name,
                value.toMillis() + "ms",
                min.toMillis() + "ms.." + max.toMillis() + "ms");
    }

    private static void require(boolean holds, String name, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.limits." + name + ": " + value + " (expected: " + expected + ")");
        }
    }
}

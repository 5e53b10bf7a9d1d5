package io.headgate.reads;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

@ConfigurationProperties("headgate.reads")
record ReadsProperties(
        @DefaultValue Tracking tracking,
        @DefaultValue Choice choice,
        @DefaultValue Tokens tokens,
        @DefaultValue Routed r2dbc,
        @DefaultValue Live databases) {

    /**
     * How nodes are asked.
     *
     * @param intervalWhileWaited the pause between two questions while a read waits for a replica
     * @param timeout of one question, the opening of a connection included; a node that misses it is out
     * @param maxLag a replica that trails further than this is out
     * @param returnLag a replica that was out for its age is back once it trails no further than this
     * @param remembered positions of the primary, to tell bytes from time
     */
    record Tracking(
            @DefaultValue("100ms") Duration interval,
            @DefaultValue("5ms") Duration intervalWhileWaited,
            @DefaultValue("1s") Duration timeout,
            @DefaultValue("10s") Duration maxLag,
            @DefaultValue("1s") Duration returnLag,
            @DefaultValue("512") int remembered) {

        Tracking {
            requireBetween("tracking.interval", interval, Duration.ofMillis(1), Duration.ofMinutes(1));
            requireBetween("tracking.interval-while-waited", intervalWhileWaited, Duration.ofMillis(1), interval);
            requireBetween("tracking.timeout", timeout, Duration.ofMillis(10), Duration.ofSeconds(30));
            requireBetween("tracking.max-lag", maxLag, Duration.ofMillis(10), Duration.ofHours(1));
            requireBetween("tracking.return-lag", returnLag, Duration.ofMillis(1), maxLag);
            requireBetween("tracking.remembered", remembered, 16, 65_536);
        }
    }

    /**
     * Where a read goes.
     *
     * @param waitBudget how long a read waits for a replica to catch up before it goes to the primary
     * @param maxWaiting reads that may wait at once, for each database; above that they go on at once
     * @param primaryReads reads that the primary takes at once; above that they are refused
     * @param retryAfter what those are told
     */
    record Choice(
            @DefaultValue("50ms") Duration waitBudget,
            @DefaultValue("1000") int maxWaiting,
            @DefaultValue("64") int primaryReads,
            @DefaultValue("1s") Duration retryAfter) {

        Choice {
            requireBetween("choice.wait-budget", waitBudget, Duration.ofMillis(1), Duration.ofSeconds(5));
            requireBetween("choice.max-waiting", maxWaiting, 0, 100_000);
            requireBetween("choice.primary-reads", primaryReads, 0, 100_000);
            requireBetween("choice.retry-after", retryAfter, Duration.ofSeconds(1), Duration.ofMinutes(1));
        }
    }

    /**
     * @param maxBranches timelines of clusters that one token tells of
     * @param maxTokens tokens that one request may bring
     * @param clockSkew how far ahead the clock of the instance that issued a token may be
     */
    record Tokens(
            @DefaultValue("8") int maxBranches,
            @DefaultValue("8") int maxTokens,
            @DefaultValue("30s") Duration clockSkew) {

        Tokens {
            requireBetween("tokens.max-branches", maxBranches, 1, 64);
            requireBetween("tokens.max-tokens", maxTokens, 1, 64);
            requireBetween("tokens.clock-skew", clockSkew, Duration.ZERO, Duration.ofMinutes(5));
        }
    }

    /**
     * A cluster that this application itself reads over R2DBC.
     *
     * @param primary {@code r2dbc:postgresql://host[:port]/database}; without it nothing is routed
     * @param maxSize connections to each node
     * @param maxAcquireTime how long a read or write waits for one
     */
    record Routed(
            @DefaultValue("") String primary,
            @DefaultValue List<Replica> replicas,
            @DefaultValue("") String username,
            @DefaultValue("") String password,
            @DefaultValue("session") Consistency level,
            @DefaultValue("5s") Duration maxAge,
            @DefaultValue("16") int maxSize,
            @DefaultValue("1s") Duration maxAcquireTime) {

        /** @param exports whether it is meant for long reads */
        record Replica(
                String name,
                String url,
                @DefaultValue("false") boolean exports) {}

        Routed {
            replicas = List.copyOf(replicas);
            Set<String> names = new HashSet<>(Set.of(Cluster.PRIMARY));
            for (Replica replica : replicas) {
                require(names.add(replica.name()), "r2dbc.replicas", replica.name(), "names of their own");
            }
            requireBetween("r2dbc.max-age", maxAge, Duration.ofMillis(1), Duration.ofHours(1));
            requireBetween("r2dbc.max-size", maxSize, 1, 1000);
            requireBetween("r2dbc.max-acquire-time", maxAcquireTime, Duration.ofMillis(10), Duration.ofMinutes(1));
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "Routed[" + replicas.size() + " replicas]";
        }
    }

    /**
     * The databases of the registry.
     *
     * @param retireAfter how long connections to what is gone are kept, for whoever was about to take one
     */
    record Live(
            @DefaultValue Pages pages,
            @DefaultValue Exports exports,
            @DefaultValue("5s") Duration retireAfter) {

        Live {
            requireBetween("databases.retire-after", retireAfter, Duration.ZERO, Duration.ofMinutes(5));
        }
    }

    /**
     * For pages of datasets.
     *
     * @param maxSize connections to each node
     * @param maxAcquireTime how long a page waits for one
     */
    record Pages(
            @DefaultValue("8") int maxSize,
            @DefaultValue("1s") Duration maxAcquireTime) {
        Pages {
            requireBetween("databases.pages.max-size", maxSize, 1, 1000);
            requireBetween(
                    "databases.pages.max-acquire-time", maxAcquireTime, Duration.ofMillis(10), Duration.ofMinutes(1));
        }
    }

    /**
     * For exports.
     *
     * @param maxSize connections to each node
     * @param maxAcquireTime how long an export waits for one
     */
    record Exports(
            @DefaultValue("4") int maxSize,
            @DefaultValue("5s") Duration maxAcquireTime) {
        Exports {
            requireBetween("databases.exports.max-size", maxSize, 1, 1000);
            requireBetween(
                    "databases.exports.max-acquire-time", maxAcquireTime, Duration.ofMillis(10), Duration.ofMinutes(1));
        }
    }

    private static <T extends Comparable<T>> void requireBetween(String setting, T value, T min, T max) {
        require(value.compareTo(min) >= 0 && value.compareTo(max) <= 0, setting, value, min + ".." + max);
    }

    private static void require(boolean holds, String setting, Object value, String expectation) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.reads." + setting + ": " + value + " (expected: " + expectation + ")");
        }
    }
}

package io.headgate.filter;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.io.Resource;
import org.springframework.util.unit.DataSize;

/**
 * What a query may cost, and what a backend is asked to read.
 *
 * @param maxDepth groups within groups
 * @param maxNodes conditions and groups together
 * @param maxList values of one condition
 * @param maxSize of all that makes the query: a body in bytes, parameters in characters
 * @param maxSortKeys fields that rows are ordered by
 * @param maxQueryString of the URL that a backend gets; what needs more is refused
 * @param cost how what a database reckons is remembered
 * @param schemas a file of schemas by name, for applications without a registry
 */
@ConfigurationProperties("headgate.filter")
record FilterProperties(
        @DefaultValue("5") int maxDepth,
        @DefaultValue("50") int maxNodes,
        @DefaultValue("200") int maxList,
        @DefaultValue("16KB") DataSize maxSize,
        @DefaultValue("4") int maxSortKeys,
        @DefaultValue("16KB") DataSize maxQueryString,
        @DefaultValue Cost cost,
        @Nullable Resource schemas) {

    FilterProperties {
        requireBetween("max-depth", maxDepth, 1, 20);
        requireBetween("max-nodes", maxNodes, 1, 1_000);
        requireBetween("max-list", maxList, 1, 10_000);
        requireBetween("max-size", maxSize.toBytes(), 64, 1_048_576);
        requireBetween("max-sort-keys", maxSortKeys, 1, 16);
        requireBetween("max-query-string", maxQueryString.toBytes(), 256, 1_048_576);
    }

    /**
     * @param remembered verdicts on shapes of queries
     * @param refresh how long one is believed
     */
    record Cost(
            @DefaultValue("10000") int remembered,
            @DefaultValue("1m") Duration refresh) {
        Cost {
            requireBetween("cost.remembered", remembered, 0, 1_000_000);
            requireBetween("cost.refresh", refresh.toMillis(), 0, 86_400_000);
        }
    }

    Budgets budgets() {
        return new Budgets(maxDepth, maxNodes, maxList, (int) maxSize.toBytes(), maxSortKeys);
    }

    Optional<Resource> schemaFile() {
        return Optional.ofNullable(schemas);
    }

    private static void requireBetween(String setting, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "headgate.filter." + setting + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}

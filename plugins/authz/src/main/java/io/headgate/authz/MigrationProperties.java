package io.headgate.authz;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * When what was seen beside the traffic is enough to go by.
 *
 * @param reportInterval how often an instance tells the others what it has found out
 * @param minComparisons of our decisions with those of a backend
 * @param minTime over which they were made
 * @param minPerOperation of a route; one that nobody has used says nothing
 * @param maxUnspoken which part of a backend's answers may lack a legible decision of its own
 * @param examples that are kept of each way in which two decisions differ
 * @param maxRoutes that have a label of their own in the metrics
 */
@ConfigurationProperties("headgate.authz.migration")
record MigrationProperties(
        @DefaultValue("1s") Duration reportInterval,
        @DefaultValue("1000") int minComparisons,
        @DefaultValue("24h") Duration minTime,
        @DefaultValue("1") int minPerOperation,
        @DefaultValue("0.01") double maxUnspoken,
        @DefaultValue("10") int examples,
        @DefaultValue("200") int maxRoutes) {

    MigrationProperties {
        require(
                reportInterval.compareTo(Duration.ofMillis(10)) >= 0
                        && reportInterval.compareTo(Duration.ofSeconds(5)) <= 0,
                "report-interval",
                reportInterval,
                "10ms..5s");
        require(minComparisons >= 1, "min-comparisons", minComparisons, "at least 1");
        require(!minTime.isNegative() && minTime.toDays() <= 365, "min-time", minTime, "0..365d");
        require(minPerOperation >= 0, "min-per-operation", minPerOperation, "at least 0");
        require(maxUnspoken >= 0 && maxUnspoken < 1, "max-unspoken", maxUnspoken, "0, and below 1");
        require(examples >= 0 && examples <= 100, "examples", examples, "0..100");
        require(maxRoutes >= 0 && maxRoutes <= 10_000, "max-routes", maxRoutes, "0..10000");
    }

    private static void require(boolean holds, String setting, Object value, String expectation) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.authz.migration." + setting + ": " + value + " (expected: " + expectation + ")");
        }
    }
}

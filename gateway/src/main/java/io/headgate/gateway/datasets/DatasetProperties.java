package io.headgate.gateway.datasets;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a page of a dataset may cost.
 *
 * @param maxLimit rows; a larger limit is lowered to it
 * @param maxPage of the rows together: a page that would be larger ends early, and its cursor leads on
 * @param statementTimeout of each statement of a page
 * @param fetchSize rows that the database sends at once
 */
@ConfigurationProperties("headgate.datasets")
record DatasetProperties(
        @DefaultValue("500") int maxLimit,
        @DefaultValue("1MB") DataSize maxPage,
        @DefaultValue("5s") Duration statementTimeout,
        @DefaultValue("64") int fetchSize) {

    DatasetProperties {
        requireBetween("max-limit", maxLimit, 1, 1_000);
        requireBetween("max-page", maxPage.toBytes(), 1_024, 67_108_864);
        requireBetween("statement-timeout", statementTimeout.toMillis(), 1, 60_000);
        requireBetween("fetch-size", fetchSize, 1, 1_000);
    }

    private static void requireBetween(String setting, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "headgate.datasets." + setting + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}

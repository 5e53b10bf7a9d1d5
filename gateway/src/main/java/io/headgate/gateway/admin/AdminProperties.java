package io.headgate.gateway.admin;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param bodyTimeout from a request's head to the end of its body
 * @param maxConcurrentWrites on this instance, from the body's first byte on; more are told to come back
 * @param maxConcurrentDryRuns apart from the writes, since each may hold a whole batch in memory
 * @param pageSize of a list whose request names no limit
 */
@ConfigurationProperties("headgate.admin")
record AdminProperties(
        @DefaultValue("10s") Duration bodyTimeout,
        @DefaultValue("64") int maxConcurrentWrites,
        @DefaultValue("4") int maxConcurrentDryRuns,
        @DefaultValue("100") int pageSize) {

    AdminProperties {
        require(bodyTimeout.isPositive(), "body-timeout", bodyTimeout, "above zero");
        require(maxConcurrentWrites >= 1, "max-concurrent-writes", maxConcurrentWrites, "1 or more");
        require(maxConcurrentDryRuns >= 1, "max-concurrent-dry-runs", maxConcurrentDryRuns, "1 or more");
        require(
                pageSize >= 1 && pageSize <= PageRequest.MAX_LIMIT,
                "page-size",
                pageSize,
                "1.." + PageRequest.MAX_LIMIT);
    }

    private static void require(boolean holds, String name, Object value, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "headgate.admin." + name + ": " + value + " (expected: " + expected + ")");
        }
    }
}

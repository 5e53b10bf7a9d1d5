package io.headgate.pagination;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What pages may cost.
 *
 * @param defaultLimit items of a page where the client names no number, at most the route's {@code maxLimit}
 * @param cursorLifetime how long a client may wait with its next page
 * @param heldAnswer of an answer, until its head leaves; an answer that ends before has its next page in {@code Link}
 * @param maxOffset items that a backend may be asked to skip
 * @param maxDepth of a backend's JSON
 * @param maxBackendCursor characters of a backend's own cursor
 * @param maxMeteredTenants tenants with a meter of their own, by route; those after them are counted as one
 */
@ConfigurationProperties("headgate.pagination")
record PaginationProperties(
        @DefaultValue("50") int defaultLimit,
        @DefaultValue("24h") Duration cursorLifetime,
        @DefaultValue("64KB") DataSize heldAnswer,
        @DefaultValue("1000000") long maxOffset,
        @DefaultValue("500") int maxDepth,
        @DefaultValue("1024") int maxBackendCursor,
        @DefaultValue("200") int maxMeteredTenants) {

    PaginationProperties {
        requireBetween("default-limit", defaultLimit, 1, 10_000);
        requireBetween("cursor-lifetime", cursorLifetime.toSeconds(), 1, 31_536_000);
        requireBetween("held-answer", heldAnswer.toBytes(), 0, 16_777_216);
        requireBetween("max-offset", maxOffset, 0, 1_000_000_000_000L);
        requireBetween("max-depth", maxDepth, 8, 10_000);
        requireBetween("max-backend-cursor", maxBackendCursor, 16, 2_048);
        requireBetween("max-metered-tenants", maxMeteredTenants, 0, 10_000);
    }

    private static void requireBetween(String setting, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "headgate.pagination." + setting + ": " + value + " (expected: " + min + ".." + max + ")");
        }
    }
}

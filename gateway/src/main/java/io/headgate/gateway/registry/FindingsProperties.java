package io.headgate.gateway.registry;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param maxSilence after which an instance that lives counts as one whose findings are missing
 * @param keepFor how long findings are kept after they were told last
 */
@ConfigurationProperties("headgate.findings")
record FindingsProperties(
        @DefaultValue("20s") Duration maxSilence,
        @DefaultValue("30d") Duration keepFor) {

    FindingsProperties {
        requirePositive("max-silence", maxSilence);
        requirePositive("keep-for", keepFor);
    }

    private static void requirePositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException("headgate.findings." + name + ": " + value + " (expected: above zero)");
        }
    }
}

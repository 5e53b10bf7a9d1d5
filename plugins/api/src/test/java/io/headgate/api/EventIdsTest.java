package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventIdsTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00.123Z");

    @Test
    void sortByTimeAndSayTheirVersion() {
        UUID earlier = new EventIds(Clock.fixed(NOW, ZoneOffset.UTC)).next();
        UUID later = new EventIds(Clock.fixed(NOW.plusMillis(1), ZoneOffset.UTC)).next();

        assertThat(earlier.version()).isEqualTo(7);
        assertThat(earlier.variant()).isEqualTo(2);
        assertThat(earlier.getMostSignificantBits() >>> 16).isEqualTo(NOW.toEpochMilli());
        assertThat(earlier.toString()).isLessThan(later.toString());
    }
}

package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageBenchTest {

    @Test
    void theBenchPassesAndRewritesPages() {
        assertThatCode(() -> PageBench.measure(List.of(1), Duration.ofMillis(50), 1))
                .doesNotThrowAnyException();
    }
}

package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.api.Test;

class QueryBenchTest {

    @Test
    void theBenchMeasuresQueriesThatAreAllowed() {
        assertThatCode(() -> QueryBench.measure(20_000_000)).doesNotThrowAnyException();
    }
}

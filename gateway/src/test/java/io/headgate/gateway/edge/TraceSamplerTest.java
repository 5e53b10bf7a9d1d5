package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TraceSamplerTest {

    private static final List<String> TRACES = Stream.generate(new Random(7)::nextLong)
            .limit(100_000)
            .map(id -> TraceContext.newTraceId(id, id * 31))
            .toList();

    @Test
    void keepsTheShareThatIsAsked() {
        assertThat(kept(new TraceSampler(0.1, 42))).isBetween(9_700L, 10_300L);
    }

    @Test
    void keepsAllOrNone() {
        assertThat(kept(new TraceSampler(1, 42))).isEqualTo(TRACES.size());
        assertThat(kept(new TraceSampler(0, 42))).isZero();
    }

    @Test
    void choosesAlikeForAllRequestsOfATrace() {
        var first = new TraceSampler(0.5, 42);
        var second = new TraceSampler(0.5, 42);
        assertThat(TRACES).allMatch(trace -> first.keeps(trace) == second.keeps(trace));
    }

    @Test
    void leavesAClientNoIdThatIsAlwaysKept() {
        List<TraceSampler> instances = LongStream.range(0, 200)
                .mapToObj(salt -> new TraceSampler(0.1, salt * 0x9e3779b97f4a7c15L))
                .toList();
        for (String trace : List.of("0".repeat(31) + "1", "f".repeat(32), TRACES.getFirst())) {
            assertThat(instances.stream().filter(sampler -> sampler.keeps(trace)))
                    .hasSizeBetween(5, 50);
        }
    }

    @Test
    void refusesAShareThatIsNone() {
        assertThatThrownBy(() -> new TraceSampler(1.1, 0)).hasMessage("sampling probability: 1.1 (expected: 0.0..1.0)");
    }

    private static long kept(TraceSampler sampler) {
        return TRACES.stream().filter(sampler::keeps).count();
    }
}

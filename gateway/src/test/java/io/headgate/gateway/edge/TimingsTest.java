package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import org.junit.jupiter.api.Test;

class TimingsTest {

    @Test
    void countsAllTimeAsInsideWhereNoBackendWasCalled() {
        var request = ObservedRequest.get("/").refused(EdgeOrder.AUTHENTICATE, ProblemType.UNAUTHENTICATED);
        request.endsAt(3);
        assertThat(Timings.of(request.record)).isEqualTo(millis(3, 3, 0));
    }

    @Test
    void countsTheBackendsTimeToItsHeadApartAndStreamingForNeither() {
        var request = ObservedRequest.get("/").answeredByBackend(200);
        request.endsAt(500);
        assertThat(Timings.of(request.record)).isEqualTo(millis(500, 2 + 1, 30));
    }

    @Test
    void countsAllButTheCallAsInsideWhereTheBackendGaveNoAnswer() {
        var request = ObservedRequest.get("/").calledInVain(1).refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT);
        request.endsAt(52);
        assertThat(Timings.of(request.record)).isEqualTo(millis(52, 2, 50));
    }

    private static Timings millis(long total, long inside, long upstream) {
        return new Timings(total * 1_000_000, inside * 1_000_000, upstream * 1_000_000);
    }
}

package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AddressLimitTest {

    private static final String REQUEST = "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    @Test
    void anAddressThatFloodsIsToldHowLongToWait() {
        try (TestEdge edge =
                TestEdge.start("headgate.edge.address-limit.rate=1", "headgate.edge.address-limit.burst=2")) {
            assertThat(Wire.send(edge.port(), REQUEST)).startsWith("HTTP/1.1 404");
            assertThat(Wire.send(edge.port(), REQUEST)).startsWith("HTTP/1.1 404");
            assertThat(Wire.send(edge.port(), REQUEST))
                    .startsWith("HTTP/1.1 429")
                    .contains("Retry-After: 1")
                    .contains("\"retry_after\":1");
        }
    }
}

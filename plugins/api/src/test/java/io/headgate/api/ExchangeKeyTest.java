package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;

class ExchangeKeyTest {

    private static final ExchangeKey<RequestId> KEY = ExchangeKey.of(RequestId.class);

    private final ServerWebExchange exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/"));

    @Test
    void findsWhatWasPut() {
        assertThat(KEY.find(exchange)).isEmpty();

        KEY.put(exchange, new RequestId("r-1"));

        assertThat(KEY.find(exchange)).contains(new RequestId("r-1"));
        assertThat(KEY.get(exchange)).isEqualTo(new RequestId("r-1"));
    }

    @Test
    void saysWhichStepDidNotRun() {
        assertThatIllegalStateException()
                .isThrownBy(() -> KEY.get(exchange))
                .withMessageContaining("headgate.RequestId")
                .withMessageContaining("did not run");
    }

    @Test
    void refusesAValueOfAnotherType() {
        exchange.getAttributes().put(KEY.name(), "r-1");

        assertThatExceptionOfType(ClassCastException.class).isThrownBy(() -> KEY.find(exchange));
    }
}

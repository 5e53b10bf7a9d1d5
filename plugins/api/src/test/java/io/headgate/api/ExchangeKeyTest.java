package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;
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
                .withMessageContaining("RequestId")
                .withMessageContaining("did not run");
    }

    @Test
    void keysOfOneTypeAreDistinctPlaces() {
        ExchangeKey<RequestId> other = ExchangeKey.of(RequestId.class);

        KEY.put(exchange, new RequestId("r-1"));

        assertThat(other.find(exchange)).isEmpty();
    }

    @Test
    void aKeyThatIsMadeLaterFindsItsPlace() {
        KEY.put(exchange, new RequestId("r-1"));

        ExchangeKey<String> later = ExchangeKey.of(String.class);
        assertThat(later.find(exchange)).isEmpty();
        later.put(exchange, "value");

        assertThat(later.get(exchange)).isEqualTo("value");
        assertThat(KEY.get(exchange)).isEqualTo(new RequestId("r-1"));
    }

    @Test
    void anExchangeThatIsChangedCarriesTheValuesOn() {
        KEY.put(exchange, new RequestId("r-1"));

        ServerWebExchange changed =
                exchange.mutate().request(builder -> builder.path("/other")).build();

        assertThat(KEY.get(changed)).isEqualTo(new RequestId("r-1"));
    }
}

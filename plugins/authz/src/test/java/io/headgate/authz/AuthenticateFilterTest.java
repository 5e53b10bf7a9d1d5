package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import io.headgate.api.FilterContract;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class AuthenticateFilterTest {

    private static final Caller ANA = new Caller(
            "acme",
            "ana",
            Set.of(),
            Optional.empty(),
            Set.of(),
            Set.of(),
            Set.of("headgate"),
            "t-1",
            Instant.parse("2027-01-01T00:00:00Z"));

    private record Scripted(Optional<Caller> atOnce, Mono<Caller> later) implements Authenticator {
        @Override
        public Optional<Caller> authenticated(HttpHeaders headers, String audience) {
            return atOnce;
        }

        @Override
        public Mono<Caller> authenticate(HttpHeaders headers, String audience) {
            return later;
        }
    }

    private static ServerWebExchange exchange() {
        return MockServerWebExchange.from(MockServerHttpRequest.get("/api/reports"));
    }

    @Nested
    class WithATokenThatIsKnown implements FilterContract {
        @Override
        public GatewayFilter filter() {
            return new AuthenticateFilter(new Scripted(Optional.of(ANA), Mono.error(new AssertionError())), "headgate");
        }

        @Override
        public ServerWebExchange passing() {
            return exchange();
        }

        @Test
        void addsNothingToTheChain() {
            ServerWebExchange exchange = passing();
            Mono<Void> rest = Mono.empty();

            assertThat(filter().filter(exchange, passed -> rest)).isSameAs(rest);
            assertThat(Caller.KEY.get(exchange)).isEqualTo(ANA);
        }
    }

    @Nested
    class WithATokenThatIsNew implements FilterContract {
        @Override
        public GatewayFilter filter() {
            return new AuthenticateFilter(
                    new Scripted(Optional.empty(), Mono.just(ANA).subscribeOn(Schedulers.parallel())), "headgate");
        }

        @Override
        public ServerWebExchange passing() {
            return exchange();
        }
    }
}

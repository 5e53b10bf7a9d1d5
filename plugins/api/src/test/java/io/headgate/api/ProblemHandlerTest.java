package io.headgate.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ResponseStatusException;
import reactor.test.StepVerifier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProblemHandlerTest {

    private final ProblemHandler handler = new ProblemHandler();

    @Test
    void writesADocumentWithEveryMember() {
        MockServerWebExchange exchange = get();
        RequestId.KEY.put(exchange, new RequestId("r-1"));

        handle(
                exchange,
                Problem.tryLater(ProblemType.UPSTREAM_BUSY, "Busy.", Duration.ofMillis(1500))
                        .asException());

        MockServerHttpResponse response = exchange.getResponse();
        assertThat(response.getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(response.getHeaders().getFirst("Content-Type")).isEqualTo("application/problem+json");
        assertThat(response.getHeaders().getFirst("Retry-After")).isEqualTo("2");
        assertThat(response.getHeaders().getFirst("Cache-Control")).isEqualTo("no-store");
        assertThat(bodyOf(exchange)).isEqualTo(JsonMapper.shared().readTree("""
                {"type":"/problems/upstream-busy","title":"Backend busy","status":503,"detail":"Busy.",
                 "instance":"r-1","retry_after":2}"""));
    }

    @Test
    void saysWhichMethodsAPathTakes() {
        MockServerWebExchange exchange = get();

        handle(exchange, new Problem.MethodNotAllowed(Set.of(HttpMethod.POST, HttpMethod.DELETE)).asException());

        assertThat(exchange.getResponse().getHeaders().getFirst("Allow")).isEqualTo("DELETE, POST");
    }

    @Test
    void namesEachProblemOfAResource() {
        MockServerWebExchange exchange = get();

        handle(
                exchange,
                new Problem.InvalidResource("Wrong.", List.of(new SpecProblem("/spec/a", "7 (expected: 8)")))
                        .asException());

        assertThat(bodyOf(exchange).at("/problems/0/pointer").stringValue()).isEqualTo("/spec/a");
    }

    @Test
    void saysNothingOfAFailureThatNobodyExpected() {
        MockServerWebExchange exchange = get();

        handle(exchange, new IllegalStateException("jdbc:postgresql://10.0.0.1/secret"));

        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
        assertThat(bodyOf(exchange).toString()).doesNotContain("10.0.0.1", "IllegalState");
    }

    @Test
    void translatesWhatTheFrameworkRefuses() {
        for (int status : List.of(404, 413, 400)) {
            MockServerWebExchange exchange = get();
            handle(exchange, new ResponseStatusException(HttpStatusCode.valueOf(status), "internal words"));
            assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatusCode.valueOf(status));
            assertThat(bodyOf(exchange).toString()).doesNotContain("internal words");
        }
    }

    @Test
    void answersHeadWithTheHeadersAlone() {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.head("/x"));

        handle(exchange, Problem.of(ProblemType.NO_ROUTE, "None.").asException());

        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.NOT_FOUND);
        assertThat(exchange.getResponse().getHeaders().getContentLength()).isPositive();
        assertThat(exchange.getResponse().getBodyAsString().block()).isEmpty();
    }

    @Test
    void answersGrpcWithAStatusOfItsOwn() {
        var exchange = MockServerWebExchange.from(
                MockServerHttpRequest.post("/x").header("Content-Type", "application/grpc+proto"));

        handle(exchange, new Problem.Unauthenticated("invalid_token").asException());

        MockServerHttpResponse response = exchange.getResponse();
        assertThat(response.getStatusCode()).isEqualTo(HttpStatus.OK);
        assertThat(response.getHeaders().getFirst("Content-Type")).isEqualTo("application/grpc");
        assertThat(response.getHeaders().getFirst("grpc-status")).isEqualTo("16");
        assertThat(response.getHeaders().getFirst("grpc-message")).isEqualTo("Authentication%20required");
        assertThat(response.getBodyAsString().block()).isEmpty();
    }

    @Test
    void doesNotTakeGrpcWebForGrpc() {
        var exchange = MockServerWebExchange.from(
                MockServerHttpRequest.post("/x").header("Content-Type", "application/grpc-web+proto"));

        handle(exchange, new Problem.Unauthenticated("").asException());

        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.UNAUTHORIZED);
    }

    @Test
    void breaksAResponseOfWhichBytesHaveLeft() {
        MockServerWebExchange exchange = get();
        exchange.getResponse().setComplete().block();
        var failure = new IllegalStateException("late");

        StepVerifier.create(handler.handle(exchange, failure))
                .expectErrorSatisfies(error -> assertThat(error).isSameAs(failure))
                .verify(Duration.ofSeconds(60));
    }

    @Test
    void leavesNoHeaderOfAnAnswerThatWasBegun() {
        MockServerWebExchange exchange = get();
        exchange.getResponse().getHeaders().setContentLength(1_000_000);
        exchange.getResponse().getHeaders().set("Content-Encoding", "gzip");
        exchange.getResponse().getHeaders().set("ETag", "\"1\"");
        exchange.getResponse().getHeaders().set("Repr-Digest", "sha-256=:AA==:");

        handle(exchange, Problem.of(ProblemType.BAD_GATEWAY, "Broken.").asException());

        assertThat(exchange.getResponse().getHeaders().getContentLength()).isLessThan(1000);
        assertThat(exchange.getResponse().getHeaders().containsHeader("Content-Encoding"))
                .isFalse();
        assertThat(exchange.getResponse().getHeaders().containsHeader("ETag")).isFalse();
        assertThat(exchange.getResponse().getHeaders().containsHeader("Repr-Digest"))
                .isFalse();
    }

    private void handle(MockServerWebExchange exchange, Throwable error) {
        StepVerifier.create(handler.handle(exchange, error)).expectComplete().verify(Duration.ofSeconds(60));
    }

    private static MockServerWebExchange get() {
        return MockServerWebExchange.from(MockServerHttpRequest.get("/x"));
    }

    private static JsonNode bodyOf(MockServerWebExchange exchange) {
        return JsonMapper.shared()
                .readTree(Objects.requireNonNull(
                        exchange.getResponse().getBodyAsString().block()));
    }
}

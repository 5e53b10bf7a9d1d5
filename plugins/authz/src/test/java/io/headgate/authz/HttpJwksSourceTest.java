package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.PrematureCloseException;
import reactor.test.StepVerifier;

class HttpJwksSourceTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final AuthzProperties.Jwks PATIENT = bounds(PATIENCE);
    private static final AuthzProperties.Jwks HASTY = bounds(Duration.ofMillis(500));

    private final TestIssuer issuer = TestIssuer.start("https://issuer.example");
    private final HttpJwksSource source = new HttpJwksSource(issuer.jwksUri(), PATIENT);
    private final HttpJwksSource hasty = new HttpJwksSource(issuer.jwksUri(), HASTY);

    private static AuthzProperties.Jwks bounds(Duration timeout) {
        return new AuthzProperties.Jwks(
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                Duration.ofHours(1),
                timeout,
                timeout,
                DataSize.ofKilobytes(64),
                100);
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    @Test
    void fetchesTheDocument() {
        StepVerifier.create(source.fetch())
                .expectNext(issuer.jwks())
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void givesUpOnASlowAnswer() {
        issuer.behave((response, jwks) -> response.sendHeaders().then(Mono.never()));

        StepVerifier.create(hasty.fetch()).expectError(TimeoutException.class).verify(PATIENCE);
    }

    @Test
    void givesUpOnAnAnswerThatDripsOnAndOn() {
        issuer.behave((response, jwks) -> response.sendString(
                Flux.interval(Duration.ofMillis(20)).map(tick -> " ").onBackpressureDrop(),
                java.nio.charset.StandardCharsets.UTF_8));

        StepVerifier.create(hasty.fetch()).expectError(TimeoutException.class).verify(PATIENCE);
    }

    @Test
    void stopsReadingAnAnswerThatIsTooLarge() {
        issuer.behave(
                (response, jwks) -> response.sendString(Flux.range(0, 1000).map(i -> " ".repeat(10_000))));

        StepVerifier.create(source.fetch())
                .expectErrorSatisfies(error -> assertThat(error).hasMessageContaining("65536"))
                .verify(PATIENCE);
    }

    @Test
    void takesNoOtherStatusForAnAnswer() {
        for (int status : new int[] {204, 301, 404, 500}) {
            issuer.behave((response, jwks) -> response.status(status)
                    .header("Location", issuer.jwksUri() + "?again")
                    .send());
            StepVerifier.create(source.fetch())
                    .expectErrorSatisfies(error -> assertThat(error).hasMessageContaining("status " + status))
                    .verify(PATIENCE);
        }
    }

    @Test
    void failsWhereTheAnswerBreaksOff() {
        issuer.behave((response, jwks) -> response.header("Content-Length", "1000")
                .sendString(Flux.concat(Mono.just("{"), Mono.error(new IllegalStateException("broken off")))));

        StepVerifier.create(source.fetch())
                .expectError(PrematureCloseException.class)
                .verify(PATIENCE);
    }

    @Test
    void failsWhereNobodyListens() throws Exception {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }

        StepVerifier.create(new HttpJwksSource(URI.create("http://127.0.0.1:" + port + "/"), PATIENT).fetch())
                .expectError(java.net.ConnectException.class)
                .verify(PATIENCE);
    }
}

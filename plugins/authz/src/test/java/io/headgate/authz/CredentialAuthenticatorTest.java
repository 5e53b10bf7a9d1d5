package io.headgate.authz;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.MutableClock;
import io.headgate.api.ProblemType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

class CredentialAuthenticatorTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String EDGE = "headgate";

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-01T12:00:00Z"));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final TestIssuer one = TestIssuer.start("https://one.example", clock);
    private final TestIssuer two = TestIssuer.start("https://two.example", clock);
    private final AtomicReference<Mono<String>> answerOfOne = new AtomicReference<>(Mono.fromSupplier(one::jwks));
    private final Fixtures.CountingSource sourceOfOne = new Fixtures.CountingSource(() -> answerOfOne.get());
    private final Map<SecretHash, Caller> apiKeys = new HashMap<>();
    private final AtomicReference<Revoked> revoked = new AtomicReference<>(Revoked.NOTHING);
    private final VerifierPool pool = new VerifierPool(1, 1);
    private final CredentialAuthenticator authenticator = authenticator();

    private CredentialAuthenticator authenticator() {
        var metrics = new AuthzMetrics(meters);
        IssuerKeys keysOfOne = Fixtures.keys(one.issuer(), sourceOfOne, clock);
        var issuers = List.of(
                new TrustedIssuer(
                        one.issuer(), Set.of(EDGE, "headgate-admin"), Set.of("acme"), Fixtures.ALGORITHMS, keysOfOne),
                Fixtures.trusting(two, clock, "globex"));
        return new CredentialAuthenticator(
                new JwtVerifier(issuers, clock, Duration.ofSeconds(30)),
                pool,
                new TokenCache(Fixtures.TOKENS, clock),
                hash -> Optional.ofNullable(apiKeys.get(hash)),
                revoked::get,
                metrics,
                clock,
                Fixtures.PROPERTIES);
    }

    @AfterEach
    void stop() {
        pool.close();
        one.close();
        two.close();
    }

    @Test
    void knowsATokenAtOnceAfterItWasProved() {
        HttpHeaders headers = bearer(one.token().sign());
        assertThat(authenticator.authenticated(headers, EDGE)).isEmpty();

        Caller proved = authenticate(headers);

        assertThat(authenticator.authenticated(headers, EDGE)).containsSame(proved);
        assertThat(count("known")).isEqualTo(1);
        assertThat(count("proved")).isEqualTo(1);
    }

    @Test
    void refusesARevokedTokenAlsoWhereItWasProvedBefore() {
        HttpHeaders headers = bearer(one.token().sign());
        Caller proved = authenticate(headers);
        Instant until = clock.instant().plus(Duration.ofHours(1));
        List<Revoked> revocations = List.of(
                new Revoked(Map.of("acme", until), Map.of(), Map.of(), Map.of()),
                new Revoked(Map.of(), Map.of("acme/ana", until), Map.of(), Map.of()),
                new Revoked(Map.of(), Map.of(), Map.of(proved.credentialId(), until), Map.of()));

        for (Revoked one : revocations) {
            revoked.set(one);

            assertThat(authenticator.authenticated(headers, EDGE)).as("%s", one).isEmpty();
            assertThatRefusalOf(authenticator.authenticate(headers, EDGE)).hasType(ProblemType.UNAUTHENTICATED);
        }
        assertThat(count("revoked")).isEqualTo(3);
    }

    @Test
    void letsARevocationGoWithItsTime() {
        HttpHeaders headers = bearer(one.token().expiresIn(Duration.ofHours(2)).sign());
        Instant until = clock.instant().plus(Duration.ofMinutes(1));
        revoked.set(new Revoked(Map.of(), Map.of("acme/ana", until), Map.of(), Map.of()));
        assertThatRefusalOf(authenticator.authenticate(headers, EDGE)).hasType(ProblemType.UNAUTHENTICATED);

        clock.advance(Duration.ofMinutes(1));

        assertThat(authenticate(headers).subject()).isEqualTo("ana");
    }

    @Test
    void letsNobodyInButAdministratorsWhileARevocationCannotBeRead() {
        HttpHeaders headers = bearer(one.token().sign());
        HttpHeaders admin = bearer(one.token().audience(AdminRole.AUDIENCE).sign());
        authenticate(headers);
        revoked.set(new Revoked(Map.of(), Map.of(), Map.of(), Map.of(), false));

        assertThat(authenticator.authenticated(headers, EDGE)).isEmpty();
        assertThatRefusalOf(authenticator.authenticate(headers, EDGE)).hasType(ProblemType.AUTHENTICATION_UNAVAILABLE);
        assertThat(authenticator.authenticate(admin, AdminRole.AUDIENCE).block(PATIENCE))
                .isNotNull();
    }

    @Test
    void revokesNobodyElse() {
        Instant until = clock.instant().plus(Duration.ofHours(1));
        revoked.set(new Revoked(
                Map.of("globex", until), Map.of("acme/bob", until, "globex/ana", until), Map.of("x", until), Map.of()));

        assertThat(authenticate(bearer(one.token().sign())).subject()).isEqualTo("ana");
    }

    @Test
    void forgetsATokenWhenItExpires() {
        HttpHeaders headers =
                bearer(one.token().expiresIn(Duration.ofMinutes(1)).sign());
        authenticate(headers);
        clock.advance(Duration.ofSeconds(59));
        assertThat(authenticator.authenticated(headers, EDGE)).isPresent();

        clock.advance(Duration.ofSeconds(1));

        assertThat(authenticator.authenticated(headers, EDGE)).isEmpty();
    }

    @Test
    void believesATokenNoLongerThanTheSettingAfterItsKeyWasRemoved() {
        String token = one.token().expiresIn(Duration.ofHours(1)).sign();
        authenticate(bearer(token));
        one.remove("key-1");
        one.rotate("key-2");
        authenticate(bearer(one.token().subject("bob").sign()), Fixtures.JWKS.coolDown());

        clock.advance(Fixtures.TOKENS.cacheTtl());

        assertThat(authenticator.authenticated(bearer(token), EDGE)).isEmpty();
        assertThatRefusalOf(authenticator.authenticate(bearer(token), EDGE)).hasType(ProblemType.UNAUTHENTICATED);
    }

    @Test
    void picksUpANewKeyWithTheFirstTokenThatNamesIt() {
        authenticate(bearer(one.token().sign()));
        one.rotate("key-2");

        Caller caller = authenticate(bearer(one.token().subject("bob").sign()), Fixtures.JWKS.coolDown());

        assertThat(caller.subject()).isEqualTo("bob");
        assertThat(sourceOfOne.questions()).isEqualTo(2);
    }

    @Test
    void doesNotAskTheIssuerAgainForEveryKeyThatSomebodyInvents() {
        authenticate(bearer(one.token().sign()));
        for (int i = 0; i < 100; i++) {
            String kid = "invented-" + i;
            String token = one.token().header(header -> header.keyID(kid)).sign();
            assertThatRefusalOf(authenticator.authenticate(bearer(token), EDGE)).hasType(ProblemType.UNAUTHENTICATED);
        }

        assertThat(sourceOfOne.questions()).isEqualTo(1);
    }

    @Test
    void provesTokensWithTheLastGoodKeysWhileTheIssuerIsDead() {
        authenticate(bearer(one.token().sign()));
        answerOfOne.set(Mono.error(new IllegalStateException("down")));
        clock.advance(Fixtures.JWKS.maxStale());

        assertThat(authenticate(bearer(one.token().sign())).subject()).isEqualTo("ana");
    }

    @Test
    void answers503ForADeadIssuerWithoutKeysAndServesTheOthers() {
        answerOfOne.set(Mono.error(new IllegalStateException("down")));

        assertThatRefusalOf(authenticator.authenticate(bearer(one.token().sign()), EDGE))
                .hasType(ProblemType.AUTHENTICATION_UNAVAILABLE)
                .hasHeader("Retry-After", "10");
        assertThat(authenticate(bearer(two.token().tenant("globex").sign())).tenant())
                .isEqualTo("globex");
        assertThat(count("keys-unavailable")).isEqualTo(1);
    }

    @Test
    void saysThatItCannotTellWhenANewKeyCannotBeFetched() {
        authenticate(bearer(one.token().sign()));
        one.rotate("key-2");
        answerOfOne.set(Mono.error(new IllegalStateException("down")));
        clock.advance(Fixtures.JWKS.coolDown());

        assertThatRefusalOf(authenticator.authenticate(bearer(one.token().sign()), EDGE))
                .hasType(ProblemType.AUTHENTICATION_UNAVAILABLE);
    }

    @Test
    void refusesEveryBadTokenInTheSameWords() {
        List<String> bad = List.of(
                one.token().expiresIn(Duration.ofMinutes(-5)).sign(),
                one.token().audience("billing").sign(),
                one.token().signedBy(two.key("key-1")).sign(),
                one.token().tenant("globex").sign(),
                one.token().claim("iss", "https://three.example").sign(),
                one.token().claim("padding", "x".repeat(100_000)).sign(),
                "e30.e30.e30",
                "not a token");
        for (String token : bad) {
            assertThatRefusalOf(authenticator.authenticate(bearer(token), EDGE))
                    .hasType(ProblemType.UNAUTHENTICATED)
                    .hasDetailContaining("The credential is not valid here.")
                    .hasHeader("WWW-Authenticate", "Bearer realm=\"headgate\", error=\"invalid_token\"");
        }
    }

    @Test
    void namesNoErrorWhereNoCredentialCame() {
        assertThatRefusalOf(authenticator.authenticate(new HttpHeaders(), EDGE))
                .hasType(ProblemType.UNAUTHENTICATED)
                .hasHeader("WWW-Authenticate", "Bearer realm=\"headgate\"");
    }

    @Test
    void holdsEachTokenToTheAudienceThatIsAskedFor() {
        HttpHeaders edgeOnly = bearer(one.token().sign());
        authenticate(edgeOnly);

        assertThat(authenticator.authenticated(edgeOnly, "headgate-admin")).isEmpty();
        assertThatRefusalOf(authenticator.authenticate(edgeOnly, "headgate-admin"))
                .hasType(ProblemType.UNAUTHENTICATED);

        HttpHeaders both = bearer(one.token().audience(EDGE, "headgate-admin").sign());
        StepVerifier.create(authenticator.authenticate(both, "headgate-admin"))
                .expectNextCount(1)
                .expectComplete()
                .verify(PATIENCE);
    }

    @Test
    void checksAForgedTokenOnceInAWhile() {
        HttpHeaders forged = bearer(one.token().signedBy(two.key("key-1")).sign());
        for (int i = 0; i < 10; i++) {
            assertThatRefusalOf(authenticator.authenticate(forged, EDGE)).hasType(ProblemType.UNAUTHENTICATED);
        }
        assertThat(count("refused-signature")).isEqualTo(1);

        clock.advance(Fixtures.TOKENS.forgedCacheTtl());
        assertThatRefusalOf(authenticator.authenticate(forged, EDGE)).hasType(ProblemType.UNAUTHENTICATED);

        assertThat(count("refused-signature")).isEqualTo(2);
    }

    @Test
    void answers503WhenMoreTokensWaitThanTheQueueHolds() throws InterruptedException {
        authenticate(bearer(one.token().sign()));
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        var running = pool.run(() -> {
                    started.countDown();
                    return busy.await(60, TimeUnit.SECONDS);
                })
                .subscribe();
        assertThat(started.await(60, TimeUnit.SECONDS)).isTrue();
        var queued = authenticator
                .authenticate(bearer(one.token().subject("bob").sign()), EDGE)
                .subscribe();

        assertThatRefusalOf(authenticator.authenticate(
                        bearer(one.token().subject("eve").sign()), EDGE))
                .hasType(ProblemType.AUTHENTICATION_UNAVAILABLE)
                .hasMember("retry_after", 1L);

        busy.countDown();
        running.dispose();
        queued.dispose();
    }

    @Test
    void leavesTheKeysToTheOthersWhenAClientGoesAwayWhileTheyAreFetched() {
        Sinks.One<String> later = Sinks.one();
        CountDownLatch asked = new CountDownLatch(1);
        answerOfOne.set(later.asMono().doOnSubscribe(subscription -> asked.countDown()));
        var gone = authenticator.authenticate(bearer(one.token().sign()), EDGE).subscribe();
        await(asked);
        StepVerifier waiting = StepVerifier.create(authenticator.authenticate(
                        bearer(one.token().subject("bob").sign()), EDGE))
                .expectNextMatches(caller -> caller.subject().equals("bob"))
                .expectComplete()
                .verifyLater();

        gone.dispose();
        later.tryEmitValue(one.jwks());

        waiting.verify(PATIENCE);
        assertThat(sourceOfOne.questions()).isEqualTo(1);
    }

    @Test
    void knowsAnApiKeyUntilItExpiresOrIsGone() {
        String secret = ApiKeySecret.create(new Random(1)).text();
        Caller service = new Caller(
                "acme",
                "svc",
                Set.of("editor"),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Set.of(EDGE),
                "key",
                clock.instant().plusSeconds(60));
        apiKeys.put(SecretHash.of(secret), service);
        HttpHeaders headers = new HttpHeaders();
        headers.set("X-Api-Key", secret);
        assertThat(authenticator.authenticated(headers, EDGE)).contains(service);
        assertThat(authenticate(headers)).isEqualTo(service);
        assertThat(authenticator.authenticated(headers, "headgate-admin")).isEmpty();

        clock.advance(Duration.ofSeconds(60));

        assertThat(authenticator.authenticated(headers, EDGE)).isEmpty();
        assertThatRefusalOf(authenticator.authenticate(headers, EDGE)).hasType(ProblemType.UNAUTHENTICATED);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private Caller authenticate(HttpHeaders headers, Duration after) {
        clock.advance(after);
        return authenticate(headers);
    }

    private Caller authenticate(HttpHeaders headers) {
        return java.util.Objects.requireNonNull(
                authenticator.authenticate(headers, EDGE).block(PATIENCE));
    }

    private double count(String outcome) {
        return meters.counter("headgate.authz.credentials", "outcome", outcome).count();
    }

    private static HttpHeaders bearer(String token) {
        HttpHeaders headers = new HttpHeaders();
        headers.set("Authorization", "Bearer " + token);
        return headers;
    }
}

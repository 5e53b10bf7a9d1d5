package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import io.headgate.api.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

@ExtendWith(OutputCaptureExtension.class)
class IssuerKeysTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-01T12:00:00Z"));
    private final AtomicReference<Mono<String>> answer = new AtomicReference<>(Mono.just(jwks("a")));
    private final Fixtures.CountingSource source = new Fixtures.CountingSource(() -> answer.get());
    private final IssuerKeys keys = Fixtures.keys("https://issuer.example", source, clock);

    @Test
    void hasNoKeysBeforeItHasAsked() {
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Unknown.class);
        assertThat(keys.isReachable()).isFalse();
        assertThat(keys.isDue()).isTrue();
    }

    @Test
    void picksANewKeyUpAndKeepsTheOldOneUntilItIsRemoved() {
        refresh();
        answer.set(Mono.just(jwks("a", "b")));
        clock.advance(Fixtures.JWKS.coolDown());
        refresh();
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
        assertThat(keys.find(header("b"))).isInstanceOf(KeySet.Found.class);

        answer.set(Mono.just(jwks("b")));
        clock.advance(Fixtures.JWKS.coolDown());
        refresh();

        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Unknown.class);
        assertThat(keys.find(header("b"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void asksOnceInACoolDownHoweverManyUnknownKeysAreNamed() {
        for (int i = 0; i < 1000; i++) {
            refresh();
        }
        assertThat(source.questions()).isEqualTo(1);

        clock.advance(Fixtures.JWKS.coolDown());
        refresh();

        assertThat(source.questions()).isEqualTo(2);
    }

    @Test
    void sharesOneQuestionAmongAllWhoWait() {
        Sinks.One<String> later = Sinks.one();
        answer.set(later.asMono());
        List<StepVerifier> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            waiting.add(StepVerifier.create(keys.refresh()).expectComplete().verifyLater());
        }

        later.tryEmitValue(jwks("a"));

        waiting.forEach(one -> one.verify(PATIENCE));
        assertThat(source.questions()).isEqualTo(1);
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void answersTheOthersWhenTheOneWhoAskedGoesAway() {
        Sinks.One<String> later = Sinks.one();
        answer.set(later.asMono());
        var first = keys.refresh().subscribe();
        StepVerifier second =
                StepVerifier.create(keys.refresh()).expectComplete().verifyLater();

        first.dispose();
        later.tryEmitValue(jwks("a"));

        second.verify(PATIENCE);
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void asksAgainAfterOneWhoNeverWaitedForTheAnswer() {
        keys.refresh(); // assembled and dropped, as by a client that went away

        refresh();

        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void keepsTheLastGoodKeysWhileTheIssuerIsDeadButNotForever() {
        refresh();
        answer.set(Mono.error(new IllegalStateException("connection refused")));
        clock.advance(Fixtures.JWKS.maxStale());
        refresh();
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
        assertThat(keys.isReachable()).isFalse();

        clock.advance(Duration.ofMillis(1));

        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Unknown.class);
    }

    @Test
    void comesBackWhenTheIssuerDoes() {
        answer.set(Mono.error(new IllegalStateException("connection refused")));
        refresh();
        assertThat(keys.isDue()).isTrue();

        answer.set(Mono.just(jwks("a")));
        clock.advance(Fixtures.JWKS.coolDown());
        refresh();

        assertThat(keys.isReachable()).isTrue();
        assertThat(keys.isDue()).isFalse();
        assertThat(keys.find(header("a"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void isDueBeforeTheKeysAreTooOld() {
        refresh();
        clock.advance(Fixtures.JWKS.refreshInterval().minusMillis(1));
        assertThat(keys.isDue()).isFalse();

        clock.advance(Duration.ofMillis(1));

        assertThat(keys.isDue()).isTrue();
    }

    @Test
    void keepsTheLastGoodKeysWhenTheAnswerIsGarbage() {
        refresh();
        for (String garbage :
                List.of("", "<html>", "[]", "{}", "{\"keys\":7}", "{\"keys\":[]}", "{\"keys\":[1,null]}")) {
            answer.set(Mono.just(garbage));
            clock.advance(Fixtures.JWKS.coolDown());
            refresh();
            assertThat(keys.isReachable()).as(garbage).isFalse();
            assertThat(keys.find(header("a"))).as(garbage).isInstanceOf(KeySet.Found.class);
        }
    }

    @Test
    void leavesOutWhatCanProveNothing() throws Exception {
        var privateKey = new ECKeyGenerator(Curve.P_256).keyID("private").generate();
        var secret = new OctetSequenceKeyGenerator(256).keyID("secret").generate();
        var weak = new RSAKeyGenerator(1024, true).keyID("weak").generate().toPublicJWK();
        var encrypts = new ECKeyGenerator(Curve.P_256)
                .keyID("encrypts")
                .keyUse(com.nimbusds.jose.jwk.KeyUse.ENCRYPTION)
                .generate()
                .toPublicJWK();
        var good = new ECKeyGenerator(Curve.P_256).keyID("good").generate().toPublicJWK();
        String unknownType = "{\"kty\":\"XYZ\",\"kid\":\"unknown\"}";
        String listed = new JWKSet(List.of(privateKey, secret, weak, encrypts, good)).toString(false);
        answer.set(Mono.just(listed.replaceFirst("\\[", "[" + unknownType + ",")));

        refresh();

        for (String kid : List.of("private", "secret", "weak", "encrypts", "unknown")) {
            assertThat(keys.find(header(kid))).as(kid).isInstanceOf(KeySet.Unknown.class);
        }
        assertThat(keys.find(header("good"))).isInstanceOf(KeySet.Found.class);
    }

    @Test
    void refusesMoreKeysThanTheSettingAllows() {
        String many = "{\"keys\":[" + "{},".repeat(Fixtures.JWKS.maxKeys()) + "{}]}";
        answer.set(Mono.just(many));

        refresh();

        assertThat(keys.isReachable()).isFalse();
    }

    @Test
    void speaksOfEarlierKeysOnlyWhereThereAreSome(CapturedOutput output) {
        answer.set(Mono.error(new IllegalStateException("connection refused")));
        refresh();
        assertThat(output).contains("never had yet").doesNotContain("lastGood").doesNotContain("earlier ones");

        answer.set(Mono.just(jwks("a")));
        clock.advance(Fixtures.JWKS.coolDown());
        refresh();
        answer.set(Mono.error(new IllegalStateException("connection refused")));
        clock.advance(Fixtures.JWKS.coolDown());
        refresh();

        assertThat(output).contains("lastGood").contains("the earlier ones stay");
    }

    private void refresh() {
        StepVerifier.create(keys.refresh()).expectComplete().verify(PATIENCE);
    }

    private static JWSHeader header(String keyId) {
        return new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(keyId).build();
    }

    private static String jwks(String... keyIds) {
        List<com.nimbusds.jose.jwk.JWK> keys = new ArrayList<>();
        for (String keyId : keyIds) {
            try {
                keys.add(new ECKeyGenerator(Curve.P_256).keyID(keyId).generate());
            } catch (com.nimbusds.jose.JOSEException e) {
                throw new IllegalStateException(e);
            }
        }
        return new JWKSet(keys).toPublicJWKSet().toString();
    }
}

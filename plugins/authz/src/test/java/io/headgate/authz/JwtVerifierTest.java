package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.headgate.api.Caller;
import io.headgate.api.MutableClock;
import io.headgate.authz.Verification.Reason;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JwtVerifierTest {

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-01T12:00:00Z"));
    private final TestIssuer issuer = TestIssuer.start("https://one.example", clock);
    private final TestIssuer other = TestIssuer.start("https://two.example", clock);
    private JwtVerifier verifier = verifier();

    @BeforeEach
    void trustBoth() {
        verifier = verifier();
    }

    private JwtVerifier verifier() {
        return new JwtVerifier(
                List.of(Fixtures.trusting(issuer, clock, "acme"), Fixtures.trusting(other, clock, "globex")),
                clock,
                Duration.ofSeconds(30));
    }

    @AfterEach
    void stop() {
        issuer.close();
        other.close();
    }

    @Test
    void readsWhoCallsFromATokenThatHolds() {
        String token = issuer.token()
                .roles("analyst", "editor")
                .claim("plan", "pro")
                .claim("scope", "reports:read reports:write")
                .claim("teams", List.of("reports"))
                .claim("jti", "t-1")
                .sign();

        assertThat(callerOf(token))
                .isEqualTo(new Caller(
                        "acme",
                        "ana",
                        Set.of("analyst", "editor"),
                        Optional.of("pro"),
                        Set.of("reports:read", "reports:write"),
                        Set.of("reports"),
                        Set.of("headgate"),
                        "t-1",
                        Instant.parse("2026-11-01T12:05:00Z")));
    }

    @Test
    void namesATokenWithoutAnIdByItsHash() {
        String token = issuer.token().sign();

        assertThat(callerOf(token).credentialId())
                .isEqualTo("sha256:" + SecretHash.of(token).hex());
    }

    @Test
    void believesAnIssuerForItsOwnAudiencesOnly() {
        Caller caller =
                callerOf(issuer.token().audience("headgate", "headgate-admin").sign());

        assertThat(caller.audiences()).containsExactly("headgate");
    }

    @Test
    void takesEachTypeThatAccessTokensHave() {
        for (String type : List.of("JWT", "at+jwt", "application/at+jwt", "AT+JWT")) {
            String token = issuer.token()
                    .header(header -> header.type(new JOSEObjectType(type)))
                    .sign();
            assertThat(verifier.verify(token)).as(type).isInstanceOf(Verification.Proved.class);
        }
        assertRefused(
                issuer.token()
                        .header(header -> header.type(new JOSEObjectType("dpop+jwt")))
                        .sign(),
                Reason.TYPE);
    }

    @Test
    void refusesAnExpiredToken() {
        String token = issuer.token().expiresIn(Duration.ofMinutes(1)).sign();

        clock.advance(Duration.ofSeconds(90));

        assertRefused(token, Reason.TIME);
    }

    @Test
    void forgivesAClockThatIsALittleOff() {
        String token = issuer.token().expiresIn(Duration.ofMinutes(1)).sign();

        clock.advance(Duration.ofSeconds(89));

        assertThat(verifier.verify(token)).isInstanceOf(Verification.Proved.class);
    }

    @Test
    void refusesATokenThatNeverExpires() {
        assertRefused(issuer.token().claim("exp", null).sign(), Reason.TIME);
    }

    @Test
    void refusesATokenBeforeItsTime() {
        Date later = Date.from(clock.instant().plusSeconds(31));
        assertRefused(issuer.token().claim("nbf", later).sign(), Reason.TIME);
        assertRefused(issuer.token().claim("iat", later).sign(), Reason.TIME);
    }

    @Test
    void refusesAnUnsignedToken() {
        assertRefused(new PlainJWT(issuer.token().claims()).serialize(), Reason.MALFORMED);
        String signed = issuer.token().sign();
        assertRefused(signed.substring(0, signed.lastIndexOf('.') + 1), Reason.MALFORMED);
    }

    @Test
    void refusesAlgorithmNoneInWhateverCase() {
        String payload = issuer.token().sign().split("\\.")[1];
        for (String none : List.of("none", "None", "NONE", "nOnE")) {
            String header = Base64URL.encode("{\"alg\":\"" + none + "\",\"kid\":\"key-1\"}")
                    .toString();
            for (String signature : List.of("", "AAAA")) {
                assertThat(verifier.verify(header + "." + payload + "." + signature))
                        .as(none)
                        .isInstanceOf(Verification.Refused.class);
            }
        }
    }

    @Test
    void refusesAnotherAudience() {
        assertRefused(issuer.token().audience("billing").sign(), Reason.AUDIENCE);
        assertRefused(issuer.token().claim("aud", null).sign(), Reason.AUDIENCE);
    }

    @Test
    void refusesAnIssuerThatNobodyNamed() {
        assertRefused(issuer.token().claim("iss", "https://three.example").sign(), Reason.ISSUER);
        assertRefused(issuer.token().claim("iss", null).sign(), Reason.ISSUER);
        assertRefused(issuer.token().claim("iss", "https://one.example/").sign(), Reason.ISSUER);
    }

    @Test
    void refusesATokenThatIsSignedWithTheKeyOfAnotherIssuer() {
        assertRefused(issuer.token().signedBy(other.key("key-1")).sign(), Reason.SIGNATURE);
    }

    @Test
    void refusesATenantOfAnotherIssuer() {
        assertRefused(issuer.token().tenant("globex").sign(), Reason.TENANT);
        assertThat(callerOf(other.token().tenant("globex").sign()).tenant()).isEqualTo("globex");
    }

    @Test
    void letsAnIssuerSpeakForEveryTenantWhereTheSettingsSaySo() {
        var any = new JwtVerifier(List.of(Fixtures.trusting(issuer, clock, "*")), clock, Duration.ZERO);

        assertThat(any.verify(issuer.token().tenant("initech").sign())).isInstanceOf(Verification.Proved.class);
    }

    @Test
    void refusesASecretMadeOfThePublicKey() throws Exception {
        RSAKey rsa = issuer.rotateToRsa("rsa", 2048);
        verifier = verifier();
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa").build();
        var jwt = new SignedJWT(header, issuer.token().claims());
        jwt.sign(new MACSigner(rsa.toRSAPublicKey().getEncoded()));

        assertRefused(jwt.serialize(), Reason.ALGORITHM);
    }

    @Test
    void refusesAnAlgorithmThatDoesNotFitTheKey() {
        RSAKey rsa = issuer.rotateToRsa("rsa", 2048);
        verifier = verifier();

        assertRefused(
                issuer.token()
                        .signedBy(rsa)
                        .header(header -> header.keyID("key-1"))
                        .sign(),
                Reason.KEY);
    }

    @Test
    void doesNotLookAtAKeyThatTheTokenBrings() throws Exception {
        ECKey mine = new com.nimbusds.jose.jwk.gen.ECKeyGenerator(com.nimbusds.jose.jwk.Curve.P_256)
                .keyID("key-1")
                .generate();

        assertRefused(
                issuer.token()
                        .signedBy(mine)
                        .header(header -> header.jwk(mine.toPublicJWK()))
                        .sign(),
                Reason.SIGNATURE);
    }

    @Test
    void neverFetchesAnAddressThatTheTokenNames() {
        int before = other.questions();
        String token = issuer.token()
                .signedBy(other.key("key-1"))
                .header(header -> header.jwkURL(other.jwksUri()).x509CertURL(URI.create(other.jwksUri() + "?x5u")))
                .sign();

        assertRefused(token, Reason.SIGNATURE);
        assertThat(other.questions()).isEqualTo(before);
    }

    @Test
    void refusesCriticalHeaders() {
        assertRefused(
                issuer.token()
                        .header(header -> header.criticalParams(Set.of("exp")).customParam("exp", 1))
                        .sign(),
                Reason.CRITICAL_HEADER);
    }

    @Test
    void toleratesAMissingKeyIdWhereThereIsOneKey() {
        String token = issuer.token().header(header -> header.keyID(null)).sign();
        assertThat(verifier.verify(token)).isInstanceOf(Verification.Proved.class);

        issuer.rotate("key-2");
        verifier = verifier();

        assertRefused(token, Reason.KEY);
    }

    @Test
    void asksForAKeyThatItDoesNotKnow() {
        issuer.rotate("key-2");

        assertThat(verifier.verify(issuer.token().sign())).isInstanceOf(Verification.KeyMissing.class);
    }

    @Test
    void refusesATokenThatWasChangedAfterItWasSigned() {
        String[] parts = issuer.token().sign().split("\\.");
        String payload = Base64URL.encode(issuer.token().roles("admin").claims().toString())
                .toString();

        assertRefused(parts[0] + "." + payload + "." + parts[2], Reason.SIGNATURE);
    }

    @Test
    void refusesClaimsOfTheWrongShape() {
        assertRefused(issuer.token().claim("roles", 7).sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("roles", List.of(7)).sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("tenant", "acme/ana").sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("tenant", null).sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("sub", null).sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("sub", "ana\r\nX: y").sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("scope", "a  b").sign(), Reason.CLAIMS);
        assertRefused(issuer.token().claim("plan", List.of("pro")).sign(), Reason.CLAIMS);
    }

    @Test
    void refusesWhatIsNoTokenAtAll() {
        for (String garbage : List.of("a.b.c", "..", "eyJ.eyJ.sig", "\u0000.\u0000.\u0000", "e30.e30.e30")) {
            assertThat(verifier.verify(garbage)).as(garbage).isEqualTo(new Verification.Refused(Reason.MALFORMED));
        }
    }

    private Caller callerOf(String token) {
        Verification verification = verifier.verify(token);
        assertThat(verification).isInstanceOf(Verification.Proved.class);
        return ((Verification.Proved) verification).caller();
    }

    private void assertRefused(String token, Reason reason) {
        assertThat(verifier.verify(token)).isEqualTo(new Verification.Refused(reason));
    }
}

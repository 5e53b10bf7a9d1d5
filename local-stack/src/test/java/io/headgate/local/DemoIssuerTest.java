package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIssuerTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    private final DemoIssuer issuer = DemoIssuer.inMemory("http://issuer", Clock.fixed(NOW, ZoneOffset.UTC));

    @Test
    void aTokenSaysWhoCallsAndIsSignedByThePublishedKey() throws Exception {
        TokenSpec spec = TokenSpec.of("acme", "ana", "analyst")
                .withTeams("reports")
                .withPlan("pro")
                .withScopes("a", "b");

        var token = SignedJWT.parse(issuer.sign(spec));

        var key = JWKSet.parse(issuer.jwks()).getKeyByKeyId(token.getHeader().getKeyID());
        assertThat(key.isPrivate()).isFalse();
        assertThat(token.verify(new ECDSAVerifier(key.toECKey()))).isTrue();
        JWTClaimsSet claims = token.getJWTClaimsSet();
        assertThat(claims.getIssuer()).isEqualTo("http://issuer");
        assertThat(claims.getSubject()).isEqualTo("ana");
        assertThat(claims.getStringClaim("tenant")).isEqualTo("acme");
        assertThat(claims.getStringListClaim("roles")).containsExactly("analyst");
        assertThat(claims.getStringListClaim("teams")).containsExactly("reports");
        assertThat(claims.getStringClaim("plan")).isEqualTo("pro");
        assertThat(claims.getStringClaim("scope")).isEqualTo("a b");
        assertThat(claims.getAudience()).containsExactly("headgate");
        assertThat(claims.getIssueTime()).isEqualTo(Date.from(NOW));
        assertThat(claims.getNotBeforeTime()).isEqualTo(Date.from(NOW));
        assertThat(claims.getExpirationTime()).isEqualTo(Date.from(NOW.plus(Duration.ofHours(1))));
        assertThat(claims.getJWTID()).isNotBlank();
    }

    @Test
    void aRoleOfTheAdminPlaneAddsItsAudience() {
        assertThat(TokenSpec.of("acme", "ops", "sre").audiences()).containsExactly("headgate", "headgate-admin");
        assertThat(TokenSpec.of("acme", "ops", "sre").withAudiences("other").audiences())
                .containsExactly("other");
    }

    @Test
    void aTokenMayBeginLaterOrHaveExpired() throws Exception {
        TokenSpec spec = TokenSpec.of("acme", "ana");

        assertThat(claims(spec.withTimes(Duration.ofHours(1), Duration.ofHours(2)))
                        .getExpirationTime())
                .isEqualTo(Date.from(NOW.plus(Duration.ofHours(3))));
        assertThat(claims(spec.withTimes(Duration.ZERO, Duration.ofMinutes(-5))).getExpirationTime())
                .isEqualTo(Date.from(NOW.minus(Duration.ofMinutes(5))));
    }

    @Test
    void theKeyIsMadeOnceAndOnlyItsOwnerMayReadIt(@TempDir Path directory) throws Exception {
        String first = DemoIssuer.open(directory, "http://issuer").jwks();

        assertThat(DemoIssuer.open(directory, "http://issuer").jwks()).isEqualTo(first);
        try (var files = Files.list(directory)) {
            assertThat(files.toList()).singleElement().satisfies(DemoIssuerTest::isPrivate);
        }
    }

    @Test
    void eachPurposeOfTheGatewaysKeysGetsOneFile(@TempDir Path directory) throws Exception {
        Path keys = DemoKeys.fill(directory.resolve("keys"));
        List<Path> first = list(keys);

        assertThat(list(DemoKeys.fill(keys))).isEqualTo(first).hasSize(5).allSatisfy(DemoIssuerTest::isPrivate);
        assertThat(first)
                .extracting(file -> file.getFileName().toString().split("\\.")[0])
                .containsExactly("caller-header", "consistency-token", "cursor", "signed-url", "webhook");
    }

    private JWTClaimsSet claims(TokenSpec spec) throws Exception {
        return SignedJWT.parse(issuer.sign(spec)).getJWTClaimsSet();
    }

    private static List<Path> list(Path directory) throws Exception {
        try (var files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private static void isPrivate(Path file) throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }
}

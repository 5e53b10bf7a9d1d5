package io.headgate.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.UUID;

/** Signs demo tokens with ES256, by a key that is kept in a file so that tokens outlive a restart. */
public final class DemoIssuer {

    private static final String KEY_FILE = "issuer.jwk.json";

    private final String url;
    private final ECKey key;
    private final Clock clock;

    private DemoIssuer(String url, ECKey key, Clock clock) {
        this.url = url;
        this.key = key;
        this.clock = clock;
    }

    /** The issuer whose key is in the directory; the key is made where there is none. */
    public static DemoIssuer open(Path directory, String url) {
        return existing(directory, url).orElseGet(() -> {
            ECKey made = DemoKeys.newSigningKey(Clock.systemUTC());
            Modes.writePrivately(directory.resolve(KEY_FILE), made.toJSONString());
            return new DemoIssuer(url, made, Clock.systemUTC());
        });
    }

    /** The issuer whose key is in the directory, for those who must not make one. */
    static Optional<DemoIssuer> existing(Path directory, String url) {
        Path file = directory.resolve(KEY_FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new DemoIssuer(url, ECKey.parse(Files.readString(file)), Clock.systemUTC()));
        } catch (IOException e) {
            throw new StackException("cannot read " + file, e);
        } catch (ParseException e) {
            throw new StackException(file + " is not an EC key; delete it, and the next `up` makes a new one");
        }
    }

    /** One of a test's own: a new key, and any clock. */
    public static DemoIssuer inMemory(String url, Clock clock) {
        return new DemoIssuer(url, DemoKeys.newSigningKey(clock), clock);
    }

    public String url() {
        return url;
    }

    /** The public part of its key, as a JWK set in JSON. */
    public String jwks() {
        return new JWKSet(key.toPublicJWK()).toString();
    }

    public String sign(TokenSpec spec) {
        Instant now = clock.instant();
        Instant from = now.plus(spec.notBefore());
        var claims = new JWTClaimsSet.Builder()
                .issuer(spec.issuer().orElse(url))
                .subject(spec.subject())
                .audience(spec.audiences())
                .issueTime(Date.from(now))
                .notBeforeTime(Date.from(from))
                .expirationTime(Date.from(from.plus(spec.ttl())))
                .jwtID(UUID.randomUUID().toString())
                .claim("tenant", spec.tenant())
                .claim("roles", spec.roles())
                .claim("teams", spec.teams())
                .claim("scope", String.join(" ", spec.scopes()));
        spec.plan().ifPresent(plan -> claims.claim("plan", plan));
        return sign(claims.build());
    }

    private String sign(JWTClaimsSet claims) {
        var token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .type(JOSEObjectType.JWT)
                        .keyID(key.getKeyID())
                        .build(),
                claims);
        try {
            token.sign(new ECDSASigner(key.toECPrivateKey(), Curve.P_256));
        } catch (JOSEException e) {
            throw new StackException("cannot sign", e);
        }
        return token.serialize();
    }
}

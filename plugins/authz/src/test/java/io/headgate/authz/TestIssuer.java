package io.headgate.authz;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerResponse;

/** An issuer with keys that rotate, the server that publishes them, and the tokens it signs. */
public final class TestIssuer implements AutoCloseable {

    /** What the server does when it is asked for the keys. */
    public interface Behaviour {
        Publisher<Void> answer(HttpServerResponse response, String jwks);
    }

    private final String issuer;
    private final Clock clock;
    private final List<JWK> keys = new CopyOnWriteArrayList<>();
    private final AtomicInteger questions = new AtomicInteger();
    private final DisposableServer server;
    private volatile Behaviour behaviour = (response, jwks) ->
            response.header("Content-Type", "application/json").sendString(Mono.just(jwks));

    private TestIssuer(String issuer, Clock clock) {
        this.issuer = issuer;
        this.clock = clock;
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    questions.incrementAndGet();
                    return behaviour.answer(response, jwks());
                })
                .bindNow();
        rotate("key-1");
    }

    public static TestIssuer start(String issuer) {
        return new TestIssuer(issuer, Clock.systemUTC());
    }

    public static TestIssuer start(String issuer, Clock clock) {
        return new TestIssuer(issuer, clock);
    }

    public String issuer() {
        return issuer;
    }

    public URI jwksUri() {
        return URI.create("http://127.0.0.1:" + server.port() + "/jwks.json");
    }

    public String jwks() {
        return new JWKSet(List.copyOf(keys)).toPublicJWKSet().toString();
    }

    /** How often the keys were asked for. */
    public int questions() {
        return questions.get();
    }

    public void behave(Behaviour behaviour) {
        this.behaviour = behaviour;
    }

    /** Adds an EC key, which signs from now on. */
    public ECKey rotate(String keyId) {
        try {
            ECKey key = new ECKeyGenerator(Curve.P_256).keyID(keyId).generate();
            keys.add(key);
            return key;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public RSAKey rotateToRsa(String keyId, int bits) {
        try {
            RSAKey key = new RSAKeyGenerator(bits, true).keyID(keyId).generate();
            keys.add(key);
            return key;
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public void remove(String keyId) {
        keys.removeIf(key -> key.getKeyID().equals(keyId));
    }

    public JWK key(String keyId) {
        return keys.stream()
                .filter(key -> key.getKeyID().equals(keyId))
                .findFirst()
                .orElseThrow();
    }

    /** A token that every check lets pass: ana of acme, analyst, for five minutes. */
    public Token token() {
        return new Token(keys.getLast());
    }

    @Override
    public void close() {
        server.disposeNow(Duration.ofSeconds(5));
    }

    /** A token in the making. */
    public final class Token {
        private JWK key;
        private JWSAlgorithm algorithm;
        private Consumer<JWSHeader.Builder> header = builder -> {};
        private final JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(issuer)
                .subject("ana")
                .audience("headgate")
                .claim("tenant", "acme")
                .claim("roles", List.of("analyst"))
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(clock.instant().plus(Duration.ofMinutes(5))));

        private Token(JWK key) {
            this.key = key;
            this.algorithm = algorithmOf(key);
        }

        public Token signedBy(JWK key) {
            this.key = key;
            this.algorithm = algorithmOf(key);
            return this;
        }

        public Token algorithm(JWSAlgorithm algorithm) {
            this.algorithm = algorithm;
            return this;
        }

        public Token header(Consumer<JWSHeader.Builder> header) {
            this.header = header;
            return this;
        }

        public Token tenant(String tenant) {
            return claim("tenant", tenant);
        }

        public Token subject(String subject) {
            return claim("sub", subject);
        }

        public Token roles(String... roles) {
            return claim("roles", List.of(roles));
        }

        public Token audience(String... audiences) {
            claims.audience(List.of(audiences));
            return this;
        }

        public Token expiresIn(Duration duration) {
            claims.expirationTime(Date.from(clock.instant().plus(duration)));
            return this;
        }

        /** A null value leaves the claim out. */
        public Token claim(String name, @org.jspecify.annotations.Nullable Object value) {
            claims.claim(name, value);
            return this;
        }

        public JWTClaimsSet claims() {
            return claims.build();
        }

        public String sign() {
            var builder =
                    new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(key.getKeyID());
            header.accept(builder);
            try {
                var jwt = new SignedJWT(builder.build(), claims.build());
                jwt.sign(signer(key));
                return jwt.serialize();
            } catch (JOSEException e) {
                throw new IllegalStateException(e);
            }
        }

        private static JWSAlgorithm algorithmOf(JWK key) {
            return key instanceof ECKey ? JWSAlgorithm.ES256 : JWSAlgorithm.RS256;
        }

        private static JWSSigner signer(JWK key) throws JOSEException {
            return key instanceof ECKey ec ? new ECDSASigner(ec) : new RSASSASigner((RSAKey) key, true);
        }
    }
}

package io.headgate.gateway.edge;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.headgate.api.Caller;
import io.headgate.api.EdgeOrder;
import io.headgate.api.InternalHeaders;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.api.NativeCrypto;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import io.headgate.gateway.upstream.OutboundHeaders;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Tells backends who calls, in a form that only this gateway can write: a short-lived JWT for one route. Without a key
 * to sign with, a request that has a caller is refused; one without a caller needs none.
 */
final class CallerHeaders {

    private static final Duration LIFE = Duration.ofSeconds(60);
    /** A kept header has at least half of its life before it when it is sent. */
    private static final Duration KEPT = LIFE.dividedBy(2);

    private static final Duration NO_KEY_RETRY = Duration.ofSeconds(10);

    private final Optional<KeyRing> keys;
    private final InstantSource clock;
    private final LoadingCache<CallerOnRoute, String> signed;
    private volatile @Nullable Signer lastSigner;

    private record Signer(JWK key, Optional<Provider> provider, JWSSigner signer) {}

    CallerHeaders(Optional<KeyRing> keys, InstantSource clock, int kept) {
        this.keys = keys;
        this.clock = clock;
        NativeCrypto.provider(); // begins to load
        this.signed = Caffeine.newBuilder()
                .maximumSize(kept)
                .expireAfterWrite(KEPT)
                .ticker(ticker(clock))
                .executor(Runnable::run)
                .build(this::sign);
    }

    EdgeFilter filter(RouteInfo route) {
        ResourceId id = route.id();
        return new EdgeFilter(EdgeOrder.CALLER_HEADER, (exchange, chain) -> filter(id, exchange, chain));
    }

    private Mono<Void> filter(ResourceId route, ServerWebExchange exchange, GatewayFilterChain chain) {
        Optional<Caller> caller = Caller.KEY.find(exchange);
        if (caller.isPresent()) {
            OutboundHeaders.KEY
                    .get(exchange)
                    .set(InternalHeaders.CALLER, signed.get(new CallerOnRoute(caller.get(), route)));
        }
        return chain.filter(exchange);
    }

    /** The public halves of all keys, those of tomorrow too, so that backends know a key before it signs. */
    String publicKeys() {
        var publicKeys = new ArrayList<JWK>();
        keys.ifPresent(ring -> ring.all(KeyPurpose.CALLER_HEADER).stream()
                .map(CallerHeaders::publicKey)
                .forEach(publicKeys::add));
        return new JWKSet(publicKeys).toString();
    }

    private static JWK publicKey(JWK key) {
        if (!(key instanceof ECKey ec)) {
            throw new IllegalStateException("key " + key.getKeyID() + " (expected: an EC key)");
        }
        return new ECKey.Builder(ec.toPublicJWK())
                .algorithm(JWSAlgorithm.ES256)
                .keyUse(com.nimbusds.jose.jwk.KeyUse.SIGNATURE)
                .build();
    }

    private String sign(CallerOnRoute callerOnRoute) {
        JWK key = keys.flatMap(ring -> ring.current(KeyPurpose.CALLER_HEADER))
                .orElseThrow(() -> Problem.tryLater(
                                ProblemType.AUTHENTICATION_UNAVAILABLE,
                                "The gateway cannot vouch for callers at the moment.",
                                NO_KEY_RETRY)
                        .asException());
        Caller caller = callerOnRoute.caller;
        Instant now = clock.instant();
        var claims = new JWTClaimsSet.Builder()
                .issuer("headgate")
                .subject(caller.subject())
                .audience(callerOnRoute.route.toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(LIFE)))
                .claim("tenant", caller.tenant())
                .claim("roles", new ArrayList<>(new TreeSet<>(caller.roles())))
                .claim("scopes", new ArrayList<>(new TreeSet<>(caller.scopes())));
        caller.plan().ifPresent(plan -> claims.claim("plan", plan));
        var jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256)
                        .type(JOSEObjectType.JWT)
                        .keyID(key.getKeyID())
                        .build(),
                claims.build());
        try {
            jwt.sign(signer(key));
            return jwt.serialize();
        } catch (JOSEException | InvalidKeyException | NoSuchAlgorithmException e) {
            throw new IllegalStateException("key " + key.getKeyID() + " does not sign", e);
        }
    }

    private JWSSigner signer(JWK key) throws JOSEException, InvalidKeyException, NoSuchAlgorithmException {
        Optional<Provider> provider = NativeCrypto.provider();
        Signer kept = lastSigner;
        if (kept == null || !kept.key.equals(key) || !kept.provider.equals(provider)) {
            kept = new Signer(key, provider, signer(key.toECKey(), provider));
            lastSigner = kept;
        }
        return kept.signer;
    }

    /** Translating the key takes as long as a signature, so it is done once. */
    private static JWSSigner signer(ECKey key, Optional<Provider> provider)
            throws JOSEException, InvalidKeyException, NoSuchAlgorithmException {
        if (provider.isEmpty()) {
            return new ECDSASigner(key);
        }
        var translated =
                (PrivateKey) KeyFactory.getInstance("EC", provider.get()).translateKey(key.toECPrivateKey());
        var signer = new ECDSASigner(translated, key.getCurve());
        signer.getJCAContext().setProvider(provider.get());
        return signer;
    }

    private static Ticker ticker(InstantSource clock) {
        return () -> clock.millis() * 1_000_000;
    }

    /** By identity: a verified token is one caller object for as long as it is kept, and comparing roles costs more. */
    private record CallerOnRoute(Caller caller, ResourceId route) {
        @Override
        @SuppressWarnings("ReferenceEquality")
        public boolean equals(Object other) {
            return other instanceof CallerOnRoute(Caller theirs, ResourceId theirRoute)
                    && theirs == caller
                    && theirRoute.equals(route);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(caller) * 31 + route.hashCode();
        }
    }
}

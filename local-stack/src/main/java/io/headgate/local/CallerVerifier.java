package io.headgate.local;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes the caller from the header that the gateway signs. Its keys are fetched ahead, and again when an unknown one is
 * met, at most once in a few seconds, from the first gateway that answers; while none does, nobody is let in.
 */
final class CallerVerifier {

    /** Where keys come from. */
    interface KeySource {
        Mono<String> jwks(String url);
    }

    private static final Logger log = LoggerFactory.getLogger(CallerVerifier.class);
    private static final Duration REFETCH_AFTER = Duration.ofSeconds(3);
    private static final Duration RETRY_AFTER = Duration.ofMillis(500);
    private static final int RETRIES_AHEAD = 240;
    private static final Duration LEEWAY = Duration.ofSeconds(30);
    private static final String ISSUER = "headgate";
    private static final int MAX_LENGTH = 8_192;
    private static final int MAX_VERIFIED = 10_000;

    private final String audiencePrefix;
    private final Clock clock;
    private final Mono<Map<String, ECKey>> fetched;
    private volatile Map<String, ECKey> known = Map.of();
    /** A gateway sends the same header for half a minute, and checking a signature takes a millisecond. */
    private final Map<String, Verified> verified = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
            return size() > MAX_VERIFIED;
        }
    });

    private record Verified(DemoCaller caller, Instant until) {}

    CallerVerifier(String audiencePrefix, List<String> jwksUrls, KeySource source, Clock clock) {
        this.audiencePrefix = audiencePrefix;
        this.clock = clock;
        this.fetched = Flux.fromIterable(jwksUrls)
                .concatMap(url -> source.jwks(url).map(CallerVerifier::keysOf).onErrorResume(e -> unreachable(url, e)))
                .next()
                .defaultIfEmpty(Map.of())
                .doOnNext(keys -> known = keys.isEmpty() ? known : keys)
                .cache(keys -> keys.isEmpty() ? RETRY_AFTER : REFETCH_AFTER, e -> RETRY_AFTER, () -> RETRY_AFTER);
    }

    private static Mono<Map<String, ECKey>> unreachable(String url, Throwable e) {
        log.atDebug()
                .addKeyValue("url", url)
                .addKeyValue("reason", e.toString())
                .log("keys of the gateway not fetched");
        return Mono.empty();
    }

    /** So that no caller waits for them, once a gateway is there. */
    void fetchAhead() {
        fetched.filter(keys -> !keys.isEmpty())
                .repeatWhenEmpty(RETRIES_AHEAD, empty -> empty.delayElements(RETRY_AFTER))
                .subscribe(keys -> {}, never -> log.warn("no gateway gives its keys"));
    }

    Mono<DemoCaller> verify(String header) {
        Verified before = verified.get(header);
        if (before != null && before.until().isAfter(clock.instant())) {
            return Mono.just(before.caller());
        }
        SignedJWT token;
        try {
            if (header.length() > MAX_LENGTH) {
                return Mono.error(new Unauthenticated());
            }
            token = SignedJWT.parse(header);
        } catch (ParseException e) {
            return Mono.error(new Unauthenticated());
        }
        String keyId = token.getHeader().getKeyID();
        if (keyId == null || !token.getHeader().getAlgorithm().equals(JWSAlgorithm.ES256)) {
            return Mono.error(new Unauthenticated());
        }
        return keyOf(keyId)
                .flatMap(key -> Mono.fromCallable(() -> {
                    Verified now = callerOf(token, key);
                    verified.put(header, now);
                    return now.caller();
                }));
    }

    private Mono<ECKey> keyOf(String keyId) {
        return Mono.defer(() -> {
            ECKey key = known.get(keyId);
            return key != null
                    ? Mono.just(key)
                    : fetched.map(keys -> {
                        if (keys.isEmpty()) {
                            throw new KeysUnavailable();
                        }
                        return Optional.ofNullable(keys.get(keyId)).orElseThrow(Unauthenticated::new);
                    });
        });
    }

    private Verified callerOf(SignedJWT token, ECKey key) throws JOSEException, ParseException {
        if (!token.verify(new ECDSAVerifier(key))) {
            throw new Unauthenticated();
        }
        JWTClaimsSet claims = token.getJWTClaimsSet();
        Instant now = clock.instant();
        boolean holds = ISSUER.equals(claims.getIssuer())
                && claims.getAudience().stream().anyMatch(audience -> audience.startsWith(audiencePrefix))
                && claims.getExpirationTime() != null
                && claims.getExpirationTime().toInstant().plus(LEEWAY).isAfter(now)
                && (claims.getNotBeforeTime() == null
                        || claims.getNotBeforeTime().toInstant().minus(LEEWAY).isBefore(now));
        String tenant = claims.getStringClaim("tenant");
        if (!holds || tenant == null || claims.getSubject() == null) {
            throw new Unauthenticated();
        }
        List<String> roles = claims.getStringListClaim("roles");
        return new Verified(
                new DemoCaller(tenant, claims.getSubject(), roles == null ? Set.of() : new HashSet<>(roles)),
                claims.getExpirationTime().toInstant().plus(LEEWAY));
    }

    private static Map<String, ECKey> keysOf(String jwks) {
        Map<String, ECKey> keys = new HashMap<>();
        try {
            JWKSet.parse(jwks).getKeys().forEach(key -> {
                if (key instanceof ECKey ec && key.getKeyID() != null) {
                    keys.put(key.getKeyID(), ec);
                }
            });
        } catch (ParseException e) {
            throw new IllegalArgumentException("not a JWK set", e);
        }
        return Map.copyOf(keys);
    }

    /** Who calls cannot be told now. */
    static final class KeysUnavailable extends RuntimeException {

        private static final long serialVersionUID = 1;

        KeysUnavailable() {
            super("the keys of the gateway are not there", null, false, false);
        }
    }

    /** Says nothing of which check failed. */
    static final class Unauthenticated extends RuntimeException {

        private static final long serialVersionUID = 1;

        Unauthenticated() {
            super("no valid caller", null, false, false);
        }
    }
}

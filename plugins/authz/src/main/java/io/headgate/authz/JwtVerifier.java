package io.headgate.authz;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.headgate.api.Caller;
import io.headgate.authz.Verification.KeyMissing;
import io.headgate.authz.Verification.Proved;
import io.headgate.authz.Verification.Reason;
import io.headgate.authz.Verification.Refused;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Proves a token. The issuer it names is chosen before any key is looked at, so that a key can only ever speak for its
 * own issuer; what costs least is checked first, and the signature last. Keys, certificates and addresses of keys that
 * the token itself brings along are not looked at.
 */
final class JwtVerifier {

    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

    private final Map<String, TrustedIssuer> issuers;
    private final Clock clock;
    private final Duration clockSkew;

    JwtVerifier(Collection<TrustedIssuer> issuers, Clock clock, Duration clockSkew) {
        this.issuers =
                issuers.stream().collect(Collectors.toUnmodifiableMap(TrustedIssuer::issuer, Function.identity()));
        this.clock = clock;
        this.clockSkew = clockSkew;
    }

    Verification verify(String token) {
        try {
            SignedJWT jwt = SignedJWT.parse(token);
            JWTClaimsSet claims = jwt.getJWTClaimsSet();
            return claims == null ? new Refused(Reason.MALFORMED) : verify(token, jwt, claims);
        } catch (ParseException | IllegalArgumentException | IllegalStateException e) {
            return new Refused(Reason.MALFORMED);
        }
    }

    private Verification verify(String token, SignedJWT jwt, JWTClaimsSet claims) {
        TrustedIssuer issuer = claims.getIssuer() == null ? null : issuers.get(claims.getIssuer());
        if (issuer == null) {
            return new Refused(Reason.ISSUER);
        }
        Optional<Reason> objection = objectionTo(jwt.getHeader(), issuer).or(() -> objectionTo(claims, issuer));
        if (objection.isPresent()) {
            return new Refused(objection.get());
        }
        Caller caller;
        try {
            caller = caller(token, claims, issuer);
        } catch (IllegalArgumentException e) {
            return new Refused(Reason.CLAIMS);
        }
        if (!issuer.speaksFor(caller.tenant())) {
            return new Refused(Reason.TENANT);
        }
        return switch (issuer.keys().find(jwt.getHeader())) {
            case KeySet.Found(VerificationKey key) ->
                isSignedBy(key, jwt) ? new Proved(caller) : new Refused(Reason.SIGNATURE);
            case KeySet.Unfit _ -> new Refused(Reason.KEY);
            case KeySet.Unknown _ -> new KeyMissing(issuer.keys());
        };
    }

    private static Optional<Reason> objectionTo(JWSHeader header, TrustedIssuer issuer) {
        if (header.getType() != null
                && !TYPES.contains(header.getType().getType().toLowerCase(Locale.ROOT))) {
            return Optional.of(Reason.TYPE);
        }
        if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
            return Optional.of(Reason.CRITICAL_HEADER);
        }
        return issuer.algorithms().contains(header.getAlgorithm()) ? Optional.empty() : Optional.of(Reason.ALGORITHM);
    }

    private Optional<Reason> objectionTo(JWTClaimsSet claims, TrustedIssuer issuer) {
        if (!isInTime(claims.getExpirationTime(), claims.getNotBeforeTime(), claims.getIssueTime())) {
            return Optional.of(Reason.TIME);
        }
        return claims.getAudience().stream().anyMatch(issuer.audiences()::contains)
                ? Optional.empty()
                : Optional.of(Reason.AUDIENCE);
    }

    private boolean isInTime(@Nullable Date expires, @Nullable Date notBefore, @Nullable Date issued) {
        Instant now = clock.instant();
        Instant early = now.plus(clockSkew);
        return expires != null
                && expires.toInstant().isAfter(now.minus(clockSkew))
                && (notBefore == null || !notBefore.toInstant().isAfter(early))
                && (issued == null || !issued.toInstant().isAfter(early));
    }

    private static Caller caller(String token, JWTClaimsSet claims, TrustedIssuer issuer) {
        Set<String> audiences = new HashSet<>(claims.getAudience());
        audiences.retainAll(issuer.audiences()); // an issuer cannot open a door that is not its own
        return new Caller(
                Claims.tenant(Claims.text(claims, "tenant")),
                Claims.subject(Claims.text(claims, "sub")),
                Claims.words(claims, "roles"),
                Claims.optionalText(claims, "plan").map(Claims::word),
                Claims.scopes(claims),
                Claims.words(claims, "teams"),
                audiences,
                Claims.optionalText(claims, "jti")
                        .map(Claims::subject)
                        .orElseGet(() -> "sha256:" + SecretHash.of(token).hex()),
                claims.getExpirationTime().toInstant());
    }

    private static boolean isSignedBy(VerificationKey key, SignedJWT jwt) {
        try {
            return jwt.verify(key.verifier());
        } catch (JOSEException e) {
            return false;
        }
    }
}

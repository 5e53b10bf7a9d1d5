package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.authz.AuthzMetrics.Outcome;
import io.headgate.authz.Verification.KeyMissing;
import io.headgate.authz.Verification.Proved;
import io.headgate.authz.Verification.Reason;
import io.headgate.authz.Verification.Refused;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.http.HttpHeaders;
import reactor.core.publisher.Mono;

/** Bearer tokens and API keys, the ones that were proved before without leaving the thread. */
final class CredentialAuthenticator implements Authenticator {

    private static final Problem NO_CREDENTIAL = new Problem.Unauthenticated("");
    private static final Problem REVOCATIONS_UNKNOWN = Problem.tryLater(
            ProblemType.AUTHENTICATION_UNAVAILABLE,
            "Whether this credential is revoked cannot be told at the moment.",
            Duration.ofSeconds(5));
    private static final Problem INVALID = new Problem.Unauthenticated("invalid_token");

    private final JwtVerifier verifier;
    private final VerifierPool pool;
    private final TokenCache tokens;
    private final ApiKeys apiKeys;
    private final Supplier<Revoked> revoked;
    private final AuthzMetrics metrics;
    private final Clock clock;
    private final int maxTokenLength;
    private final Problem keysUnavailable;

    CredentialAuthenticator(
            JwtVerifier verifier,
            VerifierPool pool,
            TokenCache tokens,
            ApiKeys apiKeys,
            Supplier<Revoked> revoked,
            AuthzMetrics metrics,
            Clock clock,
            AuthzProperties properties) {
        this.verifier = verifier;
        this.pool = pool;
        this.tokens = tokens;
        this.apiKeys = apiKeys;
        this.revoked = revoked;
        this.metrics = metrics;
        this.clock = clock;
        this.maxTokenLength = Math.toIntExact(properties.maxTokenSize().toBytes());
        this.keysUnavailable = keysUnavailable(properties.jwks().coolDown());
    }

    private static Problem keysUnavailable(Duration coolDown) {
        return Problem.tryLater(
                ProblemType.AUTHENTICATION_UNAVAILABLE,
                "The keys that would prove this credential cannot be had at the moment.",
                coolDown);
    }

    @Override
    public Optional<Caller> authenticated(HttpHeaders headers, String audience) {
        Optional<Caller> known = switch (Credential.of(headers, maxTokenLength)) {
            case Credential.Bearer(String token) -> tokens.find(SecretHash.of(token));
            case Credential.ApiKey(String secret) -> liveKey(secret);
            case Credential.Missing _, Credential.Unusable _ -> Optional.empty();
        };
        if (known.isEmpty()
                || !known.get().audiences().contains(audience)
                || !knowsRevoked(audience)
                || isRevoked(known.get())) {
            return Optional.empty();
        }
        metrics.count(Outcome.KNOWN);
        return known;
    }

    @Override
    public Mono<Caller> authenticate(HttpHeaders headers, String audience) {
        return switch (Credential.of(headers, maxTokenLength)) {
            case Credential.Bearer(String token) -> bearer(token).map(caller -> admitted(caller, audience));
            case Credential.ApiKey(String secret) ->
                liveKey(secret)
                        .map(caller -> Mono.just(admitted(caller, audience)))
                        .orElseGet(() -> Mono.error(refused(Outcome.UNKNOWN_API_KEY)));
            case Credential.Missing _ -> Mono.error(NO_CREDENTIAL.asException());
            case Credential.Unusable _ -> Mono.error(refused(Outcome.UNUSABLE));
        };
    }

    private Optional<Caller> liveKey(String secret) {
        return apiKeys.find(SecretHash.of(secret))
                .filter(caller -> caller.expiresAt().isAfter(clock.instant()));
    }

    private Mono<Caller> bearer(String token) {
        SecretHash hash = SecretHash.of(token);
        if (tokens.isForged(hash)) {
            return Mono.error(refused(Outcome.KNOWN_FORGED));
        }
        return tokens.find(hash)
                .map(Mono::just)
                .orElseGet(() -> verify(token).map(verification -> decide(verification, hash)));
    }

    /** A key that is missing is asked for once; what is missing then is missing. */
    private Mono<Verification> verify(String token) {
        return pool.run(() -> verifier.verify(token))
                .flatMap(first -> first instanceof KeyMissing(IssuerKeys keys)
                        ? keys.refresh().then(pool.run(() -> verifier.verify(token)))
                        : Mono.just(first));
    }

    private Caller decide(Verification verification, SecretHash hash) {
        return switch (verification) {
            case Proved(Caller caller) -> {
                metrics.count(Outcome.PROVED);
                tokens.putProved(hash, caller);
                yield caller;
            }
            case Refused(Reason reason) -> {
                if (reason == Reason.SIGNATURE) {
                    tokens.putForged(hash);
                }
                throw refused(reason);
            }
            case KeyMissing(IssuerKeys keys) -> {
                if (keys.isReachable()) {
                    throw refused(Reason.KEY);
                }
                metrics.count(Outcome.KEYS_UNAVAILABLE);
                throw keysUnavailable.asException();
            }
        };
    }

    private boolean isRevoked(Caller caller) {
        Revoked now = revoked.get();
        return !now.isEmpty() && now.concerns(caller, clock.instant());
    }

    /** Administrators alone are let in without: it is they who can remove what cannot be read. */
    private boolean knowsRevoked(String audience) {
        return revoked.get().whole() || audience.equals(AdminRole.AUDIENCE);
    }

    private Caller admitted(Caller caller, String audience) {
        if (!knowsRevoked(audience)) {
            throw REVOCATIONS_UNKNOWN.asException();
        }
        if (isRevoked(caller)) {
            throw refused(Outcome.REVOKED);
        }
        if (!caller.audiences().contains(audience)) {
            throw refused(Reason.AUDIENCE);
        }
        return caller;
    }

    private ProblemException refused(Outcome outcome) {
        metrics.count(outcome);
        return INVALID.asException();
    }

    private ProblemException refused(Reason reason) {
        metrics.count(reason);
        return INVALID.asException();
    }
}

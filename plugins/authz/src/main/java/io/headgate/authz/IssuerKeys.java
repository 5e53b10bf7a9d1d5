package io.headgate.authz;

import com.nimbusds.jose.JWSHeader;
import java.text.ParseException;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * One issuer's keys, kept fresh. While the issuer cannot be reached the last good ones serve on for a bounded time,
 * after which its tokens are answered 503; those of the other issuers are not concerned.
 */
final class IssuerKeys {

    private static final Logger log = LoggerFactory.getLogger(IssuerKeys.class);

    /** @param fetchedAt when the keys came; the epoch where none ever did */
    private record State(KeySet keys, Instant fetchedAt) {}

    private final String issuer;
    private final JwksSource source;
    private final AuthzProperties.Jwks bounds;
    private final Clock clock;
    private final AuthzMetrics.JwksMetrics metrics;
    private final AtomicReference<@Nullable Mono<Void>> underway = new AtomicReference<>();
    private volatile State state = new State(KeySet.NONE, Instant.EPOCH);
    private volatile Instant askedAt = Instant.EPOCH;
    private volatile boolean reachable;

    IssuerKeys(
            String issuer,
            JwksSource source,
            AuthzProperties.Jwks bounds,
            Clock clock,
            AuthzMetrics.JwksMetrics metrics) {
        this.issuer = issuer;
        this.source = source;
        this.bounds = bounds;
        this.clock = clock;
        this.metrics = metrics;
    }

    KeySet.Lookup find(JWSHeader header) {
        State now = state;
        boolean tooOld = now.fetchedAt().plus(bounds.maxStale()).isBefore(clock.instant());
        return (tooOld ? KeySet.NONE : now.keys()).find(header);
    }

    /** Whether the last answer of the issuer is its present word: what it does not list is not its key. */
    boolean isReachable() {
        return reachable;
    }

    /** Whether it is time to ask again: before the keys are too old, or because the last attempt failed. */
    boolean isDue() {
        return !reachable || !state.fetchedAt().plus(bounds.refreshInterval()).isAfter(clock.instant());
    }

    /**
     * Asks the issuer, at most once per cool-down; who comes while a question is under way shares its answer, and one
     * who goes away does not end it for the others. Completes in any case: the state says what came of it.
     */
    Mono<Void> refresh() {
        Mono<Void> shared = underway.get();
        if (shared != null) {
            return shared;
        }
        if (isCoolingDown()) {
            return Mono.empty();
        }
        AtomicReference<@Nullable Mono<Void>> mine = new AtomicReference<>();
        Mono<Void> question = Mono.defer(this::ask)
                .doOnTerminate(() -> underway.compareAndSet(mine.get(), null))
                .cache();
        mine.set(question);
        return underway.compareAndSet(null, question) ? question : Mono.defer(this::refresh);
    }

    private Mono<Void> ask() {
        if (isCoolingDown()) {
            return Mono.empty(); // another question ended between the look and the turn
        }
        askedAt = clock.instant();
        return source.fetch()
                .doOnNext(this::accept)
                .doOnError(this::keepLastGood)
                .onErrorComplete()
                .then();
    }

    private boolean isCoolingDown() {
        return askedAt.plus(bounds.coolDown()).isAfter(clock.instant());
    }

    private void accept(String document) {
        try {
            KeySet keys = KeySet.parse(document, bounds.maxKeys());
            if (keys.keys().isEmpty()) {
                throw new IllegalStateException("no key that can be used");
            }
            state = new State(keys, clock.instant());
            reachable = true;
            metrics.refreshed(state.fetchedAt());
        } catch (ParseException e) {
            throw new IllegalStateException("not a JWKS", e);
        }
    }

    private void keepLastGood(Throwable error) {
        reachable = false;
        metrics.failed();
        Instant lastGood = state.fetchedAt();
        var line = log.atWarn().addKeyValue("issuer", issuer).addKeyValue("reason", error.toString());
        if (lastGood.equals(Instant.EPOCH)) {
            line.log("keys of an issuer never had yet, its tokens cannot be proved");
        } else {
            line.addKeyValue("lastGood", lastGood).log("keys of an issuer not refreshed, the earlier ones stay");
        }
    }
}

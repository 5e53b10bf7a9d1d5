package io.headgate.authz;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Reason;
import io.headgate.api.Decision.Undecided;
import io.headgate.authz.CandidateReport.Difference;
import io.headgate.authz.CandidateReport.Found;
import io.headgate.authz.TeamPolicies.Candidate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Decides. What was decided before is there at once; what is new is decided on threads of its own, once for all who ask
 * the same. Whatever goes wrong ends undecided, and nothing undecided is remembered.
 */
final class PolicyEngine {

    private static final Logger log = LoggerFactory.getLogger(PolicyEngine.class);
    private static final Judgement FOREIGN = new Judgement(new Deny(Reason.FOREIGN_TENANT, List.of(), List.of()));
    private static final Judgement REVOKED = new Judgement(new Deny(Reason.REVOKED, List.of(), List.of()));

    private final LivePolicies live;
    private final Executor threads;
    private final CandidateReports reports;
    private final AuthzMetrics metrics;
    private final Clock clock;
    private final Duration timeout;
    private final AsyncCache<DecisionKey, Judgement> decisions;

    PolicyEngine(
            LivePolicies live,
            Executor threads,
            CandidateReports reports,
            AuthzMetrics metrics,
            Clock clock,
            AuthzProperties.Policies bounds) {
        this.live = live;
        this.threads = threads;
        this.reports = reports;
        this.metrics = metrics;
        this.clock = clock;
        this.timeout = bounds.timeout();
        Ticker ticker = () -> TimeUnit.MILLISECONDS.toNanos(clock.millis());
        this.decisions = Caffeine.newBuilder()
                .maximumWeight(bounds.cacheSize())
                .weigher((DecisionKey key, Judgement judgement) -> key.weight())
                .ticker(ticker)
                .executor(Runnable::run)
                .expireAfter(Expiry.<DecisionKey, Judgement>creating((key, judgement) ->
                        judgement.decision() instanceof Undecided ? Duration.ZERO : bounds.cacheTtl()))
                .buildAsync();
    }

    /** What was decided before on the same question, with the same policies; no waiting, no other thread. */
    Optional<Judgement> known(Inquiry asked) {
        Revoked revoked = live.revoked();
        Optional<Judgement> barred = barred(asked, revoked);
        if (barred.isPresent()) {
            metrics.barred(barred.get().decision());
            return barred;
        }
        TeamPolicies policies = asked.policies(live);
        CompletableFuture<Judgement> known = policies.isTimeless()
                ? decisions.getIfPresent(asked.key(policies, revoked.epoch(asked.tenant())))
                : null;
        Judgement judgement = known == null || known.isCompletedExceptionally() ? null : known.getNow(null);
        if (judgement == null) {
            return Optional.empty();
        }
        metrics.decided(judgement.decision(), true);
        countDifferences(judgement, asked.requestId());
        return Optional.of(judgement);
    }

    /** Exactly one judgement, and never a failure; it comes on another thread. */
    Mono<Judgement> judge(Inquiry asked) {
        Revoked revoked = live.revoked();
        Optional<Judgement> barred = barred(asked, revoked);
        if (barred.isPresent()) {
            return Mono.just(barred.get());
        }
        TeamPolicies policies = asked.policies(live);
        DecisionKey key = asked.key(policies, revoked.epoch(asked.tenant()));
        return judged(policies, key, asked);
    }

    /** Whom policies are not even asked about. */
    private Optional<Judgement> barred(Inquiry asked, Revoked revoked) {
        if (asked.foreign()) {
            return Optional.of(FOREIGN);
        }
        if (!revoked.whole()) {
            return Optional.of(undecided("a revocation is stored that this build cannot read"));
        }
        return !revoked.isEmpty() && asked.isRevoked(revoked, clock.instant())
                ? Optional.of(REVOKED)
                : Optional.empty();
    }

    private Mono<Judgement> judged(TeamPolicies policies, DecisionKey key, Inquiry asked) {
        CompletableFuture<Judgement> future;
        try {
            future = policies.isTimeless()
                    ? decisions.get(key, (missing, executor) -> evaluation(policies, asked))
                    : evaluation(policies, asked);
        } catch (RejectedExecutionException full) {
            return Mono.just(undecided("more questions are waiting than may"));
        }
        return Mono.fromFuture(future, true)
                .timeout(timeout)
                .onErrorResume(error -> Mono.just(failed(error)))
                .doOnNext(judgement -> metrics.decided(judgement.decision(), false));
    }

    private CompletableFuture<Judgement> evaluation(TeamPolicies policies, Inquiry asked) {
        return CompletableFuture.supplyAsync(() -> evaluated(policies, asked), threads);
    }

    private Judgement evaluated(TeamPolicies policies, Inquiry asked) {
        long start = System.nanoTime();
        Question question = asked.question();
        Judgement judgement;
        try {
            judgement = new Judgement(policies.decide(question));
        } catch (RuntimeException | LinkageError e) {
            log.atError().setCause(e).log("policy engine failed on a question");
            judgement = undecided("the engine failed");
        }
        metrics.evaluated(System.nanoTime() - start);
        if (!policies.candidates().isEmpty()) {
            compareLater(policies.candidates(), question, judgement, asked.requestId());
        }
        return judgement;
    }

    /** Nobody waits for a shadow, and where there is no room for it the question goes without. */
    private void compareLater(List<Candidate> candidates, Question question, Judgement judgement, String requestId) {
        try {
            threads.execute(() -> {
                judgement.differs(differences(candidates, question, judgement.decision()));
                countDifferences(judgement, requestId);
            });
        } catch (RejectedExecutionException full) {
            metrics.uncompared();
        }
    }

    /** One more request that a set in the shadow would have treated otherwise. */
    private void countDifferences(Judgement judgement, String requestId) {
        for (Found found : judgement.differences()) {
            found.report().count(found.difference(), requestId, clock.instant());
        }
    }

    private List<Found> differences(List<Candidate> candidates, Question question, Decision active) {
        List<Found> found = new ArrayList<>();
        for (Candidate candidate : candidates) {
            CandidateReport report = reports.of(candidate.set().resource());
            report.comparedOne();
            Difference.between(question, active, shadowed(candidate, question))
                    .ifPresent(difference -> found.add(new Found(report, difference)));
        }
        return found;
    }

    private static Decision shadowed(Candidate candidate, Question question) {
        try {
            return candidate.policies().decide(question);
        } catch (RuntimeException | LinkageError e) {
            return new Undecided("the engine failed");
        }
    }

    private static Judgement failed(Throwable error) {
        if (error instanceof TimeoutException) {
            return undecided("the decision took too long");
        }
        log.atError().setCause(error).log("policy engine failed");
        return undecided("the engine failed");
    }

    private static Judgement undecided(String reason) {
        return new Judgement(new Undecided(reason));
    }
}

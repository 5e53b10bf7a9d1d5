package io.headgate.ratelimit;

import io.headgate.api.ResourceId;
import io.headgate.ratelimit.LimitDecision.Share;
import io.headgate.ratelimit.LimitMetrics.Outcome;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.Verdict.Source;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides one request by all its limits: those that can be spent from here first, since they cost least to undo. */
final class Limits {

    private static final Logger log = LoggerFactory.getLogger(Limits.class);

    private final LeasedLimiter leased;
    private final Limiter exact;
    private final Limiter local;
    private final Duration budget;
    private final LongSupplier nanos;
    private final Traffic traffic;
    private final LimitEvents events;
    private final LimitMetrics metrics;

    /** @param budget for all questions to the store that one request waits for */
    record Limiters(LeasedLimiter leased, Limiter exact, Limiter local, Duration budget, LongSupplier nanos) {}

    Limits(Limiters limiters, Traffic traffic, LimitEvents events, LimitMetrics metrics) {
        this.leased = limiters.leased();
        this.exact = limiters.exact();
        this.local = limiters.local();
        this.budget = limiters.budget();
        this.nanos = limiters.nanos();
        this.traffic = traffic;
        this.events = events;
        this.metrics = metrics;
    }

    /** Done at once wherever nothing has to be asked; never fails. */
    CompletableFuture<LimitDecision> decide(List<Claim> claims) {
        List<Claim> ahead = new ArrayList<>(claims.size());
        List<Claim> counted = new ArrayList<>(claims.size());
        for (Claim claim : claims) {
            if (claim.limit().isOn()) {
                (isLeased(claim) ? ahead : counted).add(claim);
            }
        }
        long deadline = nanos.getAsLong() + budget.toNanos();
        return take(leased, ahead, deadline)
                .thenCompose(first -> Verdict.refuseAny(first) || counted.isEmpty()
                        ? CompletableFuture.completedFuture(first)
                        : take(exact, counted, deadline).thenApply(second -> together(first, second)))
                .exceptionallyCompose(failure -> {
                    log.atError().setCause(failure).log("a limit failed unexpectedly");
                    return local.take(claims, deadline);
                })
                .thenApply(verdicts -> concluded(claims, verdicts));
    }

    private boolean isLeased(Claim claim) {
        return claim.limit().spec().mode() == Mode.LEASED && leased.leases(claim.allowance());
    }

    private static CompletableFuture<List<Verdict>> take(Limiter limiter, List<Claim> claims, long deadline) {
        return claims.isEmpty() ? CompletableFuture.completedFuture(List.of()) : limiter.take(claims, deadline);
    }

    private List<Verdict> together(List<Verdict> first, List<Verdict> second) {
        if (Verdict.refuseAny(second)) {
            leased.giveBack(first);
        }
        List<Verdict> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    private LimitDecision concluded(List<Claim> claims, List<Verdict> verdicts) {
        boolean isRefused = Verdict.refuseAny(verdicts);
        List<Share> shares = new ArrayList<>(verdicts.size());
        List<ResourceId> violated = new ArrayList<>();
        List<ResourceId> undecided = new ArrayList<>();
        long wait = 0;
        for (Verdict verdict : verdicts) {
            count(verdict, isRefused);
            RateLimit limit = verdict.claim().limit();
            if (verdict.refuses()) {
                (verdict.outcome() == Verdict.Outcome.SHORT ? violated : undecided).add(limit.id());
                wait = Math.max(wait, verdict.waitMicros());
            }
            if (limit.isEnforced()) {
                shares.add(share(verdict));
            }
        }
        remember(claims, verdicts);
        if (!undecided.isEmpty()) {
            return new LimitDecision.Unavailable(undecided);
        }
        return isRefused
                ? new LimitDecision.Refused(violated, Duration.of(wait, ChronoUnit.MICROS), shares)
                : new LimitDecision.Admitted(shares);
    }

    private void remember(List<Claim> claims, List<Verdict> verdicts) {
        for (Claim claim : claims) {
            traffic.record(claim, isShort(claim, verdicts));
        }
    }

    private static boolean isShort(Claim claim, List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            if (verdict.claim() == claim) {
                return !verdict.fits();
            }
        }
        return false;
    }

    private void count(Verdict verdict, boolean isRequestRefused) {
        ResourceId limit = verdict.claim().limit().id();
        if (verdict.fits()) {
            if (!isRequestRefused) {
                metrics.decided(
                        limit,
                        switch (verdict.source()) {
                            case STORE, LEASE -> Outcome.ADMITTED;
                            case LOCAL -> Outcome.ADMITTED_LOCALLY;
                            case UNCOUNTED -> Outcome.ADMITTED_UNCOUNTED;
                        });
            }
            return;
        }
        if (verdict.outcome() == Verdict.Outcome.SHORT) {
            events.refused(verdict.claim().allowance());
        }
        metrics.decided(limit, refusal(verdict));
    }

    private static Outcome refusal(Verdict verdict) {
        if (!verdict.claim().refuses()) {
            return Outcome.SHADOW_REFUSED;
        }
        if (verdict.outcome() == Verdict.Outcome.UNAVAILABLE) {
            return Outcome.UNAVAILABLE;
        }
        return verdict.source() == Source.LOCAL ? Outcome.REFUSED_LOCALLY : Outcome.REFUSED;
    }

    private static Share share(Verdict verdict) {
        long micros = verdict.fits() ? verdict.full() : verdict.waitMicros();
        return new Share(
                verdict.claim().limit().id(),
                verdict.claim().allowance().quota(),
                verdict.remaining(),
                Math.ceilDiv(micros, Quota.MICROS));
    }
}

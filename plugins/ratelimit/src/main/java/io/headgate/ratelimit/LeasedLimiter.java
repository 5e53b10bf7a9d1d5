package io.headgate.ratelimit;

import io.headgate.ratelimit.Lease.Shortage;
import io.headgate.ratelimit.Store.Settled;
import io.headgate.ratelimit.Store.Settlement;
import io.headgate.ratelimit.Verdict.Outcome;
import io.headgate.ratelimit.Verdict.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Spends from leases. A request waits for the store only where the lease is used up; before that it is filled up beside
 * the requests. One message of a lease is under way at a time, and all requests that wait share its answer.
 */
final class LeasedLimiter implements Limiter {

    /** A lease below this is a round trip a request, with bookkeeping. */
    static final long LEAST = 2;

    /** For how long the store is not asked again after it was short, at most. */
    private static final Duration MAX_PAUSE = Duration.ofMillis(5);

    private final Store store;
    private final LocalLimiter local;
    private final LimitEvents events;
    private final LimitsProperties.Leases settings;
    private final IntSupplier instances;
    private final LongSupplier nanos;
    private final Set<Allowance> holding = ConcurrentHashMap.newKeySet();

    LeasedLimiter(
            Store store,
            LocalLimiter local,
            LimitEvents events,
            LimitsProperties.Leases settings,
            IntSupplier instances,
            LongSupplier nanos) {
        this.store = store;
        this.local = local;
        this.events = events;
        this.settings = settings;
        this.instances = instances;
        this.nanos = nanos;
    }

    /** Whether the bucket is large enough for leases to spare anything. */
    boolean leases(Allowance allowance) {
        return sizeFor(allowance) >= LEAST;
    }

    int holders() {
        return holding.size();
    }

    private long sizeFor(Allowance allowance) {
        return allowance.quota().leaseSize(instances.getAsInt(), settings.share());
    }

    @Override
    public CompletableFuture<List<Verdict>> take(List<Claim> claims, long deadline) {
        if (claims.size() == 1) {
            return take(claims.getFirst(), deadline).thenApply(List::of);
        }
        List<CompletableFuture<Verdict>> each = new ArrayList<>(claims.size());
        for (Claim claim : claims) {
            each.add(take(claim, deadline));
        }
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<Verdict> verdicts = each.stream().map(CompletableFuture::join).toList();
            if (Verdict.refuseAny(verdicts)) {
                giveBack(verdicts);
            }
            return verdicts;
        });
    }

    private CompletableFuture<Verdict> take(Claim claim, long deadline) {
        Allowance allowance = claim.allowance();
        Lease lease = allowance.lease();
        if (lease.spend(claim.cost())) {
            fillUpAhead(allowance);
            return CompletableFuture.completedFuture(fits(claim));
        }
        if (lease.isKnownShortOf(claim.cost())) {
            return CompletableFuture.completedFuture(shortOf(claim));
        }
        return wait(claim, deadline)
                .exceptionallyCompose(
                        failure -> local.take(List.of(claim), deadline).thenApply(List::getFirst));
    }

    private CompletableFuture<Verdict> wait(Claim claim, long deadline) {
        long left = deadline - nanos.getAsLong();
        if (left <= 0) {
            return CompletableFuture.failedFuture(new StoreDownException("no time is left to ask"));
        }
        Lease lease = claim.allowance().lease();
        lease.waiting().add(claim.cost());
        CompletableFuture<Settled> answer = settle(claim.allowance(), sizeFor(claim.allowance()));
        return (answer.isDone() ? answer : answer.copy().orTimeout(left, TimeUnit.NANOSECONDS))
                .whenComplete((settled, failure) -> lease.waiting().add(-claim.cost()))
                .thenCompose(settled -> {
                    if (lease.spend(claim.cost())) {
                        return CompletableFuture.completedFuture(fits(claim));
                    }
                    return settled.standing().fits()
                            ? wait(claim, deadline) // others who waited were faster
                            : CompletableFuture.completedFuture(shortOf(claim));
                });
    }

    private void fillUpAhead(Allowance allowance) {
        Lease lease = allowance.lease();
        long size = sizeFor(allowance);
        if (lease.held() <= size / 2 && lease.underWay().get() == null && !lease.isPaused()) {
            settle(allowance, size);
        }
    }

    private Verdict fits(Claim claim) {
        long remaining = claim.allowance().lease().remaining();
        Quota quota = claim.allowance().quota();
        return new Verdict(
                claim,
                Outcome.FITS,
                Source.LEASE,
                remaining,
                0,
                quota.microsToEarn((quota.burst() - remaining) * Quota.MICROS));
    }

    private static Verdict shortOf(Claim claim) {
        Allowance allowance = claim.allowance();
        long wait = allowance.lease().waitFor(claim.cost());
        return new Verdict(
                claim,
                Outcome.SHORT,
                Source.LEASE,
                allowance.lease().held(),
                wait,
                Math.max(wait, allowance.quota().microsToEarn(allowance.level())));
    }

    /** @param size what the lease is to hold, once those who wait are served; 0 to give all of it back */
    private CompletableFuture<Settled> settle(Allowance allowance, long size) {
        var mine = new CompletableFuture<Settled>();
        var other = allowance.lease().underWay().compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        Settlement settlement = settlement(allowance, size, allowance.tell());
        long sentAt = nanos.getAsLong();
        store.settle(settlement).whenComplete((settled, failure) -> {
            if (failure == null) {
                settled(allowance, settlement, settled, sentAt);
            } else {
                allowance.untold(settlement.memory());
            }
            allowance.lease().underWay().set(null);
            if (failure == null) {
                mine.complete(settled);
            } else {
                mine.completeExceptionally(failure);
            }
        });
        return mine;
    }

    private Settlement settlement(Allowance allowance, long size, Store.Memory memory) {
        Lease lease = allowance.lease();
        if (size == 0) {
            lease.surrender();
        }
        long held = lease.keep();
        return new Settlement(
                allowance.place(),
                memory,
                lease.holder(),
                lease.nextSequence(),
                held * Quota.MICROS,
                lease.takeReturned() * Quota.MICROS,
                size == 0 ? 0 : lease.waiting().sum() * Quota.MICROS,
                Math.max(0, size - held) * Quota.MICROS,
                settings.lifetime());
    }

    private void settled(Allowance allowance, Settlement asked, Settled settled, long sentAt) {
        if (!settled.isCurrent()) {
            allowance.untold(asked.memory());
            return;
        }
        Lease lease = allowance.lease();
        if (asked.held() + settled.granted() > 0) {
            holding.add(allowance);
        }
        lease.granted(settled.granted() / Quota.MICROS, settled.standing().remaining(), sentAt, settings.lifetime());
        allowance.told(asked.memory(), settled.standing());
        events.approached(allowance, settled.standing().approach());
        long missing = asked.need() - settled.granted();
        lease.shortOf(
                missing > 0
                        ? new Shortage(
                                nanos.getAsLong(), missing, settled.standing().waitMicros())
                        : null,
                settled.granted() < asked.need() + asked.more() ? pause(allowance) : Duration.ZERO);
    }

    /** Short enough that what is earned meanwhile is no more than a lease. */
    private Duration pause(Allowance allowance) {
        long micros = allowance.quota().microsToEarn(sizeFor(allowance) * Quota.MICROS);
        return MAX_PAUSE.compareTo(Duration.ofNanos(micros * 1_000)) < 0 ? MAX_PAUSE : Duration.ofNanos(micros * 1_000);
    }

    @Override
    public void giveBack(List<Verdict> taken) {
        for (Verdict verdict : taken) {
            if (verdict.fits() && verdict.source() == Source.LEASE) {
                verdict.claim().allowance().lease().giveBack(verdict.claim().cost());
                holding.add(verdict.claim().allowance());
            }
        }
        local.giveBack(taken);
    }

    /** Returns what nobody asked for of late, and what was leased under a limit that is not in force any more. */
    CompletableFuture<?> returnUnused(Predicate<Allowance> isInForce) {
        return giveUpAll(allowance -> allowance.lease().isIdleFor(settings.idle()) || !isInForce.test(allowance));
    }

    /** Returns the lease; what does not arrive comes back when its time is over. */
    CompletableFuture<?> giveUp(Allowance allowance) {
        CompletableFuture<Settled> before = allowance.lease().underWay().get();
        if (before != null) {
            return before.handle((settled, failure) -> allowance).thenCompose(this::giveUp);
        }
        holding.remove(allowance);
        return allowance.lease().hasAnythingToReturn() ? settle(allowance, 0) : CompletableFuture.completedFuture(null);
    }

    CompletableFuture<?> giveUpAll(Predicate<Allowance> which) {
        return CompletableFuture.allOf(
                holding.stream().filter(which).map(this::giveUp).toArray(CompletableFuture[]::new));
    }
}

package io.headgate.ratelimit;

import io.headgate.ratelimit.Store.Standing;
import io.headgate.ratelimit.Store.Take;
import io.headgate.ratelimit.Verdict.Source;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Counts every request in the store: one script for all buckets that live together, which is one round trip. */
final class ExactLimiter implements Limiter {

    private final Store store;
    private final LocalLimiter local;
    private final LimitEvents events;

    ExactLimiter(Store store, LocalLimiter local, LimitEvents events) {
        this.store = store;
        this.local = local;
        this.events = events;
    }

    @Override
    public CompletableFuture<List<Verdict>> take(List<Claim> claims, long deadline) {
        Collection<List<Claim>> groups = groups(claims);
        if (groups.size() == 1) {
            return takeTogether(claims, deadline);
        }
        List<CompletableFuture<List<Verdict>>> each =
                groups.stream().map(group -> takeTogether(group, deadline)).toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<List<Verdict>> verdicts =
                    each.stream().map(CompletableFuture::join).toList();
            List<Verdict> all = verdicts.stream().flatMap(List::stream).toList();
            if (Verdict.refuseAny(all)) {
                verdicts.stream().filter(group -> !Verdict.refuseAny(group)).forEach(this::giveBack);
            }
            return all;
        });
    }

    private Collection<List<Claim>> groups(List<Claim> claims) {
        if (!store.isSplit() || claims.size() == 1) {
            return List.of(claims);
        }
        Map<String, List<Claim>> groups = new LinkedHashMap<>();
        for (Claim claim : claims) {
            groups.computeIfAbsent(claim.allowance().tag(), tag -> new ArrayList<>())
                    .add(claim);
        }
        return groups.values();
    }

    private CompletableFuture<List<Verdict>> takeTogether(List<Claim> claims, long deadline) {
        List<Take> takes = claims.stream()
                .map(claim -> claim.take(claim.allowance().tell()))
                .toList();
        return store.take(takes)
                .handle((standings, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(verdicts(claims, takes, standings));
                    }
                    for (int i = 0; i < claims.size(); i++) {
                        claims.get(i).allowance().untold(takes.get(i).memory());
                    }
                    return local.take(claims, deadline);
                })
                .thenCompose(verdicts -> verdicts);
    }

    private List<Verdict> verdicts(List<Claim> claims, List<Take> takes, List<Standing> standings) {
        List<Verdict> verdicts = new ArrayList<>(claims.size());
        for (int i = 0; i < claims.size(); i++) {
            Claim claim = claims.get(i);
            claim.allowance().told(takes.get(i).memory(), standings.get(i));
            events.approached(claim.allowance(), standings.get(i).approach());
            verdicts.add(Verdict.of(claim, standings.get(i)));
        }
        return verdicts;
    }

    /** What cannot be given back is lost to the caller, never to the backend. */
    @Override
    public void giveBack(List<Verdict> taken) {
        Map<String, List<Take>> takes = taken.stream()
                .filter(verdict -> verdict.fits() && verdict.source() == Source.STORE)
                .map(Verdict::claim)
                .collect(Collectors.groupingBy(
                        claim -> store.isSplit() ? claim.allowance().tag() : "",
                        Collectors.mapping(claim -> claim.take(Store.Memory.NONE), Collectors.toList())));
        takes.values().forEach(store::refund);
        local.giveBack(taken);
    }
}

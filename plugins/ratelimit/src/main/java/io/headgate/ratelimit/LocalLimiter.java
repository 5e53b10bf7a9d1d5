package io.headgate.ratelimit;

import io.headgate.ratelimit.Verdict.Outcome;
import io.headgate.ratelimit.Verdict.Source;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;

/** Decides by each limit's own rule for the time when the store cannot be asked. */
final class LocalLimiter implements Limiter {

    private final IntSupplier instances;

    LocalLimiter(IntSupplier instances) {
        this.instances = instances;
    }

    @Override
    public CompletableFuture<List<Verdict>> take(List<Claim> claims, long deadline) {
        List<Verdict> verdicts = claims.stream().map(this::take).toList();
        if (Verdict.refuseAny(verdicts)) {
            giveBack(verdicts);
        }
        return CompletableFuture.completedFuture(verdicts);
    }

    private Verdict take(Claim claim) {
        LocalShare share = claim.allowance().share(instances.getAsInt());
        return switch (claim.limit().spec().onStoreDown()) {
            case DENY -> new Verdict(claim, Outcome.UNAVAILABLE, Source.LOCAL, 0, Quota.MICROS, 0);
            case LOCAL -> verdict(claim, share, take(claim, share), Source.LOCAL);
            case ALLOW -> {
                take(claim, share);
                yield verdict(claim, share, true, Source.UNCOUNTED);
            }
        };
    }

    private static boolean take(Claim claim, LocalShare share) {
        boolean fits = share.take(claim.cost());
        if (fits) {
            claim.allowance().tookFrom(share, claim.cost());
        }
        return fits;
    }

    private static Verdict verdict(Claim claim, LocalShare share, boolean fits, Source source) {
        return new Verdict(
                claim,
                fits ? Outcome.FITS : Outcome.SHORT,
                source,
                share.remaining(),
                fits ? 0 : share.waitFor(claim.cost()),
                share.full());
    }

    @Override
    public void giveBack(List<Verdict> taken) {
        for (Verdict verdict : taken) {
            if (verdict.fits() && verdict.source() == Source.LOCAL) {
                verdict.claim()
                        .allowance()
                        .share(instances.getAsInt())
                        .giveBack(verdict.claim().cost());
            }
        }
    }
}

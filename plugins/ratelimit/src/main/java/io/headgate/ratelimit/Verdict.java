package io.headgate.ratelimit;

import java.util.List;

/**
 * What became of one claim.
 *
 * @param remaining whole tokens
 * @param waitMicros microseconds until the claim fits
 * @param full microseconds until the bucket is full again
 */
record Verdict(Claim claim, Outcome outcome, Source source, long remaining, long waitMicros, long full) {

    enum Outcome {
        FITS,
        SHORT,
        /** It cannot be known, and the limit wants nothing admitted then. */
        UNAVAILABLE
    }

    enum Source {
        /** All instances' count. */
        STORE,
        LEASE,
        /** This instance's share, without the others. */
        LOCAL,
        /** Nobody's: the limit admits where nothing is known. */
        UNCOUNTED
    }

    static Verdict of(Claim claim, Store.Standing standing) {
        return new Verdict(
                claim,
                standing.fits() ? Outcome.FITS : Outcome.SHORT,
                Source.STORE,
                standing.remaining() / Quota.MICROS,
                standing.waitMicros(),
                standing.full());
    }

    boolean fits() {
        return outcome == Outcome.FITS;
    }

    boolean refuses() {
        return outcome != Outcome.FITS && claim.refuses();
    }

    static boolean refuseAny(List<Verdict> verdicts) {
        for (Verdict verdict : verdicts) {
            if (verdict.refuses()) {
                return true;
            }
        }
        return false;
    }
}

package io.headgate.gateway.edge;

import java.util.HexFormat;

/**
 * Chooses which traces are kept, by the trace id, so that all requests of a trace share the choice. The salt, another
 * one in each instance, keeps a client from choosing an id that is always kept.
 */
final class TraceSampler {

    private static final int ID_LENGTH = 32;

    private final long threshold;
    private final long salt;

    TraceSampler(double probability, long salt) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("sampling probability: " + probability + " (expected: 0.0..1.0)");
        }
        this.threshold = (long) (probability * Long.MAX_VALUE);
        this.salt = salt;
    }

    boolean keeps(String traceId) {
        long id = HexFormat.fromHexDigitsToLong(traceId, ID_LENGTH / 2, ID_LENGTH);
        return mix(id ^ salt) >>> 1 < threshold;
    }

    /** MurmurHash3's last step: every bit of the id moves every bit of the outcome. */
    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ mixed >>> 33;
    }
}

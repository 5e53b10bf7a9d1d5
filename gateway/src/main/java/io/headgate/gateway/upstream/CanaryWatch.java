package io.headgate.gateway.upstream;

import io.headgate.api.ResourceId;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds what a canary answers against what the primary answers in the same time, and gives the canary up where it fails
 * more often than its rule allows. It stays given up until the route is changed: a canary that gets no requests cannot
 * show that it is well.
 */
final class CanaryWatch {

    private static final Logger log = LoggerFactory.getLogger(CanaryWatch.class);

    /** Fewer answers of either side say nothing. */
    private static final int ENOUGH = 50;

    /** From here on old answers count half, so that a canary is judged by what it does now. */
    private static final int MANY = 2_000;

    /** One chance in twenty that a canary as good as its rule asks looks as bad as this. */
    private static final double CERTAINTY = 1.64;

    private final ResourceId route;
    private final double maxIncrease;
    private final Tally primary = new Tally();
    private final Tally canary = new Tally();
    private final AtomicBoolean givenUp = new AtomicBoolean();

    CanaryWatch(ResourceId route, UpstreamSpec.Rollback rule) {
        this.route = route;
        this.maxIncrease = rule.maxErrorRateIncrease();
    }

    boolean isGivenUp() {
        return givenUp.get();
    }

    void primaryAnswered(boolean failed) {
        primary.count(failed);
    }

    void canaryAnswered(boolean failed) {
        canary.count(failed);
        if (failed && !isGivenUp()) {
            judge(primary.rate(), canary.rate());
        }
    }

    private void judge(Rate ofPrimary, Rate ofCanary) {
        double increase = ofCanary.share() - ofPrimary.share();
        boolean isWorse = ofPrimary.answers >= ENOUGH
                && ofCanary.answers >= ENOUGH
                && increase > maxIncrease + CERTAINTY * Math.sqrt(ofPrimary.variance() + ofCanary.variance());
        if (isWorse && givenUp.compareAndSet(false, true)) {
            log.atWarn()
                    .addKeyValue("routeId", route)
                    .addKeyValue("canaryFailures", ofCanary.toString())
                    .addKeyValue("primaryFailures", ofPrimary.toString())
                    .log(
                            "canary given up, it fails more often than the primary; it gets no requests until the route changes");
        }
    }

    private record Rate(long failures, long answers) {
        double share() {
            return (double) failures / answers;
        }

        double variance() {
            return share() * (1 - share()) / answers;
        }

        @Override
        public String toString() {
            return failures + " of " + answers;
        }
    }

    /** Failures in the upper half, answers in the lower, so that both are of one moment. */
    private static final class Tally {
        private static final long FAILURE = 1L << 32;
        private static final long ANSWERS = FAILURE - 1;

        private final AtomicLong counts = new AtomicLong();

        void count(boolean failed) {
            counts.updateAndGet(old -> halvedWhereMany(old) + (failed ? FAILURE + 1 : 1));
        }

        private static long halvedWhereMany(long counts) {
            long answers = counts & ANSWERS;
            return answers < MANY ? counts : (counts >>> 33 << 32) | answers / 2;
        }

        Rate rate() {
            long now = counts.get();
            return new Rate(now >>> 32, now & ANSWERS);
        }
    }
}

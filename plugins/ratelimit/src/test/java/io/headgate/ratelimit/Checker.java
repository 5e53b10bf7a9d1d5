package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Holds what several instances admitted against the bound: in no window more than the burst and what was earned in it.
 * A meter that drains at the rate and never exceeds the burst says so for every window at once; it is exact, in whole
 * units of which a token has {@code seconds * 1,000,000}.
 */
final class Checker {

    private record Admitted(long micros, long tokens) {}

    private final List<Admitted> log = new ArrayList<>();

    synchronized void admitted(long micros, long tokens) {
        log.add(new Admitted(micros, tokens));
    }

    synchronized long total() {
        return log.stream().mapToLong(Admitted::tokens).sum();
    }

    /** That a refusal just now was right, but for the two millionths of a token that each request may have lost. */
    synchronized void holdsAfterRefusal(Quota quota, long now, long cost) {
        long token = quota.seconds() * Quota.MICROS;
        long before = log.isEmpty() ? now : log.getLast().micros();
        long level = Math.max(0, level(quota, Long.MAX_VALUE) - (now - before) * quota.quota());
        assertThat(level + cost * token)
                .as("level of %s with the %s tokens that were refused", quota, cost)
                .isGreaterThan(quota.burst() * token - 2 * (log.size() + 1) * token / Quota.MICROS);
    }

    /** @param slack tokens above the bound */
    synchronized void holds(Quota quota, long slack) {
        level(quota, (quota.burst() + slack) * quota.seconds() * Quota.MICROS);
    }

    private long level(Quota quota, long atMost) {
        List<Admitted> inOrder = new ArrayList<>(log);
        inOrder.sort(Comparator.comparingLong(Admitted::micros));
        long token = quota.seconds() * Quota.MICROS;
        long level = 0;
        long before = inOrder.isEmpty() ? 0 : inOrder.getFirst().micros();
        for (Admitted admitted : inOrder) {
            level = Math.max(0, level - (admitted.micros() - before) * quota.quota()) + admitted.tokens() * token;
            before = admitted.micros();
            assertThat(level)
                    .as("admitted within some window that ends at %s, in parts of a token", before)
                    .isLessThanOrEqualTo(atMost);
        }
        return level;
    }

    /** What an ideal bucket would have admitted by {@code until} under a load that never ends. */
    static long ideal(Quota quota, long micros) {
        return quota.burst() + micros * quota.quota() / (quota.seconds() * Quota.MICROS);
    }
}

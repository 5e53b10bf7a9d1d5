package io.headgate.ratelimit;

import io.headgate.ratelimit.Traffic.Block;
import io.headgate.ratelimit.Traffic.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Runs traffic that was seen through the buckets of a limit, second by second. It is an estimate: what came within a
 * second counts as one, and every bucket is full at the beginning.
 */
final class Simulation {

    /** What was asked of one key in one second. */
    private static final class Second {
        private long requests;
        private long tokens;
        private long refused;
    }

    /** All that was asked of one key. */
    static final class Asked {
        private final Row row;
        private final TreeMap<Long, Second> seconds = new TreeMap<>();

        private Asked(Row row) {
            this.row = row;
        }

        String key() {
            return row.key();
        }

        String plan() {
            return row.plan();
        }

        long requests() {
            return seconds.values().stream()
                    .mapToLong(second -> second.requests)
                    .sum();
        }

        /** What was really refused. */
        long refused() {
            return seconds.values().stream().mapToLong(second -> second.refused).sum();
        }

        private void add(Block block, Row more) {
            for (int i = 0; i < Traffic.BLOCK; i++) {
                if (more.requests()[i] > 0) {
                    Second second =
                            seconds.computeIfAbsent(block.number() * Traffic.BLOCK + i, missing -> new Second());
                    second.requests += more.requests()[i];
                    second.tokens += more.tokens()[i];
                    second.refused += more.refused()[i];
                }
            }
        }
    }

    /**
     * What a limit would have done to one key.
     *
     * @param first second in which it refused, 0 where it did not
     */
    record Result(long refused, long first, long last, long worst, long worstRefused) {

        static final Result NOTHING = new Result(0, 0, 0, 0, 0);

        private Result and(long second, long more) {
            return more == 0
                    ? this
                    : new Result(
                            refused + more,
                            first == 0 ? second : first,
                            second,
                            more > worstRefused ? second : worst,
                            Math.max(more, worstRefused));
        }
    }

    private final List<Asked> asked;

    /** @param limit whose traffic is looked at */
    Simulation(String limit, List<Block> blocks) {
        Map<String, Asked> byKey = new HashMap<>();
        for (Block block : blocks) {
            for (Row row : block.rows()) {
                if (row.limit().equals(limit)) {
                    byKey.computeIfAbsent(row.key(), key -> new Asked(row)).add(block, row);
                }
            }
        }
        asked = new ArrayList<>(byKey.values());
        asked.sort(Comparator.comparingLong(Asked::requests).reversed());
    }

    List<Asked> asked() {
        return asked;
    }

    Result run(Asked key, RateLimitSpec spec) {
        if (!spec.isOn()) {
            return Result.NOTHING;
        }
        Optional<String> plan = key.plan().isEmpty() ? Optional.empty() : Optional.of(key.plan());
        Quota quota = spec.quotaFor(key.row.first(), plan);
        Result result = Result.NOTHING;
        long level = 0;
        long before = 0;
        for (Map.Entry<Long, Second> entry : key.seconds.entrySet()) {
            Second second = entry.getValue();
            if (before > 0) {
                level = Math.max(0, level - quota.earnedIn((entry.getKey() - before) * Quota.MICROS));
            }
            before = entry.getKey();
            long free = Math.max(0, quota.burstMicros() - level) / Quota.MICROS;
            long admitted = Math.min(free, second.tokens);
            level += admitted * Quota.MICROS;
            long served = second.tokens == 0 ? second.requests : second.requests * admitted / second.tokens;
            result = result.and(entry.getKey(), second.requests - served);
        }
        return result;
    }
}

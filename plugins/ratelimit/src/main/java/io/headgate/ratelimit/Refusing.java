package io.headgate.ratelimit;

import io.headgate.ratelimit.Traffic.Block;
import io.headgate.ratelimit.Traffic.Row;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;

/** Who is refused now, by which limit and how often. */
final class Refusing {

    private static final int MAX_REFUSED = 20;
    /** Blocks that count as now. */
    private static final int NOW = 2;

    private Refusing() {}

    static void list(long presentBlock, Optional<String> key, TrafficLog log, ArrayNode refusing) {
        record Refused(String limit, String key) {}
        Map<Refused, long[]> counts = new HashMap<>();
        for (Block block : log.all()) {
            if (block.number() > presentBlock - NOW) {
                for (Row row : block.rows()) {
                    if (row.totalRefused() > 0 && (key.isEmpty() || isMeant(key.get(), row))) {
                        long[] sums =
                                counts.computeIfAbsent(new Refused(row.limit(), row.key()), missing -> new long[2]);
                        sums[0] += row.totalRefused();
                        sums[1] += row.total();
                    }
                }
            }
        }
        counts.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue()[0]))
                .limit(MAX_REFUSED)
                .forEach(entry -> refusing.addObject()
                        .put("limit", entry.getKey().limit())
                        .put("key", entry.getKey().key())
                        .put("refused", entry.getValue()[0])
                        .put("requests", entry.getValue()[1])
                        .put("seconds", NOW * Traffic.BLOCK));
    }

    static boolean isMeant(String key, Row row) {
        return row.key().equals(key) || row.first().equals(key) || row.tag().equals(key);
    }
}

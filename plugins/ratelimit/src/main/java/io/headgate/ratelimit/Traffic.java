package io.headgate.ratelimit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What was asked of late, by limit, key and second: a ring of blocks, in each of them the keys that asked most. It is
 * what a proposed limit is tried on.
 */
final class Traffic {

    /** Seconds in a block. */
    static final int BLOCK = 10;

    /** Keys that are counted for each one that is kept. */
    private static final int CANDIDATES = 10;

    private static final int REQUESTS = 0;
    private static final int TOKENS = BLOCK;
    private static final int REFUSED = 2 * BLOCK;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * One key of one limit in one block, second by second.
     *
     * @param tag where the bucket lives
     * @param plan empty for none
     */
    record Row(
            String limit,
            String key,
            String first,
            String tag,
            String plan,
            long[] requests,
            long[] tokens,
            long[] refused) {

        long total() {
            return sum(requests);
        }

        long totalRefused() {
            return sum(refused);
        }

        private static long sum(long[] numbers) {
            long sum = 0;
            for (long number : numbers) {
                sum += number;
            }
            return sum;
        }
    }

    /**
     * @param number of the block since the epoch
     * @param beyond keys that asked less and are left out
     */
    record Block(long number, List<Row> rows, int beyond) {

        String json() {
            return JSON.writeValueAsString(this);
        }

        static Block read(String json) {
            return JSON.readValue(json, Block.class);
        }
    }

    /** The counts of one bucket, of the present block and the one before. */
    static final class Counts {

        private volatile @Nullable Slots present;
        private volatile @Nullable Slots previous;

        private record Slots(long number, AtomicLongArray counts) {}

        /** Whether this is the first in its block. */
        boolean record(long second, long tokens, boolean refused) {
            long number = second / BLOCK;
            Slots slots = present;
            boolean isFirst = slots == null || slots.number != number;
            if (slots == null || isFirst) {
                slots = open(number);
            }
            int at = (int) (second % BLOCK);
            slots.counts.incrementAndGet(REQUESTS + at);
            slots.counts.addAndGet(TOKENS + at, tokens);
            if (refused) {
                slots.counts.incrementAndGet(REFUSED + at);
            }
            return isFirst;
        }

        private synchronized Slots open(long number) {
            Slots slots = present;
            if (slots == null || slots.number < number) {
                previous = slots;
                slots = new Slots(number, new AtomicLongArray(3 * BLOCK));
                present = slots;
            }
            return slots;
        }

        @Nullable
        AtomicLongArray of(long number) {
            Slots slots = present;
            if (slots == null || slots.number != number) {
                slots = previous;
            }
            return slots != null && slots.number == number ? slots.counts : null;
        }

        boolean isOver(long number) {
            Slots slots = present;
            return slots == null || slots.number < number;
        }
    }

    private final LimitsProperties.WhatIf settings;
    private final Fleet fleet;
    private final Set<Allowance> active = ConcurrentHashMap.newKeySet();
    private final Deque<Block> ring = new ArrayDeque<>();
    private long collected;

    Traffic(LimitsProperties.WhatIf settings, Fleet fleet) {
        this.settings = settings;
        this.fleet = fleet;
    }

    void record(Claim claim, boolean refused) {
        Allowance allowance = claim.allowance();
        if (allowance.traffic().record(fleet.seconds(), claim.cost(), refused)
                && active.size() < settings.keys() * CANDIDATES) {
            active.add(allowance);
        }
    }

    /** The blocks that may have changed since the last call: the present one, and after its end the one before. */
    synchronized List<Block> collect() {
        long present = fleet.seconds() / BLOCK;
        List<Block> changed = new ArrayList<>(2);
        if (collected != 0 && collected < present) {
            changed.add(block(collected));
            active.removeIf(allowance -> allowance.traffic().isOver(present));
        }
        changed.add(block(present));
        changed.forEach(this::keep);
        collected = present;
        return changed;
    }

    private Block block(long number) {
        List<Row> rows = new ArrayList<>();
        for (Allowance allowance : active) {
            AtomicLongArray counts = allowance.traffic().of(number);
            if (counts != null) {
                rows.add(row(allowance, counts));
            }
        }
        rows.sort(Comparator.comparingLong(Row::total).reversed());
        int kept = Math.min(rows.size(), settings.keys());
        return new Block(number, List.copyOf(rows.subList(0, kept)), rows.size() - kept);
    }

    private static Row row(Allowance allowance, AtomicLongArray counts) {
        Allowance.Id id = allowance.id();
        return new Row(
                id.limit().toString(),
                id.key(),
                id.first(),
                allowance.tag(),
                id.plan(),
                part(counts, REQUESTS),
                part(counts, TOKENS),
                part(counts, REFUSED));
    }

    private static long[] part(AtomicLongArray counts, int from) {
        long[] part = new long[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            part[i] = counts.get(from + i);
        }
        return part;
    }

    private void keep(Block block) {
        ring.removeIf(other -> other.number() == block.number() || other.number() <= block.number() - blocks());
        ring.addLast(block);
    }

    /** How many blocks the ring has. */
    int blocks() {
        return (int) Math.ceilDiv(settings.window().toSeconds(), BLOCK);
    }

    long presentBlock() {
        return fleet.seconds() / BLOCK;
    }

    /** What this instance saw, oldest first. */
    synchronized List<Block> own() {
        return List.copyOf(ring);
    }
}

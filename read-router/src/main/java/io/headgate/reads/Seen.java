package io.headgate.reads;

import java.util.HashMap;
import java.util.Map;

/**
 * What a caller wrote and read so far: on each branch the furthest position. Two timelines of one cluster stand side by
 * side until a read has judged them, since only the history tells whether a write on the older one was lost.
 *
 * @param untrusted something was handed over that proves nothing, so that whoever handed it over reads strongly
 */
record Seen(Map<Branch, Mark> marks, boolean untrusted) {

    static final Seen NOTHING = new Seen(Map.of(), false);
    static final Seen UNTRUSTED = new Seen(Map.of(), true);

    /** Stands for whichever cluster it was; no server has it. */
    static final long ANY_SYSTEM = 0;

    /** The timeline of a write whose position nobody could ask for; servers count theirs from 1. */
    private static final int UNKNOWN_TIMELINE = 0;

    /** @param onReplica whether a replica showed it, which the primary may show later than that one did */
    record Mark(Lsn lsn, boolean onReplica) {
        Mark merge(Mark other) {
            return new Mark(Lsn.max(lsn, other.lsn), onReplica || other.onReplica);
        }
    }

    Seen {
        marks = Map.copyOf(marks);
    }

    Seen with(Position position, boolean onReplica) {
        return merge(new Seen(Map.of(position.branch(), new Mark(position.lsn(), onReplica)), false));
    }

    /** Something was written there, and nobody knows up to where; the next read of that cluster is a strong one. */
    Seen withUnknownWrite(long system) {
        return with(Position.of(system, UNKNOWN_TIMELINE, Lsn.ZERO), false);
    }

    static boolean isUnknownWrite(Branch branch) {
        return branch.timeline() == UNKNOWN_TIMELINE;
    }

    Seen merge(Seen other) {
        Map<Branch, Mark> merged = new HashMap<>(marks);
        other.marks.forEach((branch, mark) -> merged.merge(branch, mark, Mark::merge));
        return new Seen(merged, untrusted || other.untrusted);
    }

    /** Without what a read has made good: it was judged, and its answer told. */
    Seen without(Map<Branch, Mark> judged) {
        Map<Branch, Mark> left = new HashMap<>(marks);
        judged.forEach(left::remove);
        return new Seen(left, false);
    }

    /** Whether it tells anything of that cluster, so that nobody else has to be asked. */
    boolean knows(long system) {
        return untrusted
                || marks.keySet().stream()
                        .anyMatch(branch -> branch.system() == system || branch.system() == ANY_SYSTEM);
    }

    boolean wasOnReplica(long system) {
        return marks.entrySet().stream()
                .anyMatch(mark ->
                        mark.getKey().system() == system && mark.getValue().onReplica());
    }
}

package io.headgate.reads;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

/**
 * What the positions that a caller saw come to on one cluster.
 *
 * @param judged the marks that an answer makes good: those of older timelines, and those of no cluster that is known
 */
record Demand(Need need, Lsn atLeast, Map<Branch, Seen.Mark> judged) {

    /** The worse later: what must be said comes before what can be made good. */
    enum Need {
        AT_LEAST,
        STRONG,
        /** Seen on a timeline whose end this primary's history does not tell. */
        UNTOLD,
        LOST
    }

    private static final Demand NONE = new Demand(Need.AT_LEAST, Lsn.ZERO, Map.of());
    private static final Demand UNJUDGED = new Demand(Need.STRONG, Lsn.ZERO, Map.of());

    /**
     * @param history of the primary's timeline, where it was reached yet
     * @param isElsewhere whether a system is another cluster, whose positions mean nothing here
     */
    static Demand of(Seen seen, Optional<Lineage> history, LongPredicate isElsewhere) {
        if (seen.marks().isEmpty()) {
            return seen.untrusted() ? UNJUDGED : NONE;
        }
        return seen.untrusted() || history.isEmpty() ? UNJUDGED : judge(seen, history.get(), isElsewhere);
    }

    private static Demand judge(Seen seen, Lineage history, LongPredicate isElsewhere) {
        Need need = Need.AT_LEAST;
        Lsn atLeast = Lsn.ZERO;
        Map<Branch, Seen.Mark> judged = new HashMap<>(0);
        for (Map.Entry<Branch, Seen.Mark> entry : seen.marks().entrySet()) {
            Branch branch = entry.getKey();
            if (branch.system() != history.system() && isElsewhere.test(branch.system())) {
                continue;
            }
            if (branch.timeline() != history.timeline()) {
                judged.put(branch, entry.getValue());
            }
            var position = new Position(branch, entry.getValue().lsn());
            switch (history.judge(position)) {
                case HELD -> atLeast = Lsn.max(atLeast, position.lsn());
                case LOST -> need = worse(need, Need.LOST);
                case UNKNOWN -> need = worse(need, ofUnknown(branch, history));
            }
        }
        return new Demand(need, atLeast, judged);
    }

    /** A strong read makes good what names no node's timeline; a timeline that exists and cannot be compared it does not. */
    private static Need ofUnknown(Branch branch, Lineage history) {
        return branch.system() == history.system() && !Seen.isUnknownWrite(branch) ? Need.UNTOLD : Need.STRONG;
    }

    private static Need worse(Need one, Need other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}

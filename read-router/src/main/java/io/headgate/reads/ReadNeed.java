package io.headgate.reads;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * What one read asks of its node.
 *
 * @param maxAge at level bounded, how old the answer may be
 * @param forExport whether a node that is meant for long reads is the better one
 * @param among the replicas that it can be sent to at all
 */
record ReadNeed(Consistency level, Seen seen, Duration maxAge, boolean forExport, Predicate<Node> among) {

    private static final Predicate<Node> ANY = _ -> true;

    ReadNeed(Consistency level, Seen seen, Duration maxAge, boolean forExport) {
        this(level, seen, maxAge, forExport, ANY);
    }

    ReadNeed forExports() {
        return forExport ? this : new ReadNeed(level, seen, maxAge, true, among);
    }

    /** The same, on any other node. */
    ReadNeed without(Node tried) {
        return new ReadNeed(level, seen, maxAge, forExport, among.and(node -> node != tried));
    }
}

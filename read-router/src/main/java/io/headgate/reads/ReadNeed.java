package io.headgate.reads;

import java.time.Duration;

/**
 * What one read asks of its node.
 *
 * @param maxAge at level bounded, how old the answer may be
 * @param forExport whether a node that is meant for long reads is the better one
 */
record ReadNeed(Consistency level, Seen seen, Duration maxAge, boolean forExport) {

    ReadNeed forExports() {
        return forExport ? this : new ReadNeed(level, seen, maxAge, true);
    }
}

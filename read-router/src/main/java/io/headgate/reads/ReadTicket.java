package io.headgate.reads;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** The right to read on one node; whoever holds it gives it back once, however the read ends. */
final class ReadTicket {

    private final Node node;
    private final Optional<Reading.Identity> server;
    private final ReadOutcome outcome;
    private final Map<Branch, Seen.Mark> judged;
    private final AtomicBoolean released = new AtomicBoolean();

    /**
     * @param server who had the node's address when it was chosen, where that is known
     * @param judged what this read makes good, whatever came of it, since its outcome tells
     */
    ReadTicket(Node node, Optional<Reading.Identity> server, ReadOutcome outcome, Map<Branch, Seen.Mark> judged) {
        this.node = node;
        this.server = server;
        this.outcome = outcome;
        this.judged = judged;
    }

    Node node() {
        return node;
    }

    Optional<Reading.Identity> server() {
        return server;
    }

    ReadOutcome outcome() {
        return outcome;
    }

    Map<Branch, Seen.Mark> judged() {
        return judged;
    }

    void release() {
        if (released.compareAndSet(false, true)) {
            node.release();
        }
    }
}

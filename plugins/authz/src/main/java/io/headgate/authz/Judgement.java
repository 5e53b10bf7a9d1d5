package io.headgate.authz;

import io.headgate.api.Decision;
import java.util.List;

/** A decision, and what sets in the shadow would have decided instead. */
final class Judgement {

    private final Decision decision;
    private volatile List<CandidateReport.Found> differences = List.of();

    Judgement(Decision decision) {
        this.decision = decision;
    }

    Decision decision() {
        return decision;
    }

    List<CandidateReport.Found> differences() {
        return differences;
    }

    /** Comes after the decision, which waits for no shadow. */
    void differs(List<CandidateReport.Found> found) {
        differences = List.copyOf(found);
    }
}

package io.headgate.filter;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.SpecProblem;
import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with one query. */
final class Refusals {

    /** A client that has so many is not helped by more. */
    private static final int MOST = 100;

    private final List<SpecProblem> problems = new ArrayList<>();

    void add(String pointer, String detail) {
        if (problems.size() < MOST) {
            problems.add(new SpecProblem(pointer, detail));
        }
    }

    /** Ends the reading: what follows cannot be told apart from what is wrong here, or would cost too much. */
    ProblemException fatal(String pointer, String detail) {
        add(pointer, detail);
        return exception();
    }

    boolean isEmpty() {
        return problems.isEmpty();
    }

    void throwIfAny() {
        if (!problems.isEmpty()) {
            throw exception();
        }
    }

    private ProblemException exception() {
        return new Problem.InvalidQuery(problems).asException();
    }
}

package io.headgate.gateway.admin;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;

/** The words in which this package says no. */
final class Refusals {

    private static final int MAX_EXCERPT = 64;

    private Refusals() {}

    static ProblemException malformed(String detail) {
        return Problem.of(ProblemType.MALFORMED_REQUEST, detail).asException();
    }

    static ProblemException forbidden(String detail) {
        return Problem.of(ProblemType.FORBIDDEN, detail).asException();
    }

    static ProblemException notFound(String detail) {
        return Problem.of(ProblemType.NOT_FOUND, detail).asException();
    }

    /** What a client sent, short enough to be sent back. */
    static String excerpt(String text) {
        return text.length() <= MAX_EXCERPT ? text : text.substring(0, MAX_EXCERPT) + "...";
    }
}

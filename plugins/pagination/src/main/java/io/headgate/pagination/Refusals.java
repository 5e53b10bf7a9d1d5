package io.headgate.pagination;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.SpecProblem;
import java.util.List;

/** How this step says no. */
final class Refusals {

    private Refusals() {}

    /** @param where as a JSON Pointer: of the body, or of the URL's parameters */
    static RuntimeException of(String where, String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem(where, detail))).asException();
    }

    /** The backend's answer is not what its route says; nothing of it can be trusted to be whole. */
    static RuntimeException brokenAnswer(String detail) {
        return Problem.of(ProblemType.BAD_GATEWAY, "The backend's page cannot be read: " + detail + ".")
                .asException();
    }

    static RuntimeException unexpected(byte b) {
        return brokenAnswer("it is not JSON: byte 0x" + Integer.toHexString(b & 0xFF) + " is out of place");
    }
}

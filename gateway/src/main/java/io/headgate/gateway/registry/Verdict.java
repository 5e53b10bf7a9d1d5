package io.headgate.gateway.registry;

import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** What the registry says to an {@link Intent}. */
sealed interface Verdict {

    Intent intent();

    /**
     * @param resource as it will be; empty where it will be gone
     * @param stored its spec in full
     */
    record Accepted(
            Intent intent,
            Optional<Row> before,
            Optional<Resource<?>> resource,
            Optional<ObjectNode> stored,
            Map<String, String> shownOnce,
            List<String> warnings)
            implements Verdict {

        WriteResult.Outcome outcome() {
            if (resource.isEmpty()) {
                return WriteResult.Outcome.DELETED;
            }
            return before.isEmpty() ? WriteResult.Outcome.CREATED : WriteResult.Outcome.UPDATED;
        }
    }

    /** It is so already. */
    record Unchanged(Intent intent, Row row) implements Verdict {}

    /** @param outright where the document's content does not even matter */
    record Refused(
            Intent intent,
            Optional<Problem> outright,
            List<SpecProblem> problems,
            List<Review.Conflict> conflicts,
            List<String> warnings)
            implements Verdict {

        static Refused outright(Intent intent, Problem problem) {
            return new Refused(intent, Optional.of(problem), List.of(), List.of(), List.of());
        }

        static Refused invalid(Intent intent, List<SpecProblem> problems) {
            return new Refused(intent, Optional.empty(), problems, List.of(), List.of());
        }

        Problem problem() {
            return outright.orElseGet(() -> problems.isEmpty()
                    ? new Problem.Conflicting(
                            intent.key() + " cannot stand beside "
                                    + conflicts.getFirst().kind() + " "
                                    + conflicts.getFirst().other() + ".",
                            conflicts)
                    : new Problem.InvalidResource(intent.key() + " cannot be as it is written.", problems));
        }
    }
}

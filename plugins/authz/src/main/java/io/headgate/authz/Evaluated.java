package io.headgate.authz;

import io.headgate.api.Decision.Reason;
import io.headgate.api.Problem;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What came of one question of a service. Only one of these is a yes. */
public sealed interface Evaluated {

    /**
     * @param decisionId the decision in the audit
     * @param policies the ids of those that decided, for an asker who may see them
     */
    record Permitted(UUID decisionId, Optional<List<String>> policies) implements Evaluated {}

    record Denied(UUID decisionId, Reason reason, Optional<List<String>> policies) implements Evaluated {}

    /** Nothing was decided: the question is none, or no answer to it can be had. */
    record Failed(Problem problem) implements Evaluated {}

    default boolean isPermit() {
        return this instanceof Permitted;
    }
}

package io.headgate.authz;

import com.cedarpolicy.model.AuthorizationResponse;
import com.cedarpolicy.model.AuthorizationSuccessResponse;
import java.util.List;

/** What one policy set says. */
sealed interface PolicyAnswer {

    record Permitted(List<String> policies) implements PolicyAnswer {}

    record Forbidden(List<String> policies) implements PolicyAnswer {}

    /** None of its policies is about this question. */
    record Silent() implements PolicyAnswer {}

    record Failed(String reason) implements PolicyAnswer {}

    /**
     * Cedar leaves out a policy that fails, so an answer with errors may lack the very policy that forbids: it permits
     * nothing. What forbids although others failed, forbids.
     */
    static PolicyAnswer of(AuthorizationResponse response) {
        if (response.type != AuthorizationResponse.SuccessOrFailure.Success || response.success.isEmpty()) {
            return new Failed(CedarErrors.text(response.errors));
        }
        AuthorizationSuccessResponse answer = response.success.get();
        List<String> policies = answer.getReason().stream().sorted().toList();
        boolean allowed = answer.getDecision() == AuthorizationSuccessResponse.Decision.Allow;
        if (!allowed && !policies.isEmpty()) {
            return new Forbidden(policies);
        }
        if (!answer.getErrors().isEmpty()) {
            return new Failed(CedarErrors.text(answer.getErrors().getFirst()));
        }
        return allowed ? new Permitted(policies) : new Silent();
    }
}

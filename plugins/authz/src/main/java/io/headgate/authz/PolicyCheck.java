package io.headgate.authz;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.DetailedError;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.schema.Schema;
import io.headgate.api.Review;
import io.headgate.authz.PolicySetSpec.Source;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cedar's strict validation of a set, its findings at their places in the document. */
final class PolicyCheck {

    private static final Pattern POLICY = Pattern.compile("policy (?:with id )?`([^`]+)`");
    private static final String SCHEMA = "/spec/schema";

    private final PolicySetSpec spec;
    private final Review review;

    private PolicyCheck(PolicySetSpec spec, Review review) {
        this.spec = spec;
        this.review = review;
    }

    /** Empty where the schema itself cannot be read. */
    static Optional<PolicySchema> of(PolicySetSpec spec, Review review) {
        var check = new PolicyCheck(spec, review);
        return check.schema()
                .map(schema -> {
                    check.policies(schema);
                    return check.shape(schema);
                })
                .orElse(Optional.empty());
    }

    private Optional<Schema> schema() {
        try {
            var schema = new Schema(Schema.JsonOrCedar.Cedar, Optional.empty(), Optional.of(spec.schema()));
            ValidationResponse response =
                    new BasicAuthorizationEngine().validate(new ValidationRequest(schema, new PolicySet()));
            response.errors.ifPresent(errors ->
                    errors.forEach(error -> review.problem(SCHEMA, CedarErrors.at(spec.schema(), error))));
            return response.errors.isPresent() ? Optional.empty() : Optional.of(schema);
        } catch (AuthException e) {
            review.problem(SCHEMA, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private void policies(Schema schema) {
        try {
            ValidationResponse response = new BasicAuthorizationEngine()
                    .validate(new ValidationRequest(schema, new PolicySet(CompiledPolicySet.policies(spec))));
            response.errors.ifPresent(errors -> errors.forEach(error -> problem(named(error), error)));
            response.success.ifPresent(found -> {
                found.validationErrors.forEach(error -> problem(error.getPolicyId(), error.getError()));
                found.validationWarnings.forEach(
                        warning -> review.warning(warning.getPolicyId() + ": " + warning.getError().message));
            });
        } catch (AuthException e) {
            review.problem("/spec/policies", String.valueOf(e.getMessage()));
        }
    }

    private Optional<PolicySchema> shape(Schema schema) {
        try {
            return Optional.of(PolicySchema.read(Schema.parse(Schema.JsonOrCedar.Cedar, spec.schema())
                    .toJsonFormat()
                    .toString()));
        } catch (Exception e) {
            review.problem(SCHEMA, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static String named(DetailedError error) {
        Matcher matcher = POLICY.matcher(error.message);
        return matcher.find() ? matcher.group(1) : "";
    }

    private void problem(String policy, DetailedError error) {
        List<Source> policies = spec.policies();
        for (int i = 0; i < policies.size(); i++) {
            if (policies.get(i).id().equals(policy)) {
                review.problem(
                        "/spec/policies/" + i + "/source",
                        CedarErrors.at(policies.get(i).text(), error));
                return;
            }
        }
        review.problem("/spec/policies", CedarErrors.at("", error));
    }
}

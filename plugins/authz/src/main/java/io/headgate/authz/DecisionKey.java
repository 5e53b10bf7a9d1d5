package io.headgate.authz;

import java.util.Collection;
import java.util.Map;

/**
 * What a decision is remembered under: the question itself, as far as policies look at it, compared member by member,
 * so that no two questions are taken for one. The policies stand for their versions.
 *
 * @param epoch counts the revocations that concern the tenant
 */
record DecisionKey(
        TeamPolicies policies, long epoch, Object principal, String action, Object resource, Object context) {

    private static final int UNIT = 512;

    /** What it takes of the room for decisions: one, and more for all that a service says of its subject or resource. */
    int weight() {
        return 1 + (length(principal) + length(resource) + length(context)) / UNIT;
    }

    private static int length(Object value) {
        return switch (value) {
            case String text -> text.length();
            case Collection<?> values ->
                values.stream().mapToInt(DecisionKey::length).sum();
            case Map<?, ?> members -> length(members.keySet()) + length(members.values());
            case PolicyEntity entity -> length(entity.attributes()) + length(entity.parents());
            case PolicyEntity.Ref ref -> ref.id().length();
            case RouteQuestions.ResourceKey resource -> length(resource.attributes());
            default -> 0;
        };
    }
}

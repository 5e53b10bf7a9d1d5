package io.headgate.authz;

/**
 * What a decision is remembered under: the question itself, as far as policies look at it, compared member by member,
 * so that no two questions are taken for one. The policies stand for their versions.
 *
 * @param epoch counts the revocations that concern the tenant
 */
record DecisionKey(
        TeamPolicies policies, long epoch, Object principal, String action, Object resource, Object context) {

    /** The key of a question that is remembered as it stands. */
    static DecisionKey of(TeamPolicies policies, long epoch, Question question) {
        return new DecisionKey(
                policies, epoch, question.principal(), question.action(), question.resource(), question.context());
    }
}

package io.headgate.authz;

/** What decides now; each answer is one volatile read away. */
interface LivePolicies {

    TeamPolicies of(String team);

    /** Those of the team that the resource belongs to. */
    TeamPolicies owning(PolicyEntity resource);

    Revoked revoked();
}

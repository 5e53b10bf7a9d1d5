package io.headgate.authz;

/** What decides now; each answer is one volatile read away. */
interface LivePolicies {

    TeamPolicies of(String team);

    Revoked revoked();
}

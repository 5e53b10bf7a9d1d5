package io.headgate.authz;

import java.time.Instant;

/** What somebody wants decided: a request at the edge, or a service on behalf of whom it serves. */
interface Inquiry {

    /** Those of the team that answers for the resource. */
    TeamPolicies policies(LivePolicies live);

    /** Whether it reaches for another tenant's, of which policies have no say. */
    boolean foreign();

    boolean isRevoked(Revoked revoked, Instant now);

    /** The principal's tenant; empty where it has none. */
    String tenant();

    String requestId();

    DecisionKey key(TeamPolicies policies, long epoch);

    Question question();
}

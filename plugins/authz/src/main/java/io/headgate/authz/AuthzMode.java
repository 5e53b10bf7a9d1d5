package io.headgate.authz;

/** How far a route asks who calls, and whether they may. */
enum AuthzMode {
    /** The policies decide. */
    ENFORCE,
    /** The policies are asked, and what they say is recorded only. */
    SHADOW,
    /** Any caller with a valid credential passes. */
    OFF,
    /** Nobody is asked anything. */
    PUBLIC;

    boolean asksPolicies() {
        return this == ENFORCE || this == SHADOW;
    }
}

package io.headgate.authz;

import io.headgate.api.Caller;

/** What looking at a token comes to. */
sealed interface Verification {

    record Proved(Caller caller) implements Verification {}

    record Refused(Reason reason) implements Verification {}

    /** The token names a key of this issuer that is not here, or no longer fresh enough to be believed. */
    record KeyMissing(IssuerKeys keys) implements Verification {}

    /** For the operator's eyes: metrics and debug logs. The client learns that the token is not valid, and no more. */
    enum Reason {
        MALFORMED,
        TYPE,
        CRITICAL_HEADER,
        ISSUER,
        ALGORITHM,
        TIME,
        AUDIENCE,
        TENANT,
        CLAIMS,
        KEY,
        SIGNATURE
    }
}

package io.headgate.authz;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.Set;

/** An issuer with the only keys, audiences, tenants and algorithms that are believed of it. */
record TrustedIssuer(
        String issuer, Set<String> audiences, Set<String> tenants, Set<JWSAlgorithm> algorithms, IssuerKeys keys) {

    static final String ANY_TENANT = "*";

    boolean speaksFor(String tenant) {
        return tenants.contains(tenant) || tenants.contains(ANY_TENANT);
    }
}

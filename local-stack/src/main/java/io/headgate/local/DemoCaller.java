package io.headgate.local;

import java.util.Set;

/** Whom the gateway vouches for. */
record DemoCaller(String tenant, String subject, Set<String> roles) {

    DemoCaller {
        roles = Set.copyOf(roles);
    }

    boolean isOneOf(String... any) {
        return Set.of(any).stream().anyMatch(roles::contains);
    }
}

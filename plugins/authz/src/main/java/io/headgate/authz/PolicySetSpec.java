package io.headgate.authz;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Policies, and the types that they speak of.
 *
 * @param tenantless entity types whose ids name no tenant
 * @param replaces the set of the same team that this one takes the place of; without it, a shadow is held against all
 *     active sets of its team, and an active set stands beside them
 * @param accepts policies of this set that permit what was denied so far, and are meant to
 * @param force why this set becomes active although it permits what nobody accepted
 */
record PolicySetSpec(
        String schema,
        List<Source> policies,
        State state,
        Set<String> tenantless,
        Optional<String> replaces,
        Set<String> accepts,
        Optional<String> force) {

    /** @param text one Cedar policy */
    record Source(String id, String text) {}

    enum State {
        ACTIVE,
        /** Is asked about live traffic, and only its differences from what is active are recorded. */
        SHADOW
    }

    PolicySetSpec {
        policies = List.copyOf(policies);
        tenantless = Set.copyOf(tenantless);
        accepts = Set.copyOf(accepts);
    }

    boolean isActive() {
        return state == State.ACTIVE;
    }
}

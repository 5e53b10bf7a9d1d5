package io.headgate.authz;

import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import java.util.Map;
import java.util.Optional;

/**
 * What decides at one revision.
 *
 * @param sets every set that could be compiled, those in the shadow included
 * @param leftOut every set that could not, with the reason
 * @param beyond what decides for a team that nobody knows: nothing, but for what the platform forbids
 */
record PolicyBook(
        Map<ResourceId, CompiledPolicySet> sets,
        Map<Resource<?>, String> leftOut,
        Map<String, TeamPolicies> teams,
        TeamPolicies beyond) {

    PolicyBook {
        sets = Map.copyOf(sets);
        leftOut = Map.copyOf(leftOut);
        teams = Map.copyOf(teams);
    }

    TeamPolicies of(String team) {
        return teams.getOrDefault(team, beyond);
    }

    Optional<CompiledPolicySet> set(ResourceId id) {
        return Optional.ofNullable(sets.get(id));
    }
}

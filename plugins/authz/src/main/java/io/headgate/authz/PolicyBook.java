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
 * @param owners by resource type, the policies of the team that owns it
 * @param beyond what decides for a team that nobody knows: nothing, but for what the platform forbids
 */
record PolicyBook(
        Map<ResourceId, CompiledPolicySet> sets,
        Map<Resource<?>, String> leftOut,
        Map<String, TeamPolicies> teams,
        Map<String, TeamPolicies> owners,
        TeamPolicies beyond) {

    PolicyBook {
        sets = Map.copyOf(sets);
        leftOut = Map.copyOf(leftOut);
        teams = Map.copyOf(teams);
        owners = Map.copyOf(owners);
    }

    TeamPolicies of(String team) {
        return teams.getOrDefault(team, beyond);
    }

    TeamPolicies owning(PolicyEntity resource) {
        return resource.type().equals(TeamPolicies.DATASET)
                ? of(datasetOwner(resource.id()))
                : owners.getOrDefault(resource.type(), beyond);
    }

    /** Between the tenant and the name. */
    private static String datasetOwner(String id) {
        String[] segments = id.split("/", -1);
        return segments.length == 3 ? segments[1] : "";
    }

    Optional<CompiledPolicySet> set(ResourceId id) {
        return Optional.ofNullable(sets.get(id));
    }
}

package io.headgate.authz;

import io.headgate.api.LiveConfig;
import io.headgate.authz.TeamPolicies.Parts;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the registry's present revision says; without a registry, that nothing can be decided. */
record RegistryPolicies(Supplier<@Nullable LiveConfig> registry, PolicyView policies, RevocationView revocations)
        implements LivePolicies {

    private static final TeamPolicies NONE = new TeamPolicies(
            "",
            new Parts(List.of(), List.of(), Set.of(), Set.of(), Optional.of("there is no registry to hold policies")),
            List.of());

    @Override
    public TeamPolicies of(String team) {
        LiveConfig live = registry.get();
        return live == null ? NONE : live.view(policies).of(team);
    }

    @Override
    public TeamPolicies owning(PolicyEntity resource) {
        LiveConfig live = registry.get();
        return live == null ? NONE : live.view(policies).owning(resource);
    }

    @Override
    public Revoked revoked() {
        LiveConfig live = registry.get();
        return live == null ? Revoked.NOTHING : live.view(revocations);
    }
}

package io.headgate.reads;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A drain bears the name of the database whose replicas it takes out. It stands apart from the database, which may be
 * written elsewhere and by others: draining is for whoever is on call.
 */
final class DrainKind implements ConfigKind<Drain> {

    @Override
    public String kind() {
        return "Drain";
    }

    @Override
    public String plural() {
        return "drains";
    }

    @Override
    public Class<Drain> specType() {
        return Drain.class;
    }

    @Override
    public Drain read(SpecReader spec, ResourceId id) {
        List<String> replicas = spec.texts("replicas");
        return spec.build(() -> new Drain(Set.copyOf(replicas)));
    }

    /** A warning and no problem: a replica that is drained may be removed from its database. */
    @Override
    public void review(Resource<Drain> candidate, ConfigSnapshot others, Review review) {
        Optional<DatabaseSpec> database =
                others.find(DatabaseSpec.class, candidate.id()).map(Resource::spec);
        for (String replica : candidate.spec().replicas()) {
            if (database.flatMap(it -> it.replica(replica)).isEmpty()) {
                review.warning("database " + candidate.id().name() + " has no replica '" + replica + "'");
            }
        }
    }

    @Override
    public Set<AdminRole> writers(Optional<Drain> before, Optional<Drain> after) {
        return Set.of(AdminRole.PLATFORM_ADMIN, AdminRole.SRE);
    }

    @Override
    public boolean isPlatformOnly() {
        return true;
    }

    @Override
    public boolean isReferenced() {
        return false;
    }
}

package io.headgate.gateway.registry;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/** A scripted kind: two things may not claim the same, and a thing may need another. */
final class ThingKind implements ConfigKind<ThingKind.Thing> {

    record Thing(String claim, Optional<String> needs) {}

    volatile Predicate<String> readable = claim -> true;
    volatile boolean canRollBack = true;
    volatile Set<AdminRole> writers = Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);

    @Override
    public String kind() {
        return "Thing";
    }

    @Override
    public String plural() {
        return "things";
    }

    @Override
    public Class<Thing> specType() {
        return Thing.class;
    }

    @Override
    public Thing read(SpecReader spec, ResourceId id) {
        String claim = spec.text("claim");
        Optional<String> needs = spec.optionalText("needs");
        spec.optionalText("secret");
        if (!readable.test(claim)) {
            spec.problem("claim", "'" + claim + "' (expected: another)");
        }
        return spec.build(() -> new Thing(claim, needs));
    }

    @Override
    public void review(Resource<Thing> candidate, ConfigSnapshot others, Review review) {
        for (Resource<Thing> other : others.all(Thing.class)) {
            if (other.spec().claim().equals(candidate.spec().claim())) {
                review.conflict(new Review.Conflict(
                        "Thing", other.id(), "/spec/claim", candidate.spec().claim()));
            }
        }
        candidate.spec().needs().ifPresent(needed -> {
            if (others.find(Thing.class, ResourceId.reference(candidate.id().team(), needed))
                    .isEmpty()) {
                review.problem("/spec/needs", "'" + needed + "' (expected: a Thing)");
            }
        });
    }

    @Override
    public Set<AdminRole> writers(Optional<Thing> before, Optional<Thing> after) {
        return writers;
    }

    @Override
    public boolean canRollBack() {
        return canRollBack;
    }

    @Override
    public ObjectNode redact(ObjectNode spec) {
        ObjectNode redacted = spec.deepCopy();
        redacted.remove("secret");
        return redacted;
    }
}

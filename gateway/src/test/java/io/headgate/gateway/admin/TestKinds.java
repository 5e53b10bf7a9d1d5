package io.headgate.gateway.admin;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecReader;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Kinds that show every way in which a kind can differ. */
final class TestKinds {

    private TestKinds() {}

    record Gadget(int size, boolean guarded) {}

    record Dial(int level) {}

    record Secret(String owner, Optional<String> hash) {}

    /** What teams write for themselves; guarding one is the platform's business, and no two have one size. */
    static final class GadgetKind implements ConfigKind<Gadget> {
        @Override
        public String kind() {
            return "Gadget";
        }

        @Override
        public String plural() {
            return "gadgets";
        }

        @Override
        public Class<Gadget> specType() {
            return Gadget.class;
        }

        @Override
        public Gadget read(SpecReader spec, ResourceId id) {
            int size = spec.integer("size", 1, 1, 10_000);
            boolean guarded = spec.flag("guarded", false);
            return spec.build(() -> new Gadget(size, guarded));
        }

        @Override
        public void review(Resource<Gadget> candidate, ConfigSnapshot others, Review review) {
            if (candidate.spec().size() > 9_000) {
                review.warning("size: larger than anybody needs");
            }
            others.all(Gadget.class).stream()
                    .filter(other -> other.spec().size() == candidate.spec().size())
                    .forEach(other -> review.conflict(new Review.Conflict(
                            "Gadget",
                            other.id(),
                            "/spec/size",
                            "size " + other.spec().size())));
        }

        @Override
        public Set<AdminRole> writers(Optional<Gadget> before, Optional<Gadget> after) {
            return before.filter(Gadget::guarded)
                            .or(() -> after.filter(Gadget::guarded))
                            .isPresent()
                    ? Set.of(AdminRole.PLATFORM_ADMIN)
                    : Set.of(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
        }
    }

    /** What SREs turn. */
    static final class DialKind implements ConfigKind<Dial> {
        @Override
        public String kind() {
            return "Dial";
        }

        @Override
        public String plural() {
            return "dials";
        }

        @Override
        public Class<Dial> specType() {
            return Dial.class;
        }

        @Override
        public Dial read(SpecReader spec, ResourceId id) {
            int level = spec.integer("level", 0, 0, 10_000);
            return spec.build(() -> new Dial(level));
        }

        @Override
        public Set<AdminRole> writers(Optional<Dial> before, Optional<Dial> after) {
            return Set.of(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN);
        }
    }

    /** What only the platform has, with a member that is shown once. */
    static final class SecretKind implements ConfigKind<Secret> {
        static final String CLEAR = "clear-text-of-the-secret";
        static final String HASH = "hash-of-the-secret";

        @Override
        public String kind() {
            return "Secret";
        }

        @Override
        public String plural() {
            return "secrets";
        }

        @Override
        public Class<Secret> specType() {
            return Secret.class;
        }

        @Override
        public Secret read(SpecReader spec, ResourceId id) {
            String owner = spec.text("owner");
            Optional<String> hash = spec.optionalText("hash");
            return spec.build(() -> new Secret(owner, hash));
        }

        @Override
        public Set<AdminRole> writers(Optional<Secret> before, Optional<Secret> after) {
            return Set.of(AdminRole.PLATFORM_ADMIN);
        }

        @Override
        public boolean isPlatformOnly() {
            return true;
        }

        @Override
        public boolean canRollBack() {
            return false;
        }

        @Override
        public Prepared prepare(ObjectNode spec, Optional<ObjectNode> before) {
            ObjectNode stored = spec.deepCopy().put("hash", HASH);
            return new Prepared(stored, before.isPresent() ? Map.of() : Map.of("secret", CLEAR));
        }

        @Override
        public ObjectNode redact(ObjectNode spec) {
            return (ObjectNode) spec.deepCopy().without("hash");
        }
    }
}

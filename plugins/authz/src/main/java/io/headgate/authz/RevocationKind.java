package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import io.headgate.authz.RevocationSpec.OfCredential;
import io.headgate.authz.RevocationSpec.OfSubject;
import io.headgate.authz.RevocationSpec.OfTenant;
import io.headgate.authz.RevocationSpec.Target;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/** Revocations travel as every other change does: they are announced, kept on disk, and told to the audit. */
final class RevocationKind implements ConfigKind<RevocationSpec> {

    private static final String EXPIRES = "expires";
    private static final int MAX_REASON = 500;

    private final Clock clock;
    private final Duration lifetime;

    /** @param lifetime of a revocation that does not say its own */
    RevocationKind(Clock clock, Duration lifetime) {
        this.clock = clock;
        this.lifetime = lifetime;
    }

    @Override
    public String kind() {
        return "Revocation";
    }

    @Override
    public String plural() {
        return "revocations";
    }

    @Override
    public Class<RevocationSpec> specType() {
        return RevocationSpec.class;
    }

    @Override
    public RevocationSpec read(SpecReader spec, ResourceId id) {
        Optional<String> tenant = spec.optionalParsed("tenant", Claims::tenant);
        Optional<String> subject = spec.optionalParsed("subject", Claims::subject);
        Optional<String> credential = spec.optionalParsed("tokenId", Claims::subject);
        Optional<String> reason = spec.optionalParsed("reason", RevocationKind::reason);
        Supplier<Instant> expires = spec.parsed(EXPIRES, ApiKeyKind::instant);
        return spec.build(() -> new RevocationSpec(target(tenant, subject, credential), reason, expires.get()));
    }

    private static Target target(Optional<String> tenant, Optional<String> subject, Optional<String> credential) {
        if (credential.isPresent() && tenant.isEmpty() && subject.isEmpty()) {
            return new OfCredential(credential.get());
        }
        if (credential.isEmpty() && tenant.isPresent()) {
            return subject.<Target>map(name -> new OfSubject(tenant.get(), name))
                    .orElseGet(() -> new OfTenant(tenant.get()));
        }
        throw new IllegalArgumentException("what is revoked (expected: tenant, tenant and subject, or tokenId alone)");
    }

    private static String reason(String text) {
        if (text.length() > MAX_REASON) {
            throw new IllegalArgumentException(text.length() + " characters (expected: at most " + MAX_REASON + ")");
        }
        return text;
    }

    @Override
    public Prepared prepare(ObjectNode spec, Optional<ObjectNode> before) {
        if (spec.has(EXPIRES)) {
            return new Prepared(spec, Map.of());
        }
        ObjectNode stored = spec.deepCopy();
        stored.put(EXPIRES, clock.instant().plus(lifetime).toString());
        return new Prepared(stored, Map.of());
    }

    @Override
    public Set<AdminRole> writers(Optional<RevocationSpec> before, Optional<RevocationSpec> after) {
        return Set.of(AdminRole.PLATFORM_ADMIN, AdminRole.SRE);
    }

    @Override
    public Optional<Instant> endsAt(RevocationSpec spec) {
        return Optional.of(spec.expires());
    }

    @Override
    public boolean isPlatformOnly() {
        return true;
    }

    @Override
    public boolean isReferenced() {
        return false;
    }

    @Override
    public boolean canRollBack() {
        return false;
    }
}

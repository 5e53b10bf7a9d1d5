package io.headgate.authz;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.time.Clock;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * API keys. The registry stores the SHA-256 of a key's secret, and the secret is shown once. A fast hash is right here:
 * the secret is 256 random bits, so there is nothing to guess that a slow one would protect.
 */
final class ApiKeyKind implements ConfigKind<ApiKeySpec> {

    private static final String KEY_ID = "keyId";
    private static final String HASH = "hash";

    private final Clock clock;
    private final RandomGenerator random;

    ApiKeyKind(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    @Override
    public String kind() {
        return "ApiKey";
    }

    @Override
    public String plural() {
        return "api-keys";
    }

    @Override
    public Class<ApiKeySpec> specType() {
        return ApiKeySpec.class;
    }

    @Override
    public ApiKeySpec read(SpecReader spec, ResourceId id) {
        var tenant = spec.parsed("tenant", Claims::tenant);
        var subject = spec.parsed("subject", Claims::subject);
        Set<String> roles = new HashSet<>(spec.parsedList("roles", Claims::word));
        Optional<String> plan = spec.optionalParsed("plan", Claims::word);
        Set<String> scopes = new HashSet<>(spec.parsedList("scopes", Claims::word));
        var expires = spec.parsed("expires", ApiKeyKind::instant);
        Optional<String> keyId = spec.optionalText(KEY_ID);
        Optional<SecretHash> hash = spec.optionalParsed(HASH, SecretHash::parse);
        return spec.build(
                () -> new ApiKeySpec(tenant.get(), subject.get(), roles, plan, scopes, expires.get(), keyId, hash));
    }

    static Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' (expected: a time such as 2027-01-01T00:00:00Z)", e);
        }
    }

    @Override
    public void review(Resource<ApiKeySpec> candidate, ConfigSnapshot others, Review review) {
        if (candidate.origin() == Resource.Origin.FILE) { // its secret would be made with nobody there to see it
            review.problem(
                    "/kind", "'ApiKey' in a file (expected: a PUT to the admin API, which answers with the secret)");
        }
        Instant expires = candidate.spec().expires();
        if (!expires.isAfter(clock.instant())) {
            review.warning("expires: " + expires + " has passed, so the key opens nothing");
        }
    }

    @Override
    public Set<AdminRole> writers(Optional<ApiKeySpec> before, Optional<ApiKeySpec> after) {
        return Set.of(AdminRole.PLATFORM_ADMIN);
    }

    @Override
    public boolean isReferenced() {
        return false;
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
        refuseForeign(spec, before);
        ObjectNode stored = spec.deepCopy();
        Optional<ObjectNode> keyed = before.filter(earlier -> earlier.has(HASH));
        if (keyed.isPresent()) {
            stored.set(KEY_ID, keyed.get().path(KEY_ID));
            stored.set(HASH, keyed.get().path(HASH));
            return new Prepared(stored, Map.of());
        }
        ApiKeySecret secret = ApiKeySecret.create(random);
        stored.put(KEY_ID, secret.keyId());
        stored.put(HASH, SecretHash.of(secret.text()).hex());
        return new Prepared(stored, Map.of("secret", secret.text()));
    }

    /** Nobody brings a hash: it would be a key that somebody else has made. The id may come back as it was shown. */
    private static void refuseForeign(ObjectNode spec, Optional<ObjectNode> before) {
        if (spec.has(HASH)) {
            throw refused(HASH, "a member that only the gateway writes (expected: none; a new key makes its own)");
        }
        if (spec.has(KEY_ID) && !before.map(earlier -> earlier.path(KEY_ID)).equals(Optional.of(spec.path(KEY_ID)))) {
            throw refused(KEY_ID, spec.path(KEY_ID) + " (expected: none, or the id that the key has)");
        }
    }

    private static RuntimeException refused(String member, String detail) {
        return new Problem.InvalidResource(
                        "The key cannot be stored.", List.of(new SpecProblem("/spec/" + member, detail)))
                .asException();
    }

    @Override
    public ObjectNode redact(ObjectNode spec) {
        ObjectNode shown = spec.deepCopy();
        shown.remove(HASH);
        return shown;
    }
}

package io.headgate.authz;

import static io.headgate.api.ProblemAssert.assertThatProblemThrownBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.ConfigKind.Prepared;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.MutableClock;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ApiKeyKindTest {

    private static final ResourceId ID = new ResourceId("platform", "ingest");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-01T12:00:00Z"));
    private final ApiKeyKind kind = new ApiKeyKind(clock, new Random(1));

    @Test
    void makesASecretThatIsShownOnceAndStoresItsHashOnly() {
        Prepared prepared = kind.prepare(spec(), Optional.empty());

        String secret = Objects.requireNonNull(prepared.shownOnce().get("secret"));
        assertThat(secret).matches("hgk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}");
        assertThat(prepared.stored().path("hash").stringValue())
                .isEqualTo(SecretHash.of(secret).hex());
        assertThat(prepared.stored().toString()).doesNotContain(secret.substring(17));
    }

    @Test
    void keepsTheSecretWhenTheRestChanges() {
        ObjectNode before = kind.prepare(spec(), Optional.empty()).stored();
        ObjectNode change = kind.redact(before).put("tenant", "globex");

        Prepared after = kind.prepare(change, Optional.of(before));

        assertThat(after.shownOnce()).isEmpty();
        assertThat(after.stored().path("hash")).isEqualTo(before.path("hash"));
        assertThat(after.stored().path("tenant").stringValue()).isEqualTo("globex");
    }

    @Test
    void takesNoHashAndNoIdFromOutside() {
        ObjectNode before = kind.prepare(spec(), Optional.empty()).stored();
        String hash = SecretHash.of("mine").hex();
        assertThatProblemThrownBy(() -> kind.prepare(spec().put("hash", hash), Optional.empty()))
                .hasType(ProblemType.INVALID_RESOURCE);
        assertThatProblemThrownBy(() -> kind.prepare(spec().put("hash", hash), Optional.of(before)))
                .hasType(ProblemType.INVALID_RESOURCE);
        assertThatProblemThrownBy(() -> kind.prepare(spec().put("keyId", "mine"), Optional.empty()))
                .hasType(ProblemType.INVALID_RESOURCE);
        assertThatProblemThrownBy(() -> kind.prepare(spec().put("keyId", "mine"), Optional.of(before)))
                .hasType(ProblemType.INVALID_RESOURCE);
    }

    @Test
    void showsNoHash() {
        ObjectNode stored = kind.prepare(spec(), Optional.empty()).stored();

        assertThat(kind.redact(stored).has("hash")).isFalse();
        assertThat(stored.has("hash")).isTrue();
    }

    @Test
    void readsWhatItStored() {
        ObjectNode stored = kind.prepare(spec(), Optional.empty()).stored();

        ApiKeySpec spec = read(stored);

        assertThat(spec.tenant()).isEqualTo("acme");
        assertThat(spec.roles()).containsExactly("editor");
        assertThat(spec.hash()).isPresent();
        assertThat(spec.keyId()).isPresent();
    }

    @Test
    void namesEverythingThatIsWrong() {
        var outcome = SpecReader.read(
                json("{\"tenant\":\"A/B\",\"roles\":[\"a b\"],\"expires\":\"tomorrow\",\"colour\":\"red\"}"),
                "/spec",
                spec -> kind.read(spec, ID));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(((SpecReader.Outcome.Invalid<?>) invalid).problems())
                                .extracting(SpecProblem::pointer)
                                .containsExactlyInAnyOrder(
                                        "/spec/tenant",
                                        "/spec/subject",
                                        "/spec/roles/0",
                                        "/spec/expires",
                                        "/spec/colour"));
    }

    @Test
    void warnsOfAKeyThatHasExpiredAlready() {
        Review review = new Review();

        kind.review(resource(read(spec().put("expires", "2026-11-01T12:00:00Z"))), new FakeSnapshot(), review);

        assertThat(review.warnings()).hasSize(1);
        assertThat(review.problems()).isEmpty();
    }

    @Test
    void isNotTakenFromAFileWhereNobodyWouldSeeItsSecret() {
        Review review = new Review();

        kind.review(new Resource<>("ApiKey", ID, 1, Resource.Origin.FILE, read(spec())), new FakeSnapshot(), review);

        assertThat(review.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.pointer()).isEqualTo("/kind");
            assertThat(problem.detail()).contains("admin API");
        });
    }

    @Test
    void isForThePlatformAloneAndNeverRevived() {
        assertThat(kind.isPlatformOnly()).isTrue();
        assertThat(kind.canRollBack()).isFalse();
        assertThat(kind.writers(Optional.empty(), Optional.empty())).isEqualTo(Set.of(AdminRole.PLATFORM_ADMIN));
    }

    @Test
    void servesTheKeysOfTheSnapshotAndNoOthers() {
        ApiKeyView view = new ApiKeyView("headgate");
        Prepared prepared = kind.prepare(spec(), Optional.empty());
        SecretHash hash =
                SecretHash.of(Objects.requireNonNull(prepared.shownOnce().get("secret")));
        var with = new FakeSnapshot().with(ApiKeySpec.class, resource(read(prepared.stored())));

        Map<SecretHash, Caller> there = view.derive(Optional.empty(), with);
        Map<SecretHash, Caller> gone = view.derive(Optional.of(there), new FakeSnapshot());

        assertThat(there).containsOnlyKeys(hash);
        Caller caller = Objects.requireNonNull(there.get(hash));
        assertThat(caller.subject()).isEqualTo("svc-ingest");
        assertThat(caller.audiences()).containsExactly("headgate");
        assertThat(caller.credentialId())
                .isEqualTo(prepared.stored().path("keyId").stringValue());
        assertThat(gone).isEmpty();
    }

    private ApiKeySpec read(ObjectNode spec) {
        var outcome = SpecReader.read(spec, "/spec", reader -> kind.read(reader, ID));
        assertThat(outcome).isInstanceOf(SpecReader.Outcome.Valid.class);
        return ((SpecReader.Outcome.Valid<ApiKeySpec>) outcome).value();
    }

    private static Resource<ApiKeySpec> resource(ApiKeySpec spec) {
        return new Resource<>("ApiKey", ID, 1, Resource.Origin.API, spec);
    }

    private static ObjectNode spec() {
        return json("{\"tenant\":\"acme\",\"subject\":\"svc-ingest\",\"roles\":[\"editor\"],"
                + "\"expires\":\"2027-01-01T00:00:00Z\"}");
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text);
    }
}

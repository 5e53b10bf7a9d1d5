package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.FakeSnapshot;
import io.headgate.api.MutableClock;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import io.headgate.authz.RevocationSpec.OfCredential;
import io.headgate.authz.RevocationSpec.OfSubject;
import io.headgate.authz.RevocationSpec.OfTenant;
import io.headgate.authz.RevocationSpec.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class RevocationKindTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private final RevocationKind kind = new RevocationKind(new MutableClock(NOW), Duration.ofDays(30));

    @Test
    void revokesATenantASubjectOrACredential() {
        assertThat(target("{\"tenant\": \"acme\"}")).contains(new OfTenant("acme"));
        assertThat(target("{\"tenant\": \"acme\", \"subject\": \"ana\"}")).contains(new OfSubject("acme", "ana"));
        assertThat(target("{\"tokenId\": \"t-1\"}")).contains(new OfCredential("t-1"));
    }

    @Test
    void refusesWhatNamesNothingOrTooMuch() {
        for (String spec : List.of("{}", "{\"subject\": \"ana\"}", "{\"tenant\": \"acme\", \"tokenId\": \"t-1\"}")) {
            assertThat(target(spec)).as(spec).isEmpty();
        }
    }

    @Test
    void endsByItselfWhenEveryTokenOfItsTimeHasExpired() {
        ObjectNode stored = kind.prepare(
                        (ObjectNode) JsonMapper.shared().readTree("{\"tenant\": \"acme\"}"), Optional.empty())
                .stored();

        assertThat(stored.path("expires").stringValue()).isEqualTo("2026-12-21T12:00:00Z");
    }

    @Test
    void neverGoesBack() {
        assertThat(kind.canRollBack()).isFalse();
    }

    @Test
    void keepsTheLongestOfSeveralForOneSubject() {
        var view = new RevocationView()
                .derive(
                        Optional.empty(),
                        new FakeSnapshot()
                                .with(RevocationSpec.class, resource("one", NOW.plusSeconds(60)))
                                .with(RevocationSpec.class, resource("two", NOW.plusSeconds(30))));

        assertThat(view.concerns("acme/ana", "acme", NOW.plusSeconds(45))).isTrue();
        assertThat(view.concerns("acme/ana", "acme", NOW.plusSeconds(60))).isFalse();
        assertThat(view.epoch("acme")).isEqualTo(2);
        assertThat(view.epoch("globex")).isZero();
    }

    @Test
    void saysWhereOneIsStoredThatCannotBeRead() {
        var snapshot = new FakeSnapshot().with(RevocationSpec.class, resource("one", NOW.plusSeconds(60)));

        assertThat(new RevocationView().derive(Optional.empty(), snapshot).whole())
                .isTrue();
        assertThat(new RevocationView()
                        .derive(Optional.empty(), snapshot.unreadable("platform", "two"))
                        .whole())
                .isFalse();
    }

    private static Resource<RevocationSpec> resource(String name, Instant expires) {
        return new Resource<>(
                "Revocation",
                new ResourceId("platform", name),
                1,
                Resource.Origin.API,
                new RevocationSpec(new OfSubject("acme", "ana"), Optional.empty(), expires));
    }

    private Optional<Target> target(String spec) {
        ObjectNode stored = kind.prepare((ObjectNode) JsonMapper.shared().readTree(spec), Optional.empty())
                .stored();
        return switch (SpecReader.read(stored, "/spec", reader -> kind.read(reader, new ResourceId("platform", "r")))) {
            case SpecReader.Outcome.Valid<RevocationSpec>(RevocationSpec read) -> Optional.of(read.target());
            case SpecReader.Outcome.Invalid<RevocationSpec> _ -> Optional.empty();
        };
    }
}

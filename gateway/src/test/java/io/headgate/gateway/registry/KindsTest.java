package io.headgate.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigKind;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class KindsTest {

    private static final ResourceId ID = ResourceId.parse("platform/main");

    private static <S> S valid(ConfigKind<S> kind, String spec) {
        return switch (read(kind, spec)) {
            case SpecReader.Outcome.Valid<S>(S value) -> value;
            case SpecReader.Outcome.Invalid<S>(List<SpecProblem> problems) -> throw new AssertionError(problems);
        };
    }

    private static List<String> pointers(ConfigKind<?> kind, String spec) {
        return read(kind, spec) instanceof SpecReader.Outcome.Invalid<?>(List<SpecProblem> problems)
                ? problems.stream().map(SpecProblem::pointer).toList()
                : List.of();
    }

    private static <S> SpecReader.Outcome<S> read(ConfigKind<S> kind, String spec) {
        return SpecReader.read(JsonMapper.shared().readTree(spec), "/spec", reader -> kind.read(reader, ID));
    }

    @Test
    void teamsAndDatabasesAreWrittenByThePlatformAlone() {
        assertThat(new TeamKind().writers(Optional.empty(), Optional.empty()))
                .containsExactly(AdminRole.PLATFORM_ADMIN);
        assertThat(new DatabaseKind().writers(Optional.empty(), Optional.empty()))
                .containsExactly(AdminRole.PLATFORM_ADMIN);
        assertThat(new TeamKind().isPlatformOnly() && new DatabaseKind().isPlatformOnly())
                .isTrue();
    }

    @Test
    void aTeamOwnsPathsUpstreamsTypesAndTables() {
        TeamSpec team = valid(
                new TeamKind(),
                "{\"paths\":[\"/api/reports/**\"],\"upstreams\":[\"http://*.reports.internal\"],"
                        + "\"resources\":[\"Report\"],\"tables\":[\"reports\"]}");

        assertThat(team.mayCall(URI.create("http://a.reports.internal"))).isTrue();
        assertThat(team.resources()).containsExactly("Report");
    }

    @Test
    void aTeamsProblemsAreNamedWhereTheyStand() {
        assertThat(pointers(
                        new TeamKind(),
                        "{\"paths\":[\"/ok\",\"nope\"],\"upstreams\":[\"ftp://x\"],\"resources\":[\"a b\"],"
                                + "\"tables\":[\"Drop;\"],\"owner\":1}"))
                .containsExactlyInAnyOrder(
                        "/spec/paths/1", "/spec/upstreams/0", "/spec/resources/0", "/spec/tables/0", "/spec/owner");
    }

    @Test
    void aDatabaseHasAPrimaryReplicasAndTheNameOfItsCredentials() {
        DatabaseSpec database = valid(
                new DatabaseKind(),
                "{\"primary\":{\"url\":\"r2dbc:postgresql://10.0.0.10/app\"},\"replicas\":[{\"name\":\"replica-1\","
                        + "\"url\":\"r2dbc:postgresql://10.0.0.11:5433/app\",\"exports\":true}],"
                        + "\"credentials\":\"env:HEADGATE_DB_MAIN\"}");

        assertThat(database.replica("replica-1")).get().matches(DatabaseSpec.Replica::exports);
    }

    @Test
    void aDatabaseNeverCarriesCredentialsAndItsProblemsDoNotRepeatThem() {
        var outcome = read(
                new DatabaseKind(),
                "{\"primary\":{\"url\":\"r2dbc:postgresql://u:s3cret@h/app\"},\"credentials\":\"s3cret\","
                        + "\"replicas\":[{\"name\":\"a\",\"url\":\"r2dbc:postgresql://h/app?password=s3cret\"}]}");

        assertThat(outcome).isInstanceOfSatisfying(SpecReader.Outcome.Invalid.class, invalid -> {
            assertThat(invalid.problems()).hasSize(3);
            assertThat(invalid.problems().toString()).doesNotContain("s3cret");
        });
    }

    @Test
    void aDatabasesReplicasHaveNamesOfTheirOwn() {
        assertThat(pointers(
                        new DatabaseKind(),
                        "{\"primary\":{\"url\":\"r2dbc:postgresql://h/a\"},\"credentials\":\"env:X\",\"replicas\":["
                                + "{\"name\":\"a\",\"url\":\"r2dbc:postgresql://h/a\"},"
                                + "{\"name\":\"a\",\"url\":\"r2dbc:postgresql://h/a\"}]}"))
                .containsExactly("/spec");
    }

    @Test
    void kindsShareNoName() {
        assertThatThrownBy(() -> new Kinds(List.of(new TeamKind(), new TeamKind())))
                .hasMessageContaining("kind Team");
    }
}

package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.PathTemplate;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import io.headgate.api.UpstreamPattern;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.dataformat.yaml.YAMLMapper;

class RouteKindTest {

    private static final String UPSTREAM = "upstream: { primary: \"http://10.0.0.1:9101\" }\n";
    private static TestEdge edge;
    private static RouteKind kind;

    @BeforeAll
    static void start() {
        edge = TestEdge.start();
        kind = edge.bean(RouteKind.class);
    }

    @AfterAll
    static void stop() {
        edge.close();
    }

    @Test
    void findsEverythingThatIsWrongInOnePass() {
        assertThat(problems("""
                match: { host: "a b", path: /a/**/b, methods: [get, TRACE] }
                upstream: { primary: "ftp://x" }
                filters: [ Nonsense=1, StripPrefix=x ]
                cors: { origins: [] }
                lifecycle: { deprecated: soon }
                surprise: 1
                """))
                .extracting(SpecProblem::pointer)
                .contains(
                        "/spec/match/host",
                        "/spec/match/path",
                        "/spec/match/methods/0",
                        "/spec/match/methods/1",
                        "/spec/upstream/primary",
                        "/spec/filters/0",
                        "/spec/filters/1",
                        "/spec/lifecycle/deprecated");
    }

    @Test
    void namesAnUnknownMember() {
        assertThat(problems("match: { path: /a }\nsurprise: 1\n" + UPSTREAM))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/surprise");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ModifyResponseBody=x | holds whole bodies",
                "CacheRequestBody=java.lang.String | holds whole bodies",
                "Retry=3 | holds whole bodies",
                "JsonToGrpc=a | holds whole bodies",
                "SetRequestHostHeader=evil.example | changes where the request goes",
                "PreserveHostHeader | changes where the request goes",
                "RequestHeaderToRequestUri=X-To | changes where the request goes",
                "AddRequestHeader=X-A, #{@environment} | expressions are not evaluated",
                "AddRequestHeader=Headgate-Caller, x | between the gateway and backends",
                "SetRequestHeader=headgate_caller, x | between the gateway and backends",
                "RemoveRequestHeader=Authorization | says who calls",
                "MapRequestHeader=X-A, Authorization | says who calls",
                "SetRequestHeader=Host, evil.example | says who calls",
                "AddRequestHeadersIfNotPresent=X-A:b,Transfer-Encoding:chunked | says who calls",
                "SetResponseHeader=Content-Length, 1 | says who calls",
                "RewritePath=/(a+)+b, /x | no repetition of what repeats",
                "RedirectTo=302, https://evil.example | not on this gateway's list",
                "StripPrefix=x | 'StripPrefix=x'",
                "Nonsense | not on this gateway's list"
            })
    void saysWhyAStockFilterIsRefused(String filter, String reason) {
        String quoted = "filters: [ \"" + filter.trim() + "\" ]\n";

        assertThat(problems("match: { path: /a }\n" + UPSTREAM + quoted))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.pointer()).isEqualTo("/spec/filters/0");
                    assertThat(problem.detail()).contains(reason.trim());
                });
    }

    @Test
    void holdsARouteAgainstWhatItsTeamOwns() {
        Review review = review("match: { path: /api/other }\nupstream: { primary: \"http://10.9.9.9:1\" }\n");

        assertThat(review.problems())
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/match/path", "/spec/upstream/primary");
    }

    @Test
    void aTeamThatDoesNotExistOwnsNothing() {
        Review review = new Review();
        kind.review(resource("ghosts/it", "match: { path: /api/reports/a }\n" + UPSTREAM), snapshot(List.of()), review);

        assertThat(review.problems()).extracting(SpecProblem::pointer).containsExactly("/metadata/team");
    }

    @Test
    void holdsAReplicasDatabaseAgainstTheDatabasesThatThereAre() {
        String replica = "{ url: \"http://10.0.0.1:9102\", database: %s }";
        Review review =
                review("match: { path: /api/reports/a }\nupstream: { primary: \"http://10.0.0.1:9101\", replicas: ["
                        + String.join(
                                ", ",
                                replica.formatted("main/replica-1"),
                                replica.formatted("main/replica-9"),
                                replica.formatted("ghost/replica-1"))
                        + "] }\n");

        assertThat(review.problems())
                .extracting(problem -> problem.pointer() + " " + problem.detail())
                .containsExactly(
                        "/spec/upstream/replicas/1/database 'main/replica-9' (expected: a replica of Database main: replica-1)",
                        "/spec/upstream/replicas/2/database 'ghost/replica-1' (expected: a replica of a Database that exists)");
    }

    @Test
    void namesTheOtherRouteOfAConflictWithAnExample() {
        Review review = review(
                "match: { path: \"/api/reports/{id}/x\", methods: [GET] }\n" + UPSTREAM,
                resource("reports/other", "match: { path: \"/api/reports/7/*\" }\n" + UPSTREAM),
                resource("reports/wider", "match: { path: /api/reports/** }\n" + UPSTREAM));

        assertThat(review.conflicts()).singleElement().satisfies(conflict -> {
            assertThat(conflict.other()).hasToString("reports/other");
            assertThat(conflict.example()).isEqualTo("GET http://localhost/api/reports/7/x");
        });
    }

    @Test
    void aChangeThatAStepReservesIsForItsRoleAloneToMakeAndToUndo() {
        Optional<RouteSpec> plain = Optional.of(
                resource("reports/it", "match: { path: /a }\n" + UPSTREAM).spec());
        Optional<RouteSpec> reserved =
                Optional.of(resource("reports/it", "match: { path: /a }\ntest: { reserved: true }\n" + UPSTREAM)
                        .spec());

        assertThat(kind.writers(Optional.empty(), plain))
                .containsExactlyInAnyOrder(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
        assertThat(kind.writers(Optional.empty(), reserved)).containsExactly(AdminRole.PLATFORM_ADMIN);
        assertThat(kind.writers(plain, reserved)).containsExactly(AdminRole.PLATFORM_ADMIN);
        assertThat(kind.writers(reserved, plain)).containsExactly(AdminRole.PLATFORM_ADMIN);
        assertThat(kind.writers(reserved, Optional.empty())).containsExactly(AdminRole.PLATFORM_ADMIN);
    }

    @Test
    void anSreMakesTheChangesThatAStepLeavesToThemAndNoOthersWithThem() {
        String caller = "test: { caller: true }\n";
        Optional<RouteSpec> before = spec("match: { path: /a }\n" + UPSTREAM);

        assertThat(kind.writers(before, spec("match: { path: /a }\n" + caller + UPSTREAM)))
                .containsExactlyInAnyOrder(AdminRole.TEAM_WRITER, AdminRole.SRE, AdminRole.PLATFORM_ADMIN);
        for (Optional<RouteSpec> more : List.of(
                spec("match: { path: /b }\n" + caller + UPSTREAM),
                spec("match: { path: /a }\nfilters: [ StripPrefix=1 ]\n" + caller + UPSTREAM),
                spec("match: { path: /a }\n" + caller + UPSTREAM.replace("9101", "9102")),
                spec("match: { path: /a }\ntest: { caller: true, broken: true }\n" + UPSTREAM.replace("9101", "9")),
                before)) {
            assertThat(kind.writers(before, more))
                    .containsExactlyInAnyOrder(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
        }
        assertThat(kind.writers(Optional.empty(), spec("match: { path: /a }\n" + caller + UPSTREAM)))
                .doesNotContain(AdminRole.SRE);
    }

    private static Optional<RouteSpec> spec(String yaml) {
        return Optional.of(resource("reports/it", yaml).spec());
    }

    @Test
    void noRouteTakesWhatTheGatewayServesItself() {
        for (String path : List.of("/problems", "/problems/x", "/.well-known/headgate-jwks.json")) {
            assertThat(BuiltIns.owns(PathTemplate.parse(path))).as(path).isTrue();
        }
        for (String path : List.of("/api/v1/greetings/**", "/api/v1/greetings/x", "/api/v1/greetings/{name}")) {
            assertThat(review("match: { path: \"" + path + "\", methods: [POST] }\n" + UPSTREAM)
                            .problems())
                    .as(path)
                    .contains(new SpecProblem(
                            "/spec/match/path",
                            "'" + path + "' (expected: a path that the gateway does not serve itself)"));
        }
        assertThat(BuiltIns.owns(PathTemplate.parse("/**"))).isFalse();
        assertThat(BuiltIns.owns(PathTemplate.parse("/.well-known/other"))).isFalse();
    }

    @SafeVarargs
    private static Review review(String yaml, Resource<RouteSpec>... others) {
        Review review = new Review();
        kind.review(resource("reports/it", yaml), snapshot(List.of(others)), review);
        return review;
    }

    private static Resource<RouteSpec> resource(String id, String yaml) {
        ResourceId name = ResourceId.parse(id);
        return new Resource<>("Route", name, 1, Resource.Origin.API, TestEdge.read(kind, name, yaml));
    }

    private static ConfigSnapshot snapshot(List<Resource<RouteSpec>> routes) {
        var team = new Resource<>(
                "Team",
                ResourceId.parse("platform/reports"),
                1,
                Resource.Origin.API,
                new TeamSpec(
                        List.of(PathTemplate.parse("/api/reports/**")),
                        List.of(UpstreamPattern.parse("http://10.0.0.1:*")),
                        Set.of(),
                        Set.of()));
        var main = new Resource<>(
                "Database",
                ResourceId.parse("platform/main"),
                1,
                Resource.Origin.API,
                new DatabaseSpec(
                        "r2dbc:postgresql://10.0.0.9/app",
                        List.of(new DatabaseSpec.Replica("replica-1", "r2dbc:postgresql://10.0.0.8/app", false)),
                        "env:HEADGATE_DB_MAIN"));
        return new ConfigSnapshot() {
            @Override
            public long revision() {
                return 1;
            }

            @Override
            @SuppressWarnings("unchecked")
            public <S> Optional<Resource<S>> find(Class<S> type, ResourceId id) {
                return Stream.of(team, main)
                        .filter(one -> type.isInstance(one.spec()) && one.id().equals(id))
                        .map(one -> (Resource<S>) one)
                        .findFirst();
            }

            @Override
            @SuppressWarnings("unchecked")
            public <S> Collection<Resource<S>> all(Class<S> type) {
                return type == RouteSpec.class ? (Collection<Resource<S>>) (Collection<?>) routes : List.of();
            }
        };
    }

    private static List<SpecProblem> problems(String yaml) {
        var node = YAMLMapper.builder().build().readTree(yaml);
        var outcome = SpecReader.read(node, "/spec", reader -> kind.read(reader, ResourceId.parse("reports/it")));
        return outcome instanceof SpecReader.Outcome.Invalid<RouteSpec>(var problems) ? problems : List.of();
    }
}

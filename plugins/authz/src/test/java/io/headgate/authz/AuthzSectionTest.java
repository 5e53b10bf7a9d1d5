package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import tools.jackson.dataformat.yaml.YAMLMapper;

class AuthzSectionTest {

    private static final RouteInfo ROUTE = route("/api/reports/**", "GET", "QUERY", "POST", "PATCH");

    @Test
    void readsARouteWhoseOperationsLeaveNothingOut() {
        AuthzSection section = valid(ROUTE, """
                mode: enforce
                resource: Report
                operations:
                  - { methods: [GET, QUERY], action: read }
                  - { methods: [GET], path: "/api/reports/{id}", action: read, id: "{id}" }
                  - { methods: [POST], path: /api/reports/query, action: read, read: true }
                  - { methods: [POST], action: create }
                  - { methods: [PATCH], path: "/api/reports/{id}", action: update, id: "{id}" }
                  - { methods: [PATCH], action: update }
                """);

        assertThat(section.mode()).isEqualTo(AuthzMode.ENFORCE);
        assertThat(section.resource()).contains("Report");
        assertThat(section.operations()).hasSize(6);
        assertThat(section.operations().get(2).read()).isTrue();
        assertThat(section.operations().get(1).id()).map(IdTemplate::variables).contains(Set.of("id"));
    }

    @Test
    void enforcesWhereNothingIsSaidAndSoNeedsToKnowWhat() {
        assertThat(problems(ROUTE, "{}")).extracting(SpecProblem::pointer).contains("/spec/authz/resource");
    }

    @Test
    void needsNothingMoreWherePoliciesAreNotAsked() {
        assertThat(valid(ROUTE, "mode: \"off\"").mode()).isEqualTo(AuthzMode.OFF);
        assertThat(valid(ROUTE, "mode: public").mode()).isEqualTo(AuthzMode.PUBLIC);
    }

    @Test
    void namesEveryMethodThatIsNotCovered() {
        assertThat(problems(ROUTE, """
                resource: Report
                operations:
                  - { methods: [GET], action: read }
                  - { methods: [POST], path: /api/reports/query, action: read }
                """))
                .extracting(SpecProblem::detail)
                .satisfiesExactly(
                        detail -> assertThat(detail).startsWith("PATCH is not covered"),
                        detail -> assertThat(detail).startsWith("POST is not covered"),
                        detail -> assertThat(detail).startsWith("QUERY is not covered"));
    }

    @Test
    void coversARouteOfAllMethodsOnlyWithAnOperationOfAllMethods() {
        RouteInfo all = route("/api/reports/**");
        assertThat(problems(all, "{resource: Report, operations: [{methods: [GET], action: read}]}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/authz/operations");
        assertThat(valid(all, "{resource: Report, operations: [{action: use}]}").operations())
                .hasSize(1);
    }

    @Test
    void decidesHeadAsGet() {
        RouteInfo head = route("/api/reports/**", "HEAD");
        assertThat(valid(head, "{resource: Report, operations: [{methods: [GET], action: read}]}")
                        .operations())
                .hasSize(1);
        assertThat(problems(ROUTE, "{mode: \"off\", operations: [{methods: [HEAD], action: read}]}"))
                .containsExactly(new SpecProblem(
                        "/spec/authz/operations/0/methods/0", "'HEAD' (expected: GET, which HEAD follows)"));
    }

    @Test
    void refusesTwoOperationsOfWhichNoneIsNarrower() {
        RouteInfo route = route("/api/**", "GET");
        assertThat(problems(route, """
                resource: Report
                operations:
                  - { action: read }
                  - { path: "/api/{team}/reports", action: list }
                  - { path: "/api/acme/{kind}", action: read }
                """))
                .containsExactly(new SpecProblem(
                        "/spec/authz/operations/2",
                        "'/api/acme/{kind}' and '/api/{team}/reports' of operation 1 both take /api/acme/reports"
                                + " (expected: that one is narrower, or that they share no method)"));
    }

    @Test
    void refusesTheSameOperationTwice() {
        assertThat(problems(ROUTE, "{mode: \"off\", operations: [{methods: [GET], action: a}, {action: b}]}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/authz/operations/1");
    }

    @Test
    void refusesAPathOutsideTheRoute() {
        assertThat(problems(ROUTE, "{mode: \"off\", operations: [{path: /api/users, action: read}]}"))
                .containsExactly(new SpecProblem(
                        "/spec/authz/operations/0/path",
                        "'/api/users' (expected: a path within the route's /api/reports/**)"));
    }

    @Test
    void refusesAnIdMadeOfVariablesThatThePathHasNot() {
        assertThat(problems(
                        ROUTE,
                        "{mode: \"off\", operations: [{path: \"/api/reports/{id}\", action: read, id: \"{key}\"}]}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/authz/operations/0/id");
    }

    @Test
    void refusesAMethodThatTheRouteDoesNotTake() {
        assertThat(problems(ROUTE, "{mode: \"off\", operations: [{methods: [DELETE, FETCH], action: delete}]}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/authz/operations/0/methods/0", "/spec/authz/operations/0/methods/1");
    }

    @Test
    void findsAllProblemsAtOnce() {
        assertThat(problems(ROUTE, """
                mode: strict
                resource: 7 reports
                operations: [ { action: "", when: now }, nonsense ]
                """))
                .extracting(SpecProblem::pointer)
                .contains(
                        "/spec/authz/mode",
                        "/spec/authz/resource",
                        "/spec/authz/operations/0/action",
                        "/spec/authz/operations/0/when",
                        "/spec/authz/operations/1");
    }

    private static RouteInfo route(String path, String... methods) {
        return new RouteInfo(
                new ResourceId("reports", "api"),
                Optional.empty(),
                PathTemplate.parse(path),
                Arrays.stream(methods).map(HttpMethod::valueOf).collect(Collectors.toSet()));
    }

    private static AuthzSection valid(RouteInfo route, String yaml) {
        var outcome = read(route, yaml);
        assertThat(outcome).isInstanceOf(SpecReader.Outcome.Valid.class);
        return ((SpecReader.Outcome.Valid<AuthzSection>) outcome).value();
    }

    private static List<SpecProblem> problems(RouteInfo route, String yaml) {
        var outcome = read(route, yaml);
        assertThat(outcome).isInstanceOf(SpecReader.Outcome.Invalid.class);
        return ((SpecReader.Outcome.Invalid<AuthzSection>) outcome).problems();
    }

    private static SpecReader.Outcome<AuthzSection> read(RouteInfo route, String yaml) {
        return SpecReader.read(
                YAMLMapper.shared().readTree(yaml), "/spec/authz", section -> AuthzSection.read(section, route));
    }
}

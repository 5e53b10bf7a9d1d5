package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.set;
import static io.headgate.authz.PolicyFixtures.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.authz.CandidateReport.Difference;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PolicySetKindTest {

    private final CandidateReports reports = new CandidateReports(10);
    private final PolicySetKind kind = new PolicySetKind(reports);

    @Test
    void readsASetAsItIsDocumented() {
        SpecReader.Outcome<PolicySetSpec> read = read("reports", """
                {"schema": "entity User;", "state": "shadow", "tenantless": [], "replaces": "reports",
                 "policies": [{"id": "a", "source": "permit(principal, action, resource);"}]}""");

        assertThat(read)
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Valid.class,
                        valid -> assertThat(((PolicySetSpec) valid.value()).policies())
                                .containsExactly(
                                        new PolicySetSpec.Source("a", "permit(principal, action, resource);")));
    }

    @Test
    void findsEveryProblemOfTheFormAtOnce() {
        assertThat(problems("reports", """
                {"policies": [{"id": "a b", "source": 1}], "state": "on", "replaces": "next", "force": " "}"""))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder(
                        "/spec/schema",
                        "/spec/policies/0/id",
                        "/spec/policies/0/source",
                        "/spec/state",
                        "/spec/replaces",
                        "/spec/force");
    }

    @Test
    void refusesIdsThatAreThereTwiceAndASetWithoutPolicies() {
        assertThat(problems("reports", """
                {"schema": "", "policies": [{"id": "a", "source": ""}, {"id": "a", "source": ""}]}""")).extracting(SpecProblem::pointer).containsExactly("/spec/policies/1/id");
        assertThat(problems("reports", "{\"schema\": \"\"}"))
                .extracting(SpecProblem::pointer)
                .containsExactly("/spec/policies");
    }

    @Test
    void leavesTypesWithoutTenantsToThePlatform() {
        String spec = """
                {"schema": "", "tenantless": ["Country"], "policies": [{"id": "a", "source": ""}]}""";

        assertThat(problems("reports", spec)).extracting(SpecProblem::pointer).containsExactly("/spec/tenantless");
        assertThat(problems("platform", spec)).isEmpty();
    }

    @Test
    void saysWhereASchemaCannotBeRead() {
        assertThat(review(set().schema("entity User;\nentity Report {")
                                .policy("a", ANALYSTS_READ)
                                .resource())
                        .problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.pointer()).isEqualTo("/spec/schema");
                    assertThat(problem.detail()).startsWith("line 2, column ");
                });
    }

    @Test
    void saysWhereAPolicyCannotBeRead() {
        assertThat(review(set().policy("good", ANALYSTS_READ)
                                .policy("bad", "permit(principal,\n  action = Action::\"read\", resource);")
                                .resource())
                        .problems())
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.pointer()).isEqualTo("/spec/policies/1/source");
                    assertThat(problem.detail())
                            .startsWith("line 2, column 3: ")
                            .contains("try using '=='");
                });
    }

    @Test
    void saysWhereAPolicyIsNotWhatTheSchemaKnows() {
        assertThat(review(set().policy("typo", "permit(principal, action, resource) when { principal.plam == \"ü\" };")
                                .policy(
                                        "optional",
                                        "permit(principal, action, resource) when { principal.plan == \"x\" };")
                                .policy("action", "permit(principal, action == Action::\"red\", resource);")
                                .resource())
                        .problems())
                .anySatisfy(problem -> {
                    assertThat(problem.pointer()).isEqualTo("/spec/policies/0/source");
                    assertThat(problem.detail())
                            .startsWith("line 1, column 44: ")
                            .contains("`plam`", "did you mean `plan`?");
                })
                .extracting(SpecProblem::pointer)
                .contains("/spec/policies/1/source", "/spec/policies/2/source");
    }

    @Test
    void refusesASetThatSpeaksOfAnothersTypes() {
        assertThat(review(set().team("bills").policy("a", ANALYSTS_READ).resource())
                        .problems())
                .containsExactly(new SpecProblem(
                        "/spec/schema",
                        "actions apply to [Report] (expected: resource types of team bills, which owns [Bill])"));
        assertThat(review(set().team("platform").policy("a", ANALYSTS_READ).resource())
                        .problems())
                .isEmpty();
    }

    @Test
    void warnsOfWhatNoRequestBringsAlong() {
        assertThat(review(set().schema("""
                                entity User { tenant: String, department: String };
                                entity Report;
                                action read appliesTo { principal: User, resource: Report };
                                """)
                                .policy("a", "permit(principal, action, resource);")
                                .resource())
                        .warnings())
                .singleElement()
                .asString()
                .contains("User.department");
    }

    @Test
    void keepsASetInTheShadowThatWouldLetInWhomNobodyMeant() {
        var candidate = set().name("next").policy("viewers-read", ANALYSTS_READ);
        reports.of(candidate.shadow().resource())
                .count(
                        new Difference("read", "Report", "deny", "permit", List.of(), List.of("viewers-read")),
                        "r-17",
                        Instant.EPOCH);

        var active = set().name("next").policy("viewers-read", ANALYSTS_READ);
        assertThat(review(active.resource()).conflicts()).singleElement().satisfies(conflict -> {
            assertThat(conflict.pointer()).isEqualTo("/spec/state");
            assertThat(conflict.example()).contains("r-17", "viewers-read");
        });
        assertThat(review(active.accepts("other").resource()).conflicts()).hasSize(1);
        assertThat(review(active.accepts("viewers-read").resource()).conflicts())
                .isEmpty();
        assertThat(review(set().name("next")
                                .policy("viewers-read", ANALYSTS_READ)
                                .force("agreed with the team")
                                .resource())
                        .conflicts())
                .isEmpty();
    }

    @Test
    void holdsNothingAgainstASetThatHasLeftTheShadow() {
        var candidate = set().name("next").policy("viewers-read", ANALYSTS_READ);
        reports.of(candidate.shadow().resource())
                .count(
                        new Difference("read", "Report", "deny", "permit", List.of(), List.of("viewers-read")),
                        "r-17",
                        Instant.EPOCH);
        var active = set().name("next")
                .version(2)
                .policy("viewers-read", ANALYSTS_READ)
                .resource();

        new PolicyView(reports).derive(java.util.Optional.empty(), snapshot(active));

        assertThat(review(active).conflicts()).isEmpty();
    }

    @Test
    void letsASetBecomeActiveThatOnlyRefusesMore() {
        var candidate = set().name("next").policy("viewers-read", ANALYSTS_READ);
        reports.of(candidate.shadow().resource())
                .count(
                        new Difference("read", "Report", "permit", "deny", List.of("a"), List.of()),
                        "r-17",
                        Instant.EPOCH);

        assertThat(review(set().name("next")
                                .policy("viewers-read", ANALYSTS_READ)
                                .resource())
                        .conflicts())
                .isEmpty();
    }

    private Review review(Resource<PolicySetSpec> candidate) {
        Review review = new Review();
        kind.review(candidate, snapshot(), review);
        return review;
    }

    private List<SpecProblem> problems(String team, String spec) {
        return switch (read(team, spec)) {
            case SpecReader.Outcome.Invalid<PolicySetSpec>(List<SpecProblem> problems) -> problems;
            case SpecReader.Outcome.Valid<PolicySetSpec> _ -> List.of();
        };
    }

    private SpecReader.Outcome<PolicySetSpec> read(String team, String spec) {
        return SpecReader.read(
                JsonMapper.shared().readTree(spec), "/spec", reader -> kind.read(reader, new ResourceId(team, "next")));
    }
}

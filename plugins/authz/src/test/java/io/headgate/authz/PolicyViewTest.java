package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.question;
import static io.headgate.authz.PolicyFixtures.set;
import static io.headgate.authz.PolicyFixtures.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Decision;
import io.headgate.api.Decision.Deny;
import io.headgate.api.Decision.Permit;
import io.headgate.api.Decision.Reason;
import io.headgate.api.Decision.Undecided;
import io.headgate.api.Resource;
import io.headgate.api.TeamSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who decides about what. */
class PolicyViewTest {

    private static final Resource<PolicySetSpec> REPORTS =
            set().policy("analysts-read", ANALYSTS_READ).resource();
    private static final Question ANA_READS = question("acme/ana", "analyst", "read", "acme/1");
    private static final String PERMIT_ALL = "permit(principal, action, resource);";
    private static final String OTHER_SCHEMA = """
            entity Role;
            entity User in [Role] { tenant: String };
            entity Thing;
            action use appliesTo { principal: User, resource: Thing };
            """;

    @Test
    void letsATeamsSetDecideOnItsOwnType() {
        assertThat(decide(ANA_READS, REPORTS))
                .isEqualTo(new Permit(List.of("analysts-read"), List.of("reports/reports@1")));
        assertThat(decide(question("acme/vic", "viewer", "read", "acme/1"), REPORTS))
                .isEqualTo(new Deny(Reason.NOT_PERMITTED, List.of(), List.of("reports/reports@1")));
    }

    @Test
    void decidesNothingWithoutASet() {
        assertThat(decide(ANA_READS)).isInstanceOf(Undecided.class);
    }

    @Test
    void deniesWhatNoSetOfTheTypeSpeaksOf() {
        assertThat(decide(question("acme/ana", "analyst", "burn", "acme/1"), REPORTS))
                .isInstanceOfSatisfying(
                        Deny.class, deny -> assertThat(deny.reason()).isEqualTo(Reason.NOT_PERMITTED));
    }

    @Test
    void givesNoTeamASayInAnothersTypes() {
        Resource<PolicySetSpec> bills =
                set().team("bills").name("grab").policy("all", PERMIT_ALL).resource();

        assertThat(book(bills).of("reports").decide(ANA_READS)).isInstanceOf(Undecided.class);
        assertThat(book(bills).of("bills").decide(ANA_READS)).isInstanceOf(Undecided.class);
    }

    @Test
    void permitsNobodyWhatIsAnotherTenantsWhateverPoliciesSay() {
        Resource<PolicySetSpec> all = set().policy("all", PERMIT_ALL).resource();

        for (String report : List.of("globex/1", "acmeglobex/1", "nobody", "/1", "")) {
            assertThat(decide(question("acme/ana", "analyst", "read", report), all))
                    .as(report)
                    .isEqualTo(new Deny(Reason.FOREIGN_TENANT, List.of(), List.of()));
        }
    }

    @Test
    void leavesTypesWithoutTenantsToThePlatformToName() {
        Resource<PolicySetSpec> all = set().policy("all", PERMIT_ALL).resource();
        Resource<PolicySetSpec> platform = set().team("platform")
                .schema(OTHER_SCHEMA)
                .tenantless("Report")
                .policy("none", "forbid(principal in Role::\"banned\", action, resource);")
                .resource();

        assertThat(decide(question("acme/ana", "analyst", "read", "public"), all, platform))
                .isInstanceOf(Permit.class);
    }

    @Test
    void appliesWhatThePlatformForbidsToEveryTeam() {
        Resource<PolicySetSpec> platform = set().team("platform")
                .name("bans")
                .schema(OTHER_SCHEMA)
                .policy("banned", "forbid(principal in Role::\"analyst\", action, resource);")
                .resource();

        assertThat(decide(ANA_READS, REPORTS, platform))
                .isEqualTo(new Deny(
                        Reason.FORBIDDEN_BY_POLICY,
                        List.of("banned"),
                        List.of("reports/reports@1", "platform/bans@1")));
    }

    @Test
    void givesWhatThePlatformPermitsNoWeightElsewhere() {
        Resource<PolicySetSpec> platform =
                set().team("platform").policy("all", PERMIT_ALL).resource();

        assertThat(decide(question("acme/vic", "viewer", "read", "acme/1"), REPORTS, platform))
                .isInstanceOf(Deny.class);
    }

    @Test
    void decidesNothingWhileASetOfTheTeamCannotBeUsed() {
        Resource<PolicySetSpec> broken =
                set().name("broken").policy("typo", "permit(principal").resource();

        assertThat(decide(ANA_READS, REPORTS, broken))
                .isEqualTo(new Undecided("policy set reports/broken cannot be used"));
        assertThat(new PolicyView(new CandidateReports(10)).leftOut(book(broken)))
                .containsKey(broken);
    }

    @Test
    void decidesNothingWhileASetIsStoredThatThisBuildCannotRead() {
        assertThat(new PolicyView(new CandidateReports(10))
                        .derive(Optional.empty(), snapshot(REPORTS).unreadable("reports", "forbids"))
                        .of("reports")
                        .decide(ANA_READS))
                .isEqualTo(new Undecided("policy set reports/forbids cannot be used"));
        assertThat(new PolicyView(new CandidateReports(10))
                        .derive(Optional.empty(), snapshot(REPORTS).unreadable("platform", "bans"))
                        .of("reports")
                        .decide(ANA_READS))
                .isInstanceOf(Undecided.class);
        assertThat(new PolicyView(new CandidateReports(10))
                        .derive(Optional.empty(), snapshot(REPORTS).unreadable("bills", "forbids"))
                        .of("reports")
                        .decide(ANA_READS))
                .isInstanceOf(Permit.class);
    }

    @Test
    void decidesNothingAnywhereWhileASetOfThePlatformCannotBeUsed() {
        Resource<PolicySetSpec> broken = set().team("platform")
                .name("bans")
                .schema("entity")
                .policy("banned", PERMIT_ALL)
                .resource();

        assertThat(decide(ANA_READS, REPORTS, broken)).isInstanceOf(Undecided.class);
    }

    @Test
    void decidesAllTheSameWhileASetInTheShadowCannotBeUsed() {
        Resource<PolicySetSpec> broken =
                set().name("broken").shadow().policy("typo", "permit(principal").resource();

        assertThat(decide(ANA_READS, REPORTS, broken)).isInstanceOf(Permit.class);
    }

    @Test
    void decidesNothingWhereWhatThePlatformForbidsFails() {
        Resource<PolicySetSpec> platform = set().team("platform")
                .name("owners")
                .schema(
                        "entity User; entity Thing { owner: String }; action use appliesTo { principal: User, resource: Thing };")
                .policy("owned", "forbid(principal, action, resource) when { resource.owner == \"x\" };")
                .resource();

        assertThat(decide(ANA_READS, REPORTS, platform)).isInstanceOf(Undecided.class);
    }

    @Test
    void letsAnActiveSetTakeThePlaceOfTheOneItReplaces() {
        Resource<PolicySetSpec> next = set().name("next")
                .replaces("reports")
                .policy("viewers-read", "permit(principal in Role::\"viewer\", action, resource);")
                .resource();

        assertThat(decide(ANA_READS, REPORTS, next)).isInstanceOf(Deny.class);
        assertThat(decide(question("acme/vic", "viewer", "read", "acme/1"), REPORTS, next))
                .isInstanceOf(Permit.class);
    }

    @Test
    void asksASetInTheShadowWithoutHeedingIt() {
        Resource<PolicySetSpec> next = set().name("next")
                .shadow()
                .policy("banned", "forbid(principal, action, resource);")
                .resource();

        TeamPolicies policies = book(REPORTS, next).of("reports");

        assertThat(policies.decide(ANA_READS)).isInstanceOf(Permit.class);
        assertThat(policies.candidates())
                .singleElement()
                .satisfies(candidate ->
                        assertThat(candidate.policies().decide(ANA_READS)).isInstanceOf(Deny.class));
    }

    @Test
    void keepsWhatDidNotChangeWithAllThatIsRememberedForIt() {
        Resource<PolicySetSpec> bills = set().team("bills")
                .name("bills")
                .schema(PolicyFixtures.SCHEMA.replace("Report", "Bill"))
                .policy("all", PERMIT_ALL)
                .resource();
        PolicyBook before = book(REPORTS, bills);

        PolicyBook after = new PolicyView(new CandidateReports(10))
                .derive(
                        Optional.of(before),
                        snapshot(
                                REPORTS,
                                set().team("bills")
                                        .name("bills")
                                        .version(2)
                                        .schema(PolicyFixtures.SCHEMA.replace("Report", "Bill"))
                                        .policy("none", "forbid(principal, action, resource);")
                                        .resource()));

        assertThat(after.of("reports")).isSameAs(before.of("reports"));
        assertThat(after.of("bills")).isNotSameAs(before.of("bills"));
    }

    @Test
    void takesATeamsSayAwayWithTheTypeItOwned() {
        var snapshot = new io.headgate.api.FakeSnapshot()
                .with(TeamSpec.class, PolicyFixtures.team("reports", "Other"))
                .with(PolicySetSpec.class, REPORTS);

        assertThat(new PolicyView(new CandidateReports(10))
                        .derive(Optional.of(book(REPORTS)), snapshot)
                        .of("reports")
                        .decide(ANA_READS))
                .isInstanceOf(Undecided.class);
    }

    @SafeVarargs
    private static Decision decide(Question question, Resource<PolicySetSpec>... sets) {
        return book(sets).of("reports").decide(question);
    }
}

package io.headgate.authz;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.set;
import static io.headgate.authz.PolicyFixtures.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Findings;
import io.headgate.api.MutableClock;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.authz.CandidateReport.Difference;
import io.headgate.authz.CandidateReport.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A set in the shadow on several instances, and whether it may leave it. */
class CandidateReportsTest {

    private static final ResourceId NEXT = new ResourceId("reports", "next");
    private static final Difference OPENS =
            new Difference("read", "Report", "deny", "permit", List.of(), List.of("viewers-read"));

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final FakeFindings findings = new FakeFindings();

    private final class Instance {
        private final Findings store;
        private final CandidateReports reports;
        private final ReportKeeper keeper;
        private final PolicySetKind kind;

        Instance(String name) {
            store = findings.of(name);
            reports = new CandidateReports(2, () -> Optional.of(store), clock);
            keeper = new ReportKeeper(
                    () -> Optional.of(store),
                    () -> reports.all().stream()
                            .<Shared<?>>map(report -> report)
                            .toList(),
                    Duration.ofSeconds(1));
            kind = new PolicySetKind(reports);
            reports.keepOnly(List.of(shadow()));
        }

        Instance sees(Difference difference) {
            reports.of(shadow()).comparedOne();
            reports.of(shadow()).count(difference, "r-1", clock.instant());
            return this;
        }

        Instance tells() {
            keeper.tell(store).block();
            return this;
        }

        /** What keeps the set from becoming active, when this instance is asked. */
        Collection<String> obstacles(Resource<PolicySetSpec> candidate) {
            kind.inform(NEXT).block();
            return review(candidate);
        }

        Collection<String> review(Resource<PolicySetSpec> candidate) {
            var review = new Review();
            kind.review(candidate, snapshot(), review);
            return review.conflicts().stream().map(Review.Conflict::example).toList();
        }
    }

    private static Resource<PolicySetSpec> shadow() {
        return set().name("next").shadow().policy("viewers-read", ANALYSTS_READ).resource();
    }

    private static PolicyFixtures.SetBuilder active() {
        return set().name("next").version(2).policy("viewers-read", ANALYSTS_READ);
    }

    @Test
    void refusesToPromoteWhatOpensSomethingOnAnotherInstance() {
        new Instance("one").sees(OPENS).tells();
        Instance two = new Instance("two");

        assertThat(two.obstacles(active().resource()))
                .singleElement()
                .asString()
                .contains("r-1", "viewers-read");
        assertThat(two.obstacles(active().accepts("viewers-read").resource())).isEmpty();
        assertThat(two.obstacles(active().force("agreed").resource())).isEmpty();
    }

    @Test
    void refusesToPromoteWhileAnInstanceIsSilent() {
        new Instance("one").tells();
        Instance two = new Instance("two");
        assertThat(two.obstacles(active().resource())).isEmpty();

        findings.states.put("one", FakeFindings.State.SILENT);

        assertThat(two.obstacles(active().resource()))
                .singleElement()
                .asString()
                .contains("instances [one] have not told");
        assertThat(two.obstacles(active().force("agreed").resource())).isEmpty();
    }

    @Test
    void refusesToPromoteWhenTheOthersWereNotAskedOrLongAgo() {
        Instance one = new Instance("one");
        assertThat(one.review(active().resource())).singleElement().asString().contains("not known");
        one.kind.inform(NEXT).block();
        assertThat(one.review(active().resource())).isEmpty();

        clock.advance(Duration.ofSeconds(31));

        assertThat(one.review(active().resource())).singleElement().asString().contains("not known");
    }

    @Test
    void refusesToPromoteWhileNobodyCanBeAsked() {
        Instance one = new Instance("one");
        findings.away = true;

        assertThatRefusalOf(one.kind.inform(NEXT)).hasType(ProblemType.REGISTRY_UNAVAILABLE);
        assertThat(one.review(active().resource())).isNotEmpty();
        assertThatRefusalOf(one.reports.find(NEXT)).hasType(ProblemType.REGISTRY_UNAVAILABLE);
    }

    @Test
    void refusesToPromoteWhatMayOpenMoreThanTheReportHolds() {
        Instance one = new Instance("one");
        for (String type : List.of("A", "B", "C")) {
            one.sees(new Difference("read", type, "permit", "deny", List.of("a"), List.of()));
        }

        assertThat(one.obstacles(active().resource()))
                .singleElement()
                .asString()
                .contains("1 more differences");
    }

    @Test
    void addsUpAndKeepsWhatWasSeenBeforeARestart() {
        new Instance("one").sees(OPENS).sees(OPENS).tells();
        clock.advance(Duration.ofSeconds(5));
        Instance again = new Instance("one").sees(OPENS).tells();
        Instance two = new Instance("two").sees(OPENS);

        Seen seen = two.reports
                .find(NEXT)
                .blockOptional()
                .orElseThrow()
                .orElseThrow()
                .found()
                .differences()
                .getFirst();

        assertThat(seen.count()).isEqualTo(4);
        assertThat(seen.first()).isEqualTo(clock.instant().minusSeconds(5));
        assertThat(again.reports
                        .find(NEXT)
                        .blockOptional()
                        .orElseThrow()
                        .orElseThrow()
                        .found()
                        .compared())
                .isEqualTo(3);
    }

    @Test
    void holdsAgainstOneVersionNothingOfAnother() {
        new Instance("one").sees(OPENS).tells();
        Instance two = new Instance("two");
        two.reports.keepOnly(List.of(set().name("next")
                .shadow()
                .version(3)
                .policy("viewers-read", ANALYSTS_READ)
                .resource()));

        assertThat(two.obstacles(active().version(4).resource())).isEmpty();
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeOrder;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.PathTemplate;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class RateLimitRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());
    private static final RateLimit LIMIT = Instance.limit("platform/all", Instance.quota(600, 60, 100), Mode.LEASED);

    private final AtomicReference<LimitBook> book = new AtomicReference<>(new LimitBook(List.of(LIMIT)));
    private final Instance instance = new Instance("a", Instance.settings("unused"), book, System::nanoTime);
    private final RateLimitRouteStep step = new RateLimitRouteStep(
            book::get, instance.engine.keys(), instance.engine.limits(), instance.engine.throttles());

    @Test
    void readsAWholeSection() {
        assertThat(read("{policies: [tenant-default, platform/all], cost: 5, criticality: sheddable}"))
                .isEqualTo(new SpecReader.Outcome.Valid<>(new RateLimitSection(
                        List.of(new ResourceId("reports", "tenant-default"), new ResourceId("platform", "all")),
                        5,
                        Criticality.SHEDDABLE)));
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(read("{policies: [ok, A B, 7], cost: 1001, criticality: high, colour: red}"))
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(problemsOf(invalid))
                                .extracting(SpecProblem::pointer)
                                .containsExactlyInAnyOrder(
                                        "/s/policies/1", "/s/policies/2", "/s/cost", "/s/criticality", "/s/colour"));
    }

    @Test
    void standsInEveryRouteSinceLimitsApplyToThoseThatNameNone() {
        assertThat(SpecReader.read(MissingNode.getInstance(), "/s", section -> step.read(section, ROUTE)))
                .isEqualTo(new SpecReader.Outcome.Valid<>(new RateLimitSection(List.of(), 1, Criticality.DEFAULT)));
        assertThat(step.filters(new RateLimitSection(List.of(), 1, Criticality.DEFAULT), ROUTE))
                .extracting(RouteStep.EdgeFilter::order)
                .containsExactly(EdgeOrder.LIMIT, EdgeOrder.SHED);
    }

    @Test
    void refusesALimitThatDoesNotExistOrIsAnotherTeamsOrCannotTakeTheCost() {
        assertThat(problems(section("reports/none", 1))).containsExactly("/spec/rateLimit/policies/0");
        assertThat(problems(section("metrics/other", 1))).containsExactly("/spec/rateLimit/policies/0");
        assertThat(problems(section("platform/all", 101))).containsExactly("/spec/rateLimit/cost");
        assertThat(problems(section("platform/all", 100))).isEmpty();
    }

    @Test
    void explainsTheLimitsThatApply() {
        assertThat(step.explain(section("platform/all", 2), ROUTE))
                .extracting(RouteStep.Explanation::text)
                .containsExactly(
                        "platform/all takes 2 of 600 in 60s (burst 100) by [tenant], leased; 429 above; without Redis:"
                                + " local.",
                        "default: 503 once 80% of what the backend can take is under way, 50% for a tenant that wants"
                                + " more than its share.");
        assertThat(step.explain(new RateLimitSection(List.of(), 1, Criticality.SHEDDABLE), ROUTE))
                .extracting(RouteStep.Explanation::text)
                .containsExactly(
                        "No limit applies.",
                        "sheddable: 503 once 45% of what the backend can take is under way, 30% for a tenant that wants"
                                + " more than its share.");
    }

    private static RateLimitSection section(String limit, int cost) {
        return new RateLimitSection(List.of(ResourceId.parse(limit)), cost, Criticality.DEFAULT);
    }

    private List<String> problems(RateLimitSection section) {
        Review review = new Review();
        var others = new FakeSnapshot()
                .with(
                        RateLimitSpec.class,
                        new Resource<>("RateLimit", LIMIT.id(), 1, Resource.Origin.API, LIMIT.spec()));
        step.review(section, ROUTE, others, review);
        return review.problems().stream().map(SpecProblem::pointer).toList();
    }

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<RateLimitSection> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

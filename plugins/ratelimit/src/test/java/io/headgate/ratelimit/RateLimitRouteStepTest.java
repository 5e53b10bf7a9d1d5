package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.FakeSnapshot;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class RateLimitRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());

    private final RateLimitRouteStep step = new RateLimitRouteStep();

    @Test
    void readsAWholeSection() {
        assertThat(read("{policies: [tenant-default, platform/all], cost: 5, criticality: sheddable}"))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.of(new RateLimitSection(
                        List.of(new ResourceId("reports", "tenant-default"), new ResourceId("platform", "all")),
                        5,
                        Criticality.SHEDDABLE))));
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
    void saysThatASectionIsNotInForceAndNothingWhereThereIsNone() {
        var present = Optional.of(new RateLimitSection(
                List.of(new ResourceId("reports", "tenant-default"), new ResourceId("platform", "all")),
                5,
                Criticality.SHEDDABLE));
        assertThat(warnings(present)).hasSize(1);
        assertThat(step.explain(present, ROUTE)).hasSize(1);
        assertThat(step.filters(present, ROUTE)).isEmpty();
        assertThat(warnings(Optional.empty())).isEmpty();
        assertThat(step.explain(Optional.empty(), ROUTE)).isEmpty();
        assertThat(SpecReader.read(MissingNode.getInstance(), "/s", section -> step.read(section, ROUTE)))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.empty()));
    }

    @Test
    void comesWithItsAutoConfiguration() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(RateLimitAutoConfiguration.class))
                .run(context -> assertThat(context).hasSingleBean(RouteStep.class));
    }

    private List<String> warnings(Optional<RateLimitSection> section) {
        Review review = new Review();
        step.review(section, ROUTE, new FakeSnapshot(), review);
        return review.warnings();
    }

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<Optional<RateLimitSection>> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

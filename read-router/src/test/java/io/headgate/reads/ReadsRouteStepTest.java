package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.FakeSnapshot;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class ReadsRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());

    private final ReadsRouteStep step = new ReadsRouteStep();

    @Test
    void readsAWholeSection() {
        assertThat(read("{consistency: session, allow: [eventual, bounded], maxAge: 5s, database: main}"))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.of(new ReadsSection(
                        Consistency.SESSION,
                        Set.of(Consistency.EVENTUAL, Consistency.BOUNDED),
                        Optional.of(Duration.ofSeconds(5)),
                        new ResourceId("platform", "main")))));
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(read("{consistency: perfect, allow: [none], maxAge: 5, colour: red}"))
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(problemsOf(invalid))
                                .extracting(SpecProblem::pointer)
                                .containsExactlyInAnyOrder(
                                        "/s/consistency", "/s/allow/0", "/s/maxAge", "/s/database", "/s/colour"));
    }

    @Test
    void refusesLevelsThatDoNotFitTogether() {
        for (String section : List.of(
                "{consistency: session, allow: [strong], database: main}",
                "{consistency: session, allow: [bounded], database: main}",
                "{consistency: session, maxAge: 5s, database: main}")) {
            assertThat(read(section)).as(section).isInstanceOf(SpecReader.Outcome.Invalid.class);
        }
    }

    @Test
    void saysThatASectionIsNotInForceAndNothingWhereThereIsNone() {
        var present = Optional.of(new ReadsSection(
                Consistency.SESSION,
                Set.of(Consistency.EVENTUAL, Consistency.BOUNDED),
                Optional.of(Duration.ofSeconds(5)),
                new ResourceId("platform", "main")));
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
                .withConfiguration(
                        AutoConfigurations.of(HeadgateApiAutoConfiguration.class, ReadsAutoConfiguration.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(RouteStep.class)
                        .hasSingleBean(ReadScopes.class)
                        .doesNotHaveBean(ConnectionFactory.class));
    }

    private List<String> warnings(Optional<ReadsSection> section) {
        Review review = new Review();
        step.review(section, ROUTE, new FakeSnapshot(), review);
        return review.warnings();
    }

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<Optional<ReadsSection>> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatabaseReplica;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.EdgeOrder;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.PathTemplate;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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

    private static final ReadsSection SECTION = new ReadsSection(
            Consistency.SESSION,
            Set.of(Consistency.EVENTUAL, Consistency.BOUNDED),
            Optional.of(Duration.ofSeconds(5)),
            new ResourceId("platform", "main"));

    private final ReadsRouteStep step = new ReadsRouteStep(new ReadsFilter.Shared(
            _ -> Optional.empty(),
            new ReadScopes(Optional.empty(), Consistency.SESSION, Duration.ofSeconds(5)),
            new GuardedSubjects(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Environment.system(),
                    new ReadsMetrics(new SimpleMeterRegistry())),
            new ReadsMetrics(new SimpleMeterRegistry())));

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
    void aRouteWithoutTheSectionHasNoFilterAndPaysNothing() {
        assertThat(step.filters(Optional.empty(), ROUTE)).isEmpty();
        assertThat(step.explain(Optional.empty(), ROUTE)).isEmpty();
        assertThat(SpecReader.read(MissingNode.getInstance(), "/s", section -> step.read(section, ROUTE)))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.empty()));
    }

    @Test
    void oneWithItSaysWhereReadsGo() {
        RouteInfo route = ROUTE.readingFrom(
                Set.of(DatabaseReplica.parse("main/replica-1"), DatabaseReplica.parse("other/replica-2")));

        assertThat(step.filters(Optional.of(SECTION), route))
                .extracting(RouteStep.EdgeFilter::order)
                .containsExactly(EdgeOrder.READ);
        assertThat(step.explain(Optional.of(SECTION), route).getFirst().text())
                .contains("replica-1")
                .doesNotContain("replica-2");
    }

    @Test
    void aDatabaseThatIsNotThereIsAProblemAndOneThatNoInstanceReadsFromAWarning() {
        Review unknown = new Review();
        step.review(Optional.of(SECTION), ROUTE, new FakeSnapshot(), unknown);
        Review idle = new Review();
        step.review(
                Optional.of(SECTION),
                ROUTE,
                new FakeSnapshot()
                        .with(
                                DatabaseSpec.class,
                                new Resource<>(
                                        "Database",
                                        SECTION.database(),
                                        1,
                                        Resource.Origin.API,
                                        new DatabaseSpec("r2dbc:postgresql://a/b", List.of(), "env:A"))),
                idle);

        assertThat(unknown.problems()).extracting(SpecProblem::pointer).containsExactly("/spec/reads/database");
        assertThat(idle.problems()).isEmpty();
        assertThat(idle.warnings()).hasSize(1);
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

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<Optional<ReadsSection>> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class FilterRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());
    private static final ResourceId SCHEMA = new ResourceId("reports", "reports");

    private final QueryFixture fixture = new QueryFixture();
    private final FilterRouteStep step = new FilterRouteStep(fixture.shared());

    @Test
    void readsAWholeSection() {
        assertThat(read("""
                        { schema: reports, accepts: [json, rsql], emits: postgrest,
                          paths: [/api/reports, "/api/reports/{id}/lines"], parameters: [select] }"""))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.of(new FilterSection(
                        SCHEMA,
                        Set.of(FilterDialect.JSON, FilterDialect.RSQL),
                        FilterDialect.POSTGREST,
                        List.of(PathTemplate.parse("/api/reports"), PathTemplate.parse("/api/reports/{id}/lines")),
                        Set.of("select")))));
    }

    @Test
    void takesTheRoutesOwnPathForTheCollection() {
        assertThat(read("{schema: platform/reports}"))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.of(new FilterSection(
                        new ResourceId("platform", "reports"),
                        Set.of(FilterDialect.JSON),
                        FilterDialect.JSON,
                        List.of(PathTemplate.parse("/api/reports")),
                        Set.of()))));
        assertThat(FilterSection.closed(PathTemplate.parse("/**"))).isEqualTo(PathTemplate.parse("/"));
        assertThat(FilterSection.closed(PathTemplate.parse("/a/{b}"))).isEqualTo(PathTemplate.parse("/a/{b}"));
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(read("""
                        { accepts: [json, sql], emits: odata, colour: red, paths: [/api/other, /api/reports/**],
                          parameters: [Sort, "filter[x]", $apply, fine] }"""))
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(problemsOf(invalid))
                                .extracting(SpecProblem::pointer)
                                .containsExactlyInAnyOrder(
                                        "/s/schema",
                                        "/s/accepts/1",
                                        "/s/colour",
                                        "/s/paths/0",
                                        "/s/paths/1",
                                        "/s/parameters/0",
                                        "/s/parameters/1",
                                        "/s/parameters/2"));
    }

    @Test
    void refusesToReadWhatIsSpokenToBackendsOnly() {
        assertThat(read("{schema: reports, accepts: [postgrest]}")).isInstanceOf(SpecReader.Outcome.Invalid.class);
    }

    @Test
    void wantsASchemaThatExists() {
        var section = Optional.of(fixture.section());
        var missing = new Review();
        var present = new Review();

        step.review(section, ROUTE, new FakeSnapshot(), missing);
        step.review(
                section,
                ROUTE,
                new FakeSnapshot()
                        .with(
                                FilterSchema.class,
                                new Resource<>("FilterSchema", SCHEMA, 1, Resource.Origin.API, Examples.SCHEMA)),
                present);

        assertThat(missing.problems()).extracting(SpecProblem::pointer).containsExactly("/spec/filter/schema");
        assertThat(present.problems()).isEmpty();
        assertThat(present.warnings()).isEmpty();
    }

    @Test
    void standsInTheChainWhereThereIsASectionAndNowhereElse() {
        var section = Optional.of(fixture.section());

        assertThat(step.filters(section, ROUTE))
                .singleElement()
                .satisfies(filter -> assertThat(filter.order()).isEqualTo(EdgeOrder.QUERY));
        assertThat(step.explain(section, ROUTE))
                .singleElement()
                .satisfies(text -> assertThat(text.text()).contains("/api/reports", "json or brackets", "in json"));
        assertThat(step.filters(Optional.empty(), ROUTE)).isEmpty();
        assertThat(step.explain(Optional.empty(), ROUTE)).isEmpty();
        assertThat(SpecReader.read(MissingNode.getInstance(), "/s", spec -> step.read(spec, ROUTE)))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.empty()));
    }

    @Test
    void comesWithItsAutoConfiguration() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(HeadgateApiAutoConfiguration.class, FilterAutoConfiguration.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(RouteStep.class)
                        .hasSingleBean(FilterSchemaKind.class)
                        .hasSingleBean(QueryLanguage.class));
    }

    @Test
    void endsAStartWithABudgetOutOfRange() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(HeadgateApiAutoConfiguration.class, FilterAutoConfiguration.class))
                .withPropertyValues("headgate.filter.max-depth=21")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessage("headgate.filter.max-depth: 21 (expected: 1..20)"));
    }

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<Optional<FilterSection>> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

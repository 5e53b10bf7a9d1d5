package io.headgate.pagination;

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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class PaginationRouteStepTest {

    private static final RouteInfo ROUTE = new RouteInfo(
            new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/api/reports/**"), Set.of());

    private final PageFixture fixture = new PageFixture();
    private final PaginationRouteStep step = new PaginationRouteStep(
            new PageFilter.Shared(fixture.cursors, new PageMeters(fixture.meters, 2), PageFixture.LIMITS));

    @Test
    void readsAWholeSection() {
        assertThat(
                        read(
                                "{accepts: [cursor, page], upstream: {dialect: offset, offset: start, items: /items, total: /total}, maxLimit: 200, respond: legacy}"))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.of(new PaginationSection(
                        Set.of(ClientDialect.CURSOR, ClientDialect.PAGE),
                        new UpstreamPages(
                                UpstreamDialect.OFFSET,
                                "limit",
                                Optional.of("start"),
                                JsonPointer.compile("/items"),
                                Optional.of(JsonPointer.compile("/total")),
                                Optional.empty()),
                        200,
                        PageFormat.LEGACY,
                        List.of(PathTemplate.parse("/api/reports"))))));
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(
                        read(
                                "{accepts: [scroll], upstream: {dialect: page, offset: start, items: items}, maxLimit: 0, respond: html, colour: red, paths: [/api/**, /other]}"))
                .isInstanceOfSatisfying(
                        SpecReader.Outcome.Invalid.class,
                        invalid -> assertThat(problemsOf(invalid))
                                .extracting(SpecProblem::pointer)
                                .containsExactlyInAnyOrder(
                                        "/s/accepts/0",
                                        "/s/upstream/offset",
                                        "/s/upstream/items",
                                        "/s/maxLimit",
                                        "/s/respond",
                                        "/s/colour",
                                        "/s/paths/0",
                                        "/s/paths/1"));
    }

    @Test
    void needsToKnowWhereABackendPutsItsNextCursorAndOnlyThere() {
        for (String upstream : List.of("{dialect: cursor, items: /d}", "{dialect: link, items: /d, next: /n}")) {
            assertThat(read("{upstream: " + upstream + "}"))
                    .as(upstream)
                    .isInstanceOfSatisfying(
                            SpecReader.Outcome.Invalid.class,
                            invalid -> assertThat(problemsOf(invalid))
                                    .extracting(SpecProblem::pointer)
                                    .containsExactly("/s/upstream"));
        }
    }

    @Test
    void refusesWaysInThatTheBackendCannotBeAskedIn() {
        for (String section : List.of(
                "{accepts: [offset], upstream: {dialect: offset, items: /d}}",
                "{accepts: [cursor, offset], upstream: {dialect: link, items: /d}}",
                "{accepts: [cursor, page], upstream: {dialect: cursor, items: /d, next: /n}}")) {
            assertThat(read(section))
                    .as(section)
                    .isInstanceOfSatisfying(
                            SpecReader.Outcome.Invalid.class,
                            invalid -> assertThat(problemsOf(invalid))
                                    .singleElement()
                                    .satisfies(problem ->
                                            assertThat(problem.detail()).contains("accepts", "expected: cursor")));
        }
    }

    @Test
    void warnsOfWhatMaySurpriseAndAddsNothingWhereThereIsNoSection() {
        var legacy = Optional.of(PageFixture.section(
                PageFixture.upstream(UpstreamDialect.PAGE, "/items", ""), PageFormat.LEGACY, ClientDialect.PAGE));
        assertThat(warnings(legacy)).hasSize(2);
        assertThat(step.explain(legacy, ROUTE)).hasSize(1);
        assertThat(step.filters(legacy, ROUTE))
                .extracting(RouteStep.EdgeFilter::order)
                .containsExactly(io.headgate.api.EdgeOrder.PAGE);
        assertThat(warnings(Optional.of(
                        PageFixture.section(PageFixture.upstream(UpstreamDialect.OFFSET), PageFormat.ENVELOPE))))
                .isEmpty();
        assertThat(warnings(Optional.empty())).isEmpty();
        assertThat(step.explain(Optional.empty(), ROUTE)).isEmpty();
        assertThat(step.filters(Optional.empty(), ROUTE)).isEmpty();
        assertThat(SpecReader.read(MissingNode.getInstance(), "/s", section -> step.read(section, ROUTE)))
                .isEqualTo(new SpecReader.Outcome.Valid<>(Optional.empty()));
    }

    @Test
    void comesWithItsAutoConfiguration() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(HeadgateApiAutoConfiguration.class, PaginationAutoConfiguration.class))
                .run(context -> assertThat(context).hasSingleBean(RouteStep.class));
    }

    private List<String> warnings(Optional<PaginationSection> section) {
        Review review = new Review();
        step.review(section, ROUTE, new FakeSnapshot(), review);
        return review.warnings();
    }

    private static List<SpecProblem> problemsOf(SpecReader.Outcome.Invalid<?> invalid) {
        return invalid.problems();
    }

    private SpecReader.Outcome<Optional<PaginationSection>> read(String yaml) {
        return SpecReader.read(YAMLMapper.shared().readTree(yaml), "/s", section -> step.read(section, ROUTE));
    }
}

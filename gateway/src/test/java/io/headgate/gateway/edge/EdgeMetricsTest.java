package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EdgeMetricsTest {

    private static final ResourceId REPORTS = ResourceId.parse("reports/reports-api");
    private static final ResourceId METRICS = ResourceId.parse("metrics/metrics-api");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RouteMeterTable table = new RouteMeterTable(registry, 2);
    private Map<ResourceId, RouteMeters> meters = table.next(Map.of(), List.of(REPORTS, METRICS));
    private final EdgeMetrics metrics =
            new EdgeMetrics(registry, table.none(), route -> meters.getOrDefault(route.id(), table.removed()));

    @Test
    void countsARequestUnderItsRouteTeamAndStatus() {
        onReports("/api/reports").answeredByBackend(201).endsAt(50, metrics);
        assertThat(series("headgate_requests_total"))
                .containsExactly(
                        "headgate_requests_total{route=\"reports/reports-api\",status=\"2xx\",step=\"none\",team=\"reports\"} 1.0");
    }

    @Test
    void saysWhichStepRefusedAndWhy() {
        onReports("/api/reports")
                .refused(EdgeOrder.LIMIT, ProblemType.TOO_MANY_REQUESTS)
                .endsAt(50, metrics);
        assertThat(series("headgate_requests_total"))
                .containsExactly(
                        "headgate_requests_total{route=\"reports/reports-api\",status=\"4xx\",step=\"limit\",team=\"reports\"} 1.0");
        assertThat(series("headgate_refusals_total"))
                .containsExactly(
                        "headgate_refusals_total{problem=\"too-many-requests\",route=\"reports/reports-api\",team=\"reports\"} 1.0");
    }

    @Test
    void tellsABrokenAnswerAndAClientThatLeftFromASuccess() {
        onReports("/api/reports").answeredByBackend(200).endsAt(50, Outcome.FAILED, metrics);
        onReports("/api/reports").answeredByBackend(200).endsAt(50, Outcome.CANCELLED, metrics);
        assertThat(series("headgate_requests_total"))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("status=\"broken\""),
                        line -> assertThat(line).contains("status=\"cancelled\""));
    }

    @Test
    void countsARequestWithoutARouteUnderNone() {
        begun("/nowhere").refused(EdgeOrder.MATCH, ProblemType.NO_ROUTE).endsAt(1, metrics);
        assertThat(series("headgate_requests_total"))
                .containsExactly(
                        "headgate_requests_total{route=\"none\",status=\"4xx\",step=\"match\",team=\"none\"} 1.0");
    }

    @Test
    void measuresTheTimeInsideApartFromTheBackends() {
        onReports("/api/reports").answeredByBackend(200).endsAt(120, metrics);
        assertThat(series("headgate_request_inside_seconds_sum"))
                .singleElement()
                .asString()
                .endsWith(" 0.003");
        assertThat(series("headgate_request_upstream_seconds_sum"))
                .singleElement()
                .asString()
                .endsWith(" 0.03");
        assertThat(series("headgate_request_total_seconds_sum"))
                .singleElement()
                .asString()
                .endsWith(" 0.12");
    }

    @Test
    void hasABucketForEachBoundOfTheObjectives() {
        onReports("/api/reports").answeredByBackend(200).endsAt(50, metrics);
        assertThat(series("headgate_request_inside_seconds_bucket"))
                .extracting(line -> line.replaceAll(".*le=\"([^\"]+)\".*", "$1"))
                .contains("0.001", "0.05", "0.1", "0.2", "0.5", "10.0", "+Inf")
                .hasSize(14);
    }

    @Test
    void countsRetries() {
        onReports("/api/reports")
                .calledInVain(3)
                .refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT)
                .endsAt(50, metrics);
        assertThat(series("headgate_upstream_retries_total"))
                .singleElement()
                .asString()
                .endsWith(" 2.0");
    }

    @Test
    void showsWhatIsUnderWay() {
        var first = begun("/");
        begun("/");
        assertThat(series("headgate_requests_in_flight")).containsExactly("headgate_requests_in_flight 2.0");
        first.endsAt(1, metrics);
        assertThat(series("headgate_requests_in_flight")).containsExactly("headgate_requests_in_flight 1.0");
    }

    @Test
    void makesNoSeriesOfWhatClientsChoose() {
        onReports("/api/reports").of("acme").answeredByBackend(200).endsAt(50, metrics);
        begun("/nowhere").refused(EdgeOrder.MATCH, ProblemType.NO_ROUTE).endsAt(1, metrics);
        long before = registry.scrape().lines().count();

        IntStream.range(0, 10_000).forEach(i -> {
            onReports("/api/reports/" + i + "?q=" + i)
                    .of("tenant-" + i)
                    .answeredByBackend(200)
                    .endsAt(50, metrics);
            begun("/nowhere/" + i)
                    .refused(EdgeOrder.MATCH, ProblemType.NO_ROUTE)
                    .endsAt(1, metrics);
        });

        assertThat(registry.scrape().lines().count()).isEqualTo(before);
    }

    @Test
    void takesTheMetersOfARemovedRouteAwayAndKeepsTheOthers() {
        onReports("/api/reports")
                .calledInVain(2)
                .refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT)
                .endsAt(50, metrics);
        onMetrics().answeredByBackend(200).endsAt(50, metrics);

        meters = table.next(meters, List.of(METRICS));

        assertThat(registry.scrape()).doesNotContain("reports-api").contains("metrics-api");
    }

    @Test
    void countsOnWhereARouteGetsANewVersion() {
        onMetrics().answeredByBackend(200).endsAt(50, metrics);
        meters = table.next(meters, List.of(REPORTS, METRICS));
        onMetrics().answeredByBackend(200).endsAt(50, metrics);
        assertThat(series("headgate_requests_total")).singleElement().asString().endsWith(" 2.0");
    }

    @Test
    void revivesNoMetersForARequestThatOutlivesItsRoute() {
        RouteMeters old = Objects.requireNonNull(meters.get(REPORTS));
        meters = table.next(meters, List.of(METRICS));
        var late = onReports("/api/reports").answeredByBackend(200);
        late.endsAt(50, metrics);
        old.record(late.record, Ending.SUCCESS);

        assertThat(registry.scrape()).doesNotContain("reports-api");
        assertThat(series("headgate_requests_total"))
                .containsExactly(
                        "headgate_requests_total{route=\"removed\",status=\"2xx\",step=\"none\",team=\"removed\"} 1.0");
    }

    @Test
    void givesSoManyRoutesHistogramsOfTheirOwnAndTheOthersOneTogether() {
        List<ResourceId> ids = IntStream.range(0, 5)
                .mapToObj(i -> ResourceId.parse("team/r" + i))
                .toList();
        meters = table.next(meters, ids);
        ids.forEach(id ->
                begun("/").onRoute(id.toString(), "/x").answeredByBackend(200).endsAt(50, metrics));
        assertThat(series("headgate_request_inside_seconds_count"))
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("route=\"team/r0\"").endsWith(" 1"),
                        line -> assertThat(line).contains("route=\"team/r1\"").endsWith(" 1"),
                        line -> assertThat(line).contains("route=\"other\"").endsWith(" 3"));
        assertThat(series("headgate_requests_total")).hasSize(5);

        meters = table.next(meters, List.of(REPORTS));
        onReports("/api/reports").answeredByBackend(200).endsAt(50, metrics);
        assertThat(series("headgate_request_inside_seconds_count")).anyMatch(line -> line.contains("reports-api"));
    }

    @Test
    void leavesNothingInTheRegistryOfTenThousandRoutesThatAreGone() {
        List<ResourceId> ids = IntStream.range(0, 10_000)
                .mapToObj(i -> ResourceId.parse("team/r" + i))
                .toList();
        meters = table.next(meters, ids);
        ids.forEach(id ->
                begun("/").onRoute(id.toString(), "/x").answeredByBackend(200).endsAt(50, metrics));
        meters = table.next(meters, List.of());
        assertThat(registry.getMeters())
                .extracting(meter -> meter.getId().getTag("route"))
                .containsOnly(null, "other");
    }

    private ObservedRequest onReports(String path) {
        return begun(path).onRoute(REPORTS.toString(), "/api/reports/**");
    }

    private ObservedRequest onMetrics() {
        return begun("/api/metrics").onRoute(METRICS.toString(), "/api/metrics/**");
    }

    private ObservedRequest begun(String path) {
        return ObservedRequest.get(path).beginningAt(metrics);
    }

    private List<String> series(String name) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .toList();
    }
}

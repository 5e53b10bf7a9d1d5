package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.DatasetSpec;
import io.headgate.api.DatasetSpec.Format;
import io.headgate.api.DatasetSpec.Limits;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.filter.CostGate.Judged;
import io.headgate.filter.CostGate.Use;
import io.headgate.filter.QueryLanguage.Understood;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the planner of a real server says, and what the gate makes of it. */
class CostGateTest {

    private static final FilterSchema SCHEMA = Examples.schema("""
            tenantField: tenant_id
            fields:
              id: { type: int, sortable: true, indexed: true, nullable: false }
              created_at: { type: timestamp, sortable: true, indexed: true, nullable: false }
              archived_at: { type: timestamp, sortable: true }
              name: { type: string, sortable: true, nullable: false }
            """);

    private static Rows database;

    private final AtomicLong nanos = new AtomicLong();
    private final CostGate gate = new CostGate(100, Duration.ofMinutes(1), nanos::get);

    @BeforeAll
    static void fill() {
        database = new Rows();
        run("CREATE TABLE orders (tenant_id text NOT NULL, id bigint PRIMARY KEY, created_at timestamptz NOT NULL,"
                + " archived_at timestamptz, name text NOT NULL)");
        run("INSERT INTO orders SELECT CASE WHEN i % 100 = 0 THEN 'small' ELSE 'acme' END, i,"
                + " timestamptz '2026-01-01Z' + i * interval '1 minute', NULL, 'order ' || i"
                + " FROM generate_series(1, 20000) AS i");
        run("CREATE INDEX ON orders (tenant_id, id)");
        run("CREATE INDEX ON orders (tenant_id, created_at, id)");
        run("CREATE INDEX ON orders (tenant_id, archived_at, id)");
        run("ANALYZE orders");
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static void run(String sql) {
        database.run(new Sql(sql, List.of()));
    }

    @Test
    void aPageThatAnIndexHandsOutRowByRowCostsItsRowsAlone() {
        assertThat(judged(Use.PAGE, "acme", "").plan().cost()).isLessThan(200);
        assertThat(judged(Use.PAGE, "acme", "sort=-created_at,-id").plan().cost())
                .isLessThan(200);
        assertThat(judged(Use.PAGE, "acme", "filter[created_at][gte]=2026-01-02T00:00:00Z&sort=created_at")
                        .plan()
                        .cost())
                .isLessThan(200);
    }

    @Test
    void aPageWhoseRowsHaveToBeLookedForCostsAllThatMayBeRead() {
        Judged judged = judged(Use.PAGE, "acme", "filter[name][contains]=9");

        assertThat(judged.plan().cost())
                .as("with the limit it is next to nothing")
                .isGreaterThan(250);
        assertThat(judged.plan().nodes()).contains("Limit");
        assertThat(judged.sql().text()).endsWith("LIMIT $3");
    }

    @Test
    void anOrderWhosePositionsNoIndexAnswersCostsAllFromTheFirstPageOn() {
        assertThat(judged(Use.PAGE, "acme", "sort=archived_at").plan().cost())
                .as("nullable")
                .isGreaterThan(250);
        assertThat(judged(Use.PAGE, "acme", "sort=-created_at,id").plan().cost())
                .as("mixed")
                .isGreaterThan(250);
    }

    @Test
    void onlyTheTenantMayLeaveOutRowsOfAnIndexThatIsInOrder() {
        String plan = "[{\"Plan\":{\"Node Type\":\"Limit\",\"Total Cost\":5,\"Plans\":[{\"Node Type\":\"Merge Append\","
                + "\"Total Cost\":900,\"Plan Rows\":9,\"Plans\":[{\"Node Type\":\"Index Scan\",\"Filter\":\"%s\"},"
                + "{\"Node Type\":\"%s\"}]}]}}]";
        Set<String> ofTenant = Set.of("(tenant_id = 'acme'::text)");

        assertThat(PlanCost.belowLimit(plan.formatted("(tenant_id = 'acme'::text)", "Index Only Scan"), true, ofTenant)
                        .cost())
                .isEqualTo(5);
        for (String condition : List.of(
                "(tenant_id = 'globex'::text)",
                "((tenant_id = 'acme'::text) AND (name ~~ '%x%'::text))",
                "(name = '(tenant_id = ''acme''::text)'::text)")) {
            assertThat(PlanCost.belowLimit(plan.formatted(condition, "Index Only Scan"), true, ofTenant)
                            .cost())
                    .as(condition)
                    .isEqualTo(900);
        }
        assertThat(PlanCost.belowLimit(plan.formatted("(tenant_id = 'acme'::text)", "Seq Scan"), true, ofTenant)
                        .cost())
                .isEqualTo(900);
        assertThat(PlanCost.belowLimit(plan.formatted("(tenant_id = 'acme'::text)", "Index Scan"), false, ofTenant)
                        .cost())
                .isEqualTo(900);
    }

    @Test
    void anExportCostsAllOfIt() {
        Judged all = judged(Use.EXPORT, "acme", "");

        assertThat(all.plan().cost()).isGreaterThan(400);
        assertThat(all.plan().rows()).isBetween(15_000.0, 25_000.0);
        assertThat(all.sql().text()).doesNotContain("LIMIT");
    }

    @Test
    void theValuesDecide() {
        assertThat(judged(Use.EXPORT, "small", "").plan().rows())
                .isLessThan(judged(Use.EXPORT, "acme", "").plan().rows() / 20);
    }

    @Test
    void refusesWhatIsAboveTheThresholdAndNamesWhatIsIndexed() {
        assertThat(gate.require(Use.PAGE, orders(250, 100_000), "acme", asked(""), database.connection())
                        .block())
                .isNotNull();
        assertThatThrownBy(() -> gate.require(
                                Use.PAGE,
                                orders(250, 100_000),
                                "acme",
                                asked("filter[name][contains]=9"),
                                database.connection())
                        .block())
                .isInstanceOfSatisfying(ProblemException.class, refused -> {
                    assertThat(refused.problem().type()).isEqualTo(ProblemType.FILTER_TOO_EXPENSIVE);
                    assertThat(refused.problem().type().status()).isEqualTo(422);
                    assertThat(refused.problem().members())
                            .containsEntry("indexed_fields", List.of("id", "created_at"))
                            .containsEntry("allowed_cost", 250L);
                    assertThat(((Problem.FilterTooExpensive) refused.problem()).cost())
                            .isGreaterThan(250);
                });
        assertThatThrownBy(() -> gate.require(Use.EXPORT, orders(1, 250), "acme", asked(""), database.connection())
                        .block())
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void believesAVerdictForAWhileAndOnlyForTheSameShapeTenantAndDataset() {
        var asked = asked("filter[name][contains]=9");
        try (var other = new Rows()) { // has no such table, so that every question to it fails
            gate.require(Use.PAGE, orders(10_000, 10_000), "acme", asked, database.connection())
                    .block();

            assertThat(gate.require(
                                    Use.PAGE,
                                    orders(10_000, 10_000),
                                    "acme",
                                    asked("filter[name][contains]=7"),
                                    other.connection())
                            .block())
                    .as("another value")
                    .isNotNull();
            assertThatThrownBy(() -> gate.require(Use.PAGE, orders(10_000, 10_000), "small", asked, other.connection())
                            .block())
                    .isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> gate.require(Use.EXPORT, orders(10_000, 10_000), "acme", asked, other.connection())
                            .block())
                    .isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> gate.require(Use.PAGE, orders(9_999, 10_000), "acme", asked, other.connection())
                            .block())
                    .as("a dataset that changed")
                    .isInstanceOf(ProblemException.class);

            nanos.addAndGet(Duration.ofMinutes(1).toNanos());
            assertThatThrownBy(() -> gate.require(Use.PAGE, orders(10_000, 10_000), "acme", asked, other.connection())
                            .block())
                    .as("an old verdict")
                    .isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void letsNothingPassWhereThePlannerCannotBeAsked() {
        try (var other = new Rows()) {
            assertThatThrownBy(
                            () -> gate.require(Use.PAGE, orders(10_000, 10_000), "acme", asked(""), other.connection())
                                    .block())
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            refused -> assertThat(refused.problem().type()).isEqualTo(ProblemType.DATASET_UNAVAILABLE));
        }
    }

    @Test
    void takesNothingForAPlanThatIsNone() {
        for (String text : List.of("", "[]", "{}", "[{\"Plan\":{}}]", "[{\"Plan\":{\"Total Cost\":\"1\"}}]", "x")) {
            assertThatThrownBy(() -> PlanCost.whole(text)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> PlanCost.belowLimit(text, true, Set.of()))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThatThrownBy(() -> PlanCost.belowLimit(
                        "[{\"Plan\":{\"Node Type\":\"Seq Scan\",\"Total Cost\":1,\"Plan Rows\":1}}]", true, Set.of()))
                .isInstanceOf(IllegalStateException.class);
    }

    private static Judged judged(Use use, String tenant, String query) {
        return CostGate.judge(use, orders(1, 1), tenant, asked(query), database.connection())
                .blockOptional()
                .orElseThrow();
    }

    private static Understood asked(String query) {
        return Examples.LANGUAGE.url(query, SCHEMA, Examples.ALL);
    }

    private static Dataset orders(long pageCost, long exportCost) {
        return new Dataset(
                new ResourceId("sales", "orders"),
                new DatasetSpec(
                        new ResourceId("platform", "main"),
                        "orders",
                        "tenant_id",
                        "id",
                        new ResourceId("sales", "orders"),
                        List.of("id", "name"),
                        Set.of(Format.CSV),
                        new Limits(1, pageCost, exportCost, false)),
                SCHEMA);
    }
}

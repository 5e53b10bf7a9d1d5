package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.AdminRole;
import io.headgate.api.DatabaseSpec;
import io.headgate.api.DatasetSpec;
import io.headgate.api.DatasetSpec.Format;
import io.headgate.api.DatasetSpec.Limits;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.Review;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.api.TeamSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class DatasetKindTest {

    private static final ResourceId ID = new ResourceId("sales", "orders");
    private static final ResourceId MAIN = new ResourceId("platform", "main");
    private static final ResourceId SCHEMA = new ResourceId("sales", "orders");
    private static final String WHOLE = """
            table: orders
            tenantColumn: tenant_id
            key: id
            filterSchema: orders
            columns: [id, name, remark]
            """;

    private final DatasetKind kind = new DatasetKind();
    private final Review review = new Review();

    @Test
    void readsADatasetWithWhatIsLeftOutInItsPlace() {
        assertThat(read(WHOLE))
                .isEqualTo(new SpecReader.Outcome.Valid<>(new DatasetSpec(
                        MAIN,
                        "orders",
                        "tenant_id",
                        "id",
                        SCHEMA,
                        List.of("id", "name", "remark"),
                        Set.of(Format.CSV, Format.XLSX, Format.NDJSON),
                        new Limits(10_000_000, 100_000, 100_000_000, false))));
    }

    @Test
    void readsEverythingThatIsSaid() {
        assertThat(read("""
                        database: archive
                        table: sales.orders
                        tenantColumn: tenant
                        key: number
                        filterSchema: platform/shared
                        columns: [number]
                        formats: [pdf]
                        limits: { rows: 5, pageCost: 6, exportCost: 7, lastOnPrimary: true }
                        """))
                .isEqualTo(new SpecReader.Outcome.Valid<>(new DatasetSpec(
                        new ResourceId("platform", "archive"),
                        "sales.orders",
                        "tenant",
                        "number",
                        new ResourceId("platform", "shared"),
                        List.of("number"),
                        Set.of(Format.PDF),
                        new Limits(5, 6, 7, true))));
    }

    @Test
    void namesEverythingThatIsWrong() {
        assertThat(problems("""
                        database: "a b"
                        table: 'orders; DROP TABLE orders'
                        tenantColumn: "tenant id"
                        key: 'id"'
                        filterSchema: A/B/C
                        columns: [id, id, "x y", 7]
                        formats: [csv, doc]
                        limits: { rows: 0, pageCost: -1, exportCost: many, seconds: 1 }
                        colour: red
                        """))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder(
                        "/spec/database",
                        "/spec/table",
                        "/spec/tenantColumn",
                        "/spec/key",
                        "/spec/filterSchema",
                        "/spec/columns/2",
                        "/spec/columns/3",
                        "/spec/columns",
                        "/spec/formats/1",
                        "/spec/limits/rows",
                        "/spec/limits/pageCost",
                        "/spec/limits/exportCost",
                        "/spec/limits/seconds",
                        "/spec/colour");
        assertThat(problems("{}"))
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder(
                        "/spec/table", "/spec/tenantColumn", "/spec/key", "/spec/filterSchema", "/spec/columns");
    }

    @Test
    void writesTheDatabaseDownThatIsMeant() {
        ObjectNode spec = (ObjectNode) YAMLMapper.shared().readTree(WHOLE);

        assertThat(kind.prepare(spec, Optional.empty())
                        .stored()
                        .path("database")
                        .stringValue())
                .isEqualTo("platform/main");
        assertThat(kind.prepare(spec.put("database", "archive"), Optional.empty())
                        .stored()
                        .path("database")
                        .stringValue())
                .isEqualTo("archive");
    }

    @Test
    void findsNothingWrongWhereAllIsThere() {
        review(WHOLE, snapshot("{ id: { type: int, indexed: true, nullable: false }, name: { type: string } }"));

        assertThat(review.problems()).isEmpty();
        assertThat(review.warnings()).isEmpty();
    }

    @Test
    void missesWhatItNames() {
        review(WHOLE, new FakeSnapshot());

        assertThat(review.problems())
                .extracting(SpecProblem::pointer)
                .containsExactlyInAnyOrder("/metadata/team", "/spec/database", "/spec/filterSchema");
    }

    @Test
    void readsOnlyTablesOfItsTeam() {
        FakeSnapshot others = snapshot("{ id: { type: int, indexed: true, nullable: false } }");

        review(WHOLE.replace("table: orders", "table: payroll"), others);
        review(WHOLE.replace("table: orders", "table: hr.orders"), others);
        assertThat(review.problems()).extracting(SpecProblem::pointer).containsExactly("/spec/table", "/spec/table");
        assertThat(review.problems().getFirst().detail()).contains("one that team sales owns: invoices, orders");

        review(WHOLE.replace("table: orders", "table: public.orders"), others);
        assertThat(review.problems()).as("the same table").hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{ id: { type: int } }", "{ other: { type: int, nullable: false } }"})
    void wantsAKeyThatTheSchemaHasAndThatIsNeverNull(String fields) {
        review(WHOLE, snapshot(fields));

        assertThat(review.problems()).extracting(SpecProblem::pointer).containsExactly("/spec/key");
        assertThat(review.warnings()).singleElement().asString().contains("indexed");
    }

    @Test
    void wantsTheTenantColumnThatTheSchemaHoldsQueriesTo() {
        review(
                WHOLE.replace("tenant_id", "owner"),
                snapshot("{ id: { type: int, indexed: true, nullable: false }, name: { type: string } }"));

        assertThat(review.problems()).extracting(SpecProblem::pointer).containsExactly("/spec/tenantColumn");
    }

    @Test
    void leavesADatasetOutWhoseSchemaDoesNotFitItAndServesTheOthers() {
        DatasetSpec good = spec(WHOLE);
        var others = snapshot("{ id: { type: int, nullable: false } }")
                .with(DatasetSpec.class, resource("Dataset", ID, good))
                .with(
                        DatasetSpec.class,
                        resource(
                                "Dataset",
                                new ResourceId("sales", "lost"),
                                spec(WHOLE.replace("filterSchema: orders", "filterSchema: gone"))))
                .with(
                        DatasetSpec.class,
                        resource(
                                "Dataset",
                                new ResourceId("sales", "odd"),
                                spec(WHOLE.replace("key: id", "key: number"))));
        var view = new DatasetView();

        DatasetView.Served served = view.derive(Optional.empty(), others);

        assertThat(served.datasets()).containsOnlyKeys(ID);
        assertThat(view.leftOut(served)).hasSize(2);
        assertThat(view.derive(Optional.of(served), others).datasets().get(ID))
                .as("what did not change")
                .isSameAs(served.datasets().get(ID));
    }

    @Test
    void isItsTeams() {
        assertThat(kind.kind()).isEqualTo("Dataset");
        assertThat(kind.plural()).isEqualTo("datasets");
        assertThat(kind.isPlatformOnly()).isFalse();
        assertThat(kind.writers(Optional.empty(), Optional.empty()))
                .containsExactlyInAnyOrder(AdminRole.TEAM_WRITER, AdminRole.PLATFORM_ADMIN);
    }

    private void review(String yaml, FakeSnapshot others) {
        kind.review(resource("Dataset", ID, spec(yaml)), others, review);
    }

    private static FakeSnapshot snapshot(String fields) {
        return new FakeSnapshot()
                .with(
                        TeamSpec.class,
                        resource(
                                "Team",
                                new ResourceId("platform", "sales"),
                                new TeamSpec(List.of(), List.of(), Set.of(), Set.of("orders", "invoices"))))
                .with(DatabaseSpec.class, resource("Database", MAIN, new DatabaseSpec("r2dbc:x", List.of(), "env:X")))
                .with(
                        FilterSchema.class,
                        resource(
                                "FilterSchema",
                                SCHEMA,
                                Examples.schema("{ tenantField: tenant_id, fields: " + fields + " }")));
    }

    private static <S> Resource<S> resource(String kind, ResourceId id, S spec) {
        return new Resource<>(kind, id, 1, Resource.Origin.API, spec);
    }

    private DatasetSpec spec(String yaml) {
        return switch (read(yaml)) {
            case SpecReader.Outcome.Valid<DatasetSpec>(DatasetSpec spec) -> spec;
            case SpecReader.Outcome.Invalid<DatasetSpec>(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    private List<SpecProblem> problems(String yaml) {
        return read(yaml) instanceof SpecReader.Outcome.Invalid<DatasetSpec>(var problems) ? problems : List.of();
    }

    private SpecReader.Outcome<DatasetSpec> read(String yaml) {
        JsonNode document = YAMLMapper.shared().readTree(yaml);
        return SpecReader.read(document, "/spec", spec -> kind.read(spec, ID));
    }
}

package io.headgate.filter;

import static io.headgate.filter.Examples.SCHEMA;
import static io.headgate.filter.Examples.filter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.DatasetSpec;
import io.headgate.api.DatasetSpec.Format;
import io.headgate.api.DatasetSpec.Limits;
import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.ResourceId;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import io.headgate.filter.DatasetSql.PageRow;
import io.headgate.filter.DatasetSql.Slice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The statements of datasets, asked of PostgreSQL itself. */
class DatasetSqlTest {

    private static final String ACME = "acme";
    private static final int MAX_ROW = 1 << 20;
    private static final Dataset THINGS = dataset(List.of("id", "name", "amount", "created_at", "public", "note"));
    private static final DatasetSql SQL = new DatasetSql(THINGS);

    private static Rows rows;

    @BeforeAll
    static void fill() {
        rows = new Rows();
        rows.fill(120, new Random(11));
    }

    @AfterAll
    static void close() {
        rows.close();
    }

    static Dataset dataset(List<String> columns) {
        return new Dataset(
                new ResourceId("sales", "things"),
                new DatasetSpec(
                        new ResourceId("platform", "main"),
                        "things",
                        "tenant_id",
                        "id",
                        new ResourceId("sales", "things"),
                        columns,
                        Set.of(Format.CSV),
                        new Limits(1_000, 1_000, 1_000, false)),
                SCHEMA);
    }

    @Test
    void writesOnlyNamesOfTheConfigurationAndBindsEverythingElse() {
        Filter isNamed = filter("{\"field\":\"name\",\"op\":\"eq\",\"value\":\"x\"}");
        Sql sql = new DatasetSql(dataset(List.of("id", "name")))
                .page(new Slice(ACME, isNamed, SQL.order(List.of(new SortKey("name", true))), Optional.empty(), 3), 99);

        assertThat(sql.text())
                .isEqualTo(
                        "SELECT CASE WHEN octet_length(shown.line) <= $1 THEN shown.line END,"
                                + " of_page.\"display_name\"::text, of_page.\"id\" FROM ("
                                + "SELECT \"id\", \"display_name\" FROM \"public\".\"things\" WHERE \"tenant_id\" = $2"
                                + " AND (\"display_name\"::text = $3)"
                                + " ORDER BY \"display_name\"::text COLLATE \"C\" DESC NULLS FIRST, \"id\" DESC NULLS FIRST"
                                + " LIMIT $4) AS of_page CROSS JOIN LATERAL (SELECT row_to_json(shape)::text AS line"
                                + " FROM (SELECT of_page.\"id\" AS \"id\", of_page.\"display_name\" AS \"name\") AS shape) AS shown");
        assertThat(sql.values()).containsExactly(99, ACME, "x", 3);
        assertThat(SQL.export(ACME, isNamed, List.of(), List.of("note", "id")).text())
                .isEqualTo("SELECT \"note\", \"id\" FROM \"public\".\"things\" WHERE \"tenant_id\" = $1"
                        + " AND (\"display_name\"::text = $2) ORDER BY \"id\" ASC NULLS LAST");
    }

    @Test
    void showsARowAsTheDatasetNamesItsColumnsInTheirOrder() {
        try (var one = new Rows()) {
            one.insert(
                    ACME,
                    7,
                    Map.of(
                            "label", new Value.Text("l"),
                            "name", new Value.Text("ö\"\n\\ 😀"),
                            "amount", new Value.Decimal(new java.math.BigDecimal("12345678901234567890.5")),
                            "created_at", new Value.Moment(java.time.Instant.parse("2026-01-02T03:04:05.000006Z")),
                            "public", new Value.Truth(true)));
            one.run(new Sql("SET TIME ZONE 'UTC'", List.of()));

            List<PageRow> page = page(one, Filter.EVERYTHING, SQL.order(List.of()), Optional.empty(), 5);

            assertThat(page).hasSize(1);
            assertThat(page.getFirst().json())
                    .contains("{\"id\":7,\"name\":\"ö\\\"\\n\\\\ 😀\",\"amount\":12345678901234567890.5,"
                            + "\"created_at\":\"2026-01-02T03:04:05.000006+00:00\",\"public\":true,\"note\":null}");
        }
    }

    @Test
    void aRowThatIsTooLargeComesWithoutItsContent() {
        List<SortKey> order = SQL.order(List.of());
        Sql sql = SQL.page(new Slice(ACME, Filter.EVERYTHING, order, Optional.empty(), 5), 10);

        assertThat(rows.rows(sql, row -> SQL.row(row, order)))
                .hasSize(5)
                .allMatch(row -> row.json().isEmpty());
    }

    @Test
    void walksEveryOrderForwardsAndBackwardsByWhatTheRowsThemselvesSay() {
        for (int seed = 0; seed < 60; seed++) {
            var random = new Random(seed);
            List<SortKey> order = SQL.order(randomSort(random));
            Filter filter = seed % 3 == 0 ? new RandomFilters(seed).filter(2) : Filter.EVERYTHING;
            List<Long> expected = rows.acme().entrySet().stream()
                    .filter(row -> Meaning.holds(filter, row.getValue()))
                    .sorted(Map.Entry.comparingByValue(Meaning.order(order)))
                    .map(Map.Entry::getKey)
                    .toList();

            assertThat(walked(rows, filter, order, 11, () -> {}))
                    .as("seed %s: %s", seed, order)
                    .isEqualTo(expected);
            assertThat(walked(rows, filter, Keyset.reversed(order), 11, () -> {})
                            .reversed())
                    .as("backwards, seed %s: %s", seed, order)
                    .isEqualTo(expected);
        }
    }

    @Test
    void missesNoRowThatStandsAndShowsNoneTwiceWhileOthersComeAndGo() {
        try (var moving = new Rows()) {
            moving.fill(60, new Random(5));
            long[] next = {1_000};
            for (int seed = 0; seed < 24; seed++) {
                var random = new Random(seed);
                List<SortKey> order = SQL.order(randomSort(random));
                List<SortKey> direction = seed % 2 == 0 ? order : Keyset.reversed(order);
                Set<Long> standing = new HashSet<>(moving.acme().keySet());

                List<Long> seen = walked(moving, Filter.EVERYTHING, direction, 7, () -> {
                    List<Long> present =
                            new ArrayList<>(new TreeSet<>(moving.acme().keySet()));
                    Long gone = present.get(random.nextInt(present.size()));
                    moving.delete(gone);
                    standing.remove(gone);
                    moving.insert(ACME, next[0]++, randomRow(random));
                });

                assertThat(seen)
                        .as("seed %s: %s", seed, direction)
                        .doesNotHaveDuplicates()
                        .containsAll(standing);
            }
        }
    }

    @Test
    void goesOnFromValuesThatNoClientCouldAskFor() {
        try (var odd = new Rows()) {
            odd.insert(
                    ACME,
                    1,
                    Map.of("label", new Value.Text("a"), "due", new Value.Day(java.time.LocalDate.of(12026, 1, 1))));
            odd.insert(
                    ACME,
                    2,
                    Map.of(
                            "label",
                            new Value.Text("b"),
                            "due",
                            new Value.Day(java.time.LocalDate.of(12026, 1, 2)),
                            "amount",
                            new Value.Decimal(new java.math.BigDecimal("1e120"))));
            odd.insert(ACME, 3, Map.of("label", new Value.Text("c")));

            assertThat(walked(odd, Filter.EVERYTHING, SQL.order(List.of(new SortKey("due", false))), 1, () -> {}))
                    .containsExactly(1L, 2L, 3L);
            assertThat(walked(odd, Filter.EVERYTHING, SQL.order(List.of(new SortKey("amount", false))), 1, () -> {}))
                    .containsExactly(2L, 1L, 3L);
        }
    }

    @Test
    void neverShowsARowOfAnotherTenant() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            Filter filter = new RandomFilters(seed).filter(4);
            Filter either = new Filter.Any(List.of(filter, new Filter.Not(filter), Filter.EVERYTHING));
            List<SortKey> order = SQL.order(randomSort(random));

            assertThat(walked(rows, either, order, 50, () -> {}))
                    .as("seed %s", seed)
                    .hasSize(120)
                    .allMatch(id -> id > 0);
            assertThat(rows.ids(SQL.export(ACME, either, order, List.of("id"))))
                    .as("seed %s", seed)
                    .hasSize(120)
                    .allMatch(id -> id > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "' OR '1'='1",
                "'; DROP TABLE things; --",
                "\" OR \"1\"=\"1",
                "1) OR (1=1",
                "$1",
                "$2 OR TRUE",
                "\\'; --",
                "/* */ OR 1=1",
                "x' UNION SELECT id FROM things --",
                "'||pg_sleep(10)||'",
                "E'\\x27'",
                "\u02BC OR 1=1",
                "COPY things TO PROGRAM 'x'",
                "NULL",
                ") AS of_page",
                "\n;DELETE FROM things;\n",
                "'::text OR true",
                "a' --\u2028"
            })
    void noValueAndNoTenantAndNoPositionChangesTheStatement(String evil) {
        List<SortKey> order = SQL.order(List.of(new SortKey("name", false)));
        for (Operator operator : List.of(Operator.EQ, Operator.NEQ, Operator.IN, Operator.CONTAINS, Operator.LT)) {
            Sql harmless = placed("a", "a", operator, order);
            Sql harmful = placed(evil, evil, operator, order);

            assertThat(harmful.text()).isEqualTo(harmless.text());
            assertThat(rows.rows(harmful, row -> SQL.row(row, order)))
                    .as("rows of no tenant")
                    .isEmpty();
            assertThat(SQL.export(evil, condition(evil, operator), List.of(), List.of("id"))
                            .text())
                    .isEqualTo(SQL.export("a", condition("a", operator), List.of(), List.of("id"))
                            .text());
        }
        assertThat(rows.ids(SQL.export(ACME, Filter.EVERYTHING, List.of(), List.of("id"))))
                .hasSize(120);
        assertThatThrownBy(() -> SQL.order(List.of(new SortKey(evil, false)))
                        .forEach(key ->
                                SQL.slice(new Slice(ACME, Filter.EVERYTHING, List.of(key), Optional.empty(), 1))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SQL.export(ACME, Filter.EVERYTHING, List.of(), List.of(evil)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Sql placed(String tenant, String value, Operator operator, List<SortKey> order) {
        var place = new Keyset.Position(
                order, List.of(Optional.of(new Value.Text(value)), Optional.of(new Value.Whole(1L))));
        return SQL.page(new Slice(tenant, condition(value, operator), order, Optional.of(place), 3), MAX_ROW);
    }

    private static Filter condition(String value, Operator operator) {
        return new Filter.Condition("name", operator, new Value.Text(value));
    }

    private static List<SortKey> randomSort(Random random) {
        List<String> sortable = new ArrayList<>(SCHEMA.fields().keySet().stream()
                .filter(name -> SCHEMA.field(name).sortable())
                .toList());
        java.util.Collections.shuffle(sortable, random);
        return sortable.stream()
                .limit(random.nextInt(4))
                .map(name -> new SortKey(name, random.nextBoolean()))
                .toList();
    }

    private static Map<String, Value> randomRow(Random random) {
        Map<String, Value> values = new HashMap<>();
        var some = new RandomFilters(random.nextLong());
        SCHEMA.fields().forEach((name, field) -> {
            if (!field.nullable() || random.nextBoolean()) {
                values.put(name, some.value(field));
            }
        });
        return values;
    }

    private static List<Long> walked(Rows table, Filter filter, List<SortKey> order, int limit, Runnable between) {
        List<Long> seen = new ArrayList<>();
        Optional<Keyset.Position> after = Optional.empty();
        while (true) {
            List<PageRow> page = page(table, filter, order, after, limit);
            page.forEach(row -> seen.add(json(row).path("id").longValue()));
            if (page.size() < limit) {
                return seen;
            }
            after = Optional.of(Keyset.Position.of(order, page.getLast().place().texts(), SCHEMA));
            between.run();
        }
    }

    private static List<PageRow> page(
            Rows table, Filter filter, List<SortKey> order, Optional<Keyset.Position> after, int limit) {
        Sql sql = SQL.page(new Slice(ACME, filter, order, after, limit), MAX_ROW);
        return table.rows(sql, row -> SQL.row(row, order));
    }

    private static JsonNode json(PageRow row) {
        return JsonMapper.shared().readTree(row.json().orElseThrow());
    }
}

package io.headgate.filter;

import static io.headgate.filter.Examples.SCHEMA;
import static io.headgate.filter.Examples.filter;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the language means, asked of PostgreSQL itself. */
class SqlWriterTest {

    private static final String ACME = "acme";
    private static Rows rows;

    @BeforeAll
    static void fill() {
        rows = new Rows();
        rows.fill(300, new Random(7));
    }

    @AfterAll
    static void close() {
        rows.close();
    }

    @Test
    void everyFilterIsTrueOfExactlyTheRowsThatItsWordsSay() {
        for (int seed = 0; seed < 1_500; seed++) {
            Filter filter = new RandomFilters(seed).filter(4);

            assertThat(found(filter))
                    .as("seed %s: %s", seed, JsonText.of(filter))
                    .isEqualTo(meant(filter));
        }
    }

    @Test
    void aFilterAndItsCanonicalFormAreTrueOfTheSameRows() {
        for (int seed = 0; seed < 2_000; seed++) {
            Filter filter = new RandomFilters(seed).filter(5);

            assertThat(meant(Canonical.of(filter))).as("seed %s", seed).isEqualTo(meant(filter));
        }
    }

    /** What it is for a backend to read what we wrote: the rows must be those of the filter that came in. */
    @ParameterizedTest
    @EnumSource(value = FilterDialect.class, mode = EnumSource.Mode.EXCLUDE, names = "POSTGREST")
    void everyDialectAsksForTheSameRows(FilterDialect dialect) {
        for (int seed = 0; seed < 400; seed++) {
            Filter filter = Canonical.of(new RandomFilters(seed).filter(3));
            try {
                List<Parameter> written = dialect.parameters(filter, List.of(), SCHEMA);

                assertThat(found(Examples.wide(written).filter()))
                        .as("seed %s: %s", seed, written)
                        .isEqualTo(meant(filter));
            } catch (Unspeakable e) {
                assertThat(dialect).isEqualTo(FilterDialect.RSQL);
            }
        }
    }

    /** Backends whose comparisons with NULL are unknown answer the same rows as those for which they are false. */
    @ParameterizedTest
    @EnumSource(names = {"RSQL", "ODATA", "POSTGREST"})
    void whatIsWrittenForOtherLanguagesDoesNotLeanOnTheirNulls(FilterDialect dialect) {
        for (int seed = 0; seed < 2_000; seed++) {
            Filter filter = Canonical.of(new RandomFilters(seed).filter(4));
            Filter carried = dialect.carried(filter, SCHEMA);

            assertThat(where(row -> Meaning.threeValued(carried, row).orElse(false)))
                    .as("seed %s: %s", seed, JsonText.of(filter))
                    .isEqualTo(meant(filter));
            assertThat(meant(carried)).isEqualTo(meant(filter));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            eq       | "b"            | b
            neq      | "b"            | NULL,empty,a,B,percent,under,back,umlaut,emoji
            gt       | "a"            | b,umlaut,emoji
            lt       | "a"            | empty,B,percent,under,back
            gte      | ""             | empty,a,b,B,percent,under,back,umlaut,emoji
            in       | ["a","b","x"]  | a,b
            nin      | ["a","b","x"]  | NULL,empty,B,percent,under,back,umlaut,emoji
            between  | ["B","a"]      | B,a,under,back
            between  | ["a","B"]      | -
            contains | ""             | empty,a,b,B,percent,under,back,umlaut,emoji
            contains | "%"            | percent
            contains | "_"            | under
            contains | "\\\\"         | back
            starts_with | "B"         | B
            ends_with | "b"           | b
            eq       | "ü"            | umlaut
            gt       | "ü"            | emoji
            """)
    void comparesTextByCodePointWithoutWildcardsAndWithNullAsNothing(String operator, String value, String expected) {
        try (var few = new Rows()) {
            List<String> names = List.of("NULL", "empty", "a", "b", "B", "percent", "under", "back", "umlaut", "emoji");
            List<String> texts = List.of("", "", "a", "b", "B", "%", "_", "\\", "ü", "😀");
            for (int i = 0; i < names.size(); i++) {
                few.insert(
                        ACME,
                        i,
                        i == 0
                                ? Map.of("label", new Value.Text("x"))
                                : Map.of("label", new Value.Text("x"), "name", new Value.Text(texts.get(i))));
            }
            Filter is = filter("{\"field\":\"name\",\"op\":\"" + operator + "\",\"value\":" + value + "}");
            Set<String> wanted = expected.equals("-") ? Set.of() : Set.of(expected.split(","));

            assertThat(few.ids(select(is)).stream().map(id -> names.get(id.intValue())))
                    .as("%s %s", operator, value)
                    .containsExactlyInAnyOrderElementsOf(wanted);
            assertThat(few.ids(select(new Filter.Not(is))).stream().map(id -> names.get(id.intValue())))
                    .as("not %s %s", operator, value)
                    .containsExactlyInAnyOrderElementsOf(names.stream()
                            .filter(name -> !wanted.contains(name))
                            .toList());
        }
    }

    @Test
    void noFilterReachesARowOfAnotherTenant() {
        for (int seed = 0; seed < 200; seed++) {
            Filter filter = new RandomFilters(seed).filter(4);
            Filter either = new Filter.Any(List.of(filter, new Filter.Not(filter), Filter.EVERYTHING));

            assertThat(rows.ids(select(either)))
                    .as("seed %s", seed)
                    .allMatch(id -> id > 0)
                    .hasSize(300);
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
                "%' OR 1=1 --",
                "{{7*7}}",
                "#{7*7}",
                "${jndi:x}",
                "'||pg_sleep(10)||'",
                "E'\\x27'",
                "\u02BC OR 1=1",
                "\uFF07 OR 1=1",
                "COPY things TO PROGRAM 'x'",
                "NULL",
                "?",
                ":a",
                "\n;DELETE FROM things;\n",
                "'::text OR true",
                "AND",
                "a' --\u2028"
            })
    void noValueNameOrOperatorChangesTheStatement(String evil) {
        for (Operator operator : List.of(
                Operator.EQ,
                Operator.NEQ,
                Operator.LT,
                Operator.IN,
                Operator.NIN,
                Operator.CONTAINS,
                Operator.STARTS_WITH)) {
            Sql harmless = select(new Filter.Condition("name", operator, new Value.Text("a")));
            Sql harmful = select(new Filter.Condition("name", operator, new Value.Text(evil)));
            assertThat(harmful.text()).isEqualTo(harmless.text());
            assertThat(rows.ids(harmful)).allMatch(id -> id > 0);
        }
        String text = JsonText.of(new Filter.Condition("x", Operator.EQ, new Value.Text(evil)));
        String quoted = text.substring(text.indexOf("\"value\":") + 8, text.length() - 1);
        for (String document : List.of(
                "{\"filters\":[{\"field\":" + quoted + ",\"op\":\"eq\",\"value\":1}]}",
                "{\"filters\":[{\"field\":\"id\",\"op\":" + quoted + ",\"value\":1}]}",
                "{\"filters\":[{\"field\":\"id\",\"op\":\"eq\",\"value\":" + quoted + "}]}",
                "{\"filters\":[{\"field\":\"status\",\"op\":\"eq\",\"value\":" + quoted + "}]}",
                "{\"filters\":[{\"field\":\"created_at\",\"op\":\"eq\",\"value\":" + quoted + "}]}",
                "{\"filters\":[{" + quoted + ":\"id\"}]}",
                "{\"sort\":[{\"field\":" + quoted + "}]}",
                "{\"sort\":[{\"field\":\"id\",\"dir\":" + quoted + "}]}",
                "{" + quoted + ":1}")) {
            assertThat(Examples.refusals(() -> Examples.LANGUAGE.document(document, SCHEMA)))
                    .isNotEmpty();
        }
        for (String name :
                List.of("filter[" + evil + "]", "filter[id][" + evil + "]", "filter[or][" + evil + "][id]")) {
            assertThat(Examples.refusals(
                            () -> Examples.parameters(Examples.LANGUAGE, List.of(new Parameter(name, "1")))))
                    .isNotEmpty();
        }
        assertThat(Examples.refusals(
                        () -> Examples.parameters(Examples.LANGUAGE, List.of(new Parameter("sort", evil)))))
                .isNotEmpty();
        assertThat(rows.ids(select(Filter.EVERYTHING))).hasSize(300);
    }

    @Test
    void listsOfAllLengthsAreOneStatement() {
        Filter one = filter("{\"field\":\"views\",\"op\":\"in\",\"value\":[1]}");
        Filter three = filter("{\"field\":\"views\",\"op\":\"in\",\"value\":[1,2,0]}");

        assertThat(select(three).text()).isEqualTo(select(one).text());
    }

    @Test
    void writesNamesInQuotesAndTheTenantFirst() {
        Sql sql = new SqlWriter(SCHEMA)
                .text("SELECT id FROM things WHERE ")
                .where(ACME, filter("{\"not\":{\"field\":\"name\",\"op\":\"starts_with\",\"value\":\"5%\"}}"))
                .text(" ORDER BY ")
                .orderBy(List.of(new SortKey("name", true), new SortKey("id", false)))
                .done();

        assertThat(sql.text())
                .isEqualTo("SELECT id FROM things WHERE \"tenant_id\" = $1 AND"
                        + " ((\"display_name\"::text LIKE $2) IS NOT TRUE)"
                        + " ORDER BY \"display_name\"::text COLLATE \"C\" DESC NULLS FIRST, \"id\" ASC NULLS LAST");
        assertThat(sql.values()).containsExactly(ACME, "5\\%%");
    }

    @Test
    void anIndexAnswersFromWhereAPageBegins() {
        rows.run(new Sql("SET enable_seqscan = off", List.of()));
        rows.run(new Sql("SET enable_bitmapscan = off", List.of()));
        List<SortKey> sort = Keyset.total(List.of(new SortKey("label", false)), "id");
        var position =
                new Keyset.Position(sort, List.of(Optional.of(new Value.Text("a")), Optional.of(new Value.Whole(1L))));

        String plan = rows.explained(page(Filter.EVERYTHING, sort, Optional.of(position), 5));

        assertThat(plan)
                .contains("Index")
                .contains("ROW(")
                .contains("Index Cond")
                .doesNotContain("Sort");
    }

    @Test
    void walksEveryOrderForwardsAndBackwards() {
        for (int seed = 0; seed < 60; seed++) {
            var random = new Random(seed);
            List<SortKey> sort = Keyset.total(randomSort(random), "id");
            Filter filter = seed % 3 == 0 ? new RandomFilters(seed).filter(2) : Filter.EVERYTHING;
            List<Long> expected = rows.acme().entrySet().stream()
                    .filter(row -> Meaning.holds(filter, row.getValue()))
                    .sorted(Map.Entry.comparingByValue(Meaning.order(sort)))
                    .map(Map.Entry::getKey)
                    .toList();

            assertThat(walked(rows, filter, sort, 13, () -> {}))
                    .as("seed %s: %s", seed, sort)
                    .isEqualTo(expected);
            assertThat(walked(rows, filter, Keyset.reversed(sort), 13, () -> {}).reversed())
                    .as("backwards, seed %s: %s", seed, sort)
                    .isEqualTo(expected);
        }
    }

    @Test
    void missesNoRowThatStandsAndShowsNoneTwiceWhileOthersComeAndGo() {
        try (var moving = new Rows()) {
            moving.fill(80, new Random(3));
            long[] next = {1_000};
            for (int seed = 0; seed < 20; seed++) {
                var random = new Random(seed);
                List<SortKey> sort = Keyset.total(randomSort(random), "id");
                Set<Long> standing = new HashSet<>(moving.acme().keySet());
                List<Long> seen = walked(moving, Filter.EVERYTHING, sort, 7, () -> {
                    List<Long> present =
                            new ArrayList<>(new TreeSet<>(moving.acme().keySet()));
                    Long gone = present.get(random.nextInt(present.size()));
                    moving.delete(gone);
                    standing.remove(gone);
                    Map<String, Value> values = new HashMap<>();
                    var some = new RandomFilters(random.nextLong());
                    SCHEMA.fields().forEach((name, field) -> {
                        if (!field.nullable() || random.nextBoolean()) {
                            values.put(name, some.value(field));
                        }
                    });
                    moving.insert(ACME, next[0]++, values);
                });

                assertThat(seen)
                        .as("seed %s: %s", seed, sort)
                        .doesNotHaveDuplicates()
                        .containsAll(standing);
            }
        }
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

    private static List<Long> walked(Rows table, Filter filter, List<SortKey> sort, int limit, Runnable between) {
        List<Long> seen = new ArrayList<>();
        Optional<Keyset.Position> position = Optional.empty();
        while (true) {
            List<Long> page = table.ids(page(filter, sort, position, limit));
            seen.addAll(page);
            if (page.size() < limit) {
                return seen;
            }
            Map<String, Value> last =
                    java.util.Objects.requireNonNull(table.acme().get(page.getLast()));
            position = Optional.of(new Keyset.Position(
                    sort,
                    sort.stream()
                            .map(key -> Optional.ofNullable(last.get(key.field())))
                            .toList()));
            between.run();
        }
    }

    private static Sql page(Filter filter, List<SortKey> sort, Optional<Keyset.Position> after, int limit) {
        var writer = new SqlWriter(SCHEMA).text("SELECT id FROM things WHERE ");
        after.ifPresentOrElse(position -> writer.where(ACME, filter, position), () -> writer.where(ACME, filter));
        return writer.text(" ORDER BY ")
                .orderBy(sort)
                .text(" LIMIT ")
                .bind(limit)
                .done();
    }

    private static Sql select(Filter filter) {
        return new SqlWriter(SCHEMA)
                .text("SELECT id FROM things WHERE ")
                .where(ACME, filter)
                .done();
    }

    private static Set<Long> found(Filter filter) {
        return new TreeSet<>(rows.ids(select(filter)));
    }

    private static Set<Long> meant(Filter filter) {
        return where(row -> Meaning.holds(filter, row));
    }

    private static Set<Long> where(java.util.function.Predicate<Map<String, Value>> holds) {
        Set<Long> ids = new TreeSet<>();
        rows.acme().forEach((id, row) -> {
            if (holds.test(row)) {
                ids.add(id);
            }
        });
        return ids;
    }
}

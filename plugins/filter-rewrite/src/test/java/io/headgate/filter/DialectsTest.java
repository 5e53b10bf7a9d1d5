package io.headgate.filter;

import static io.headgate.filter.Examples.SCHEMA;
import static io.headgate.filter.Examples.filter;
import static io.headgate.filter.Examples.read;
import static io.headgate.filter.Examples.refusals;
import static io.headgate.filter.Examples.url;
import static io.headgate.filter.Examples.wide;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.SortKey;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DialectsTest {

    /** Said in four ways, and understood in one. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"field":"status","op":"eq","value":"active"}]                | filter[status]=active                              | status==active                  | status eq 'active'
            [{"field":"status","op":"eq","value":"active"}]                | filter[status][eq]=active                          | status=='active'                | (status eq 'active')
            [{"field":"status","op":"neq","value":"draft"}]                | filter[status][neq]=draft                          | status!=draft                   | status ne 'draft'
            [{"field":"status","op":"in","value":["active","draft"]}]      | filter[status][in]=active,draft                    | status=in=(active,draft)        | status in ('active', 'draft')
            [{"field":"name","op":"in","value":["a,b","c\\\\d"]}]          | filter[name][in]=a\\,b,c\\\\d                      | name=in=('a,b','c\\\\d')        | name in ('a,b','c\\d')
            [{"field":"name","op":"eq","value":"O'Neil"}]                  | filter[name]=O'Neil                                | name=="O'Neil"                  | name eq 'O''Neil'
            [{"field":"name","op":"contains","value":"a%"}]                | filter[name][contains]=a%25                        | name=='*a%*'                    | contains(name,'a%')
            [{"field":"name","op":"starts_with","value":"a"}]              | filter[name][starts_with]=a                        | name==a*                        | startswith(name, 'a')
            [{"field":"name","op":"ends_with","value":"a"}]                | filter[name][ends_with]=a                          | name==*a                        | endswith(name,'a')
            [{"field":"views","op":"gt","value":1},{"field":"views","op":"lte","value":9}] | filter[views][gt]=1&filter[views][lte]=9 | views>1;views<=9            | views gt 1 and views le 9
            [{"field":"views","op":"between","value":[1,9]}]               | filter[views][between]=1,9                         | views=bt=(1,9)                  | `-`
            [{"field":"name","op":"is_null"}]                              | filter[name][is_null]=true                         | name=isnull=true                | name eq null
            [{"field":"name","op":"not_null"}]                             | filter[name][not_null]=                            | name=notnull=''                 | name ne null
            [{"field":"created_at","op":"lt","value":"2026-01-01T00:00:00Z"}] | filter[created_at][lt]=2026-01-01T02:00:00%2B02:00 | created_at=lt=2026-01-01T00:00:00Z | created_at lt 2026-01-01T00:00:00Z
            [{"field":"key","op":"eq","value":"6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55"}] | filter[key]=6F1C0E3A-0d6f-4d1e-9d3b-3d9a7a1f0c55 | key==6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55 | key eq 6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55
            [{"field":"public","op":"eq","value":true}]                    | filter[public]=true                                | public==true                    | public eq true
            [{"or":[{"field":"views","op":"lt","value":1},{"and":[{"field":"name","op":"eq","value":"x"},{"field":"views","op":"eq","value":2}]}]}] | filter[or][0][views][lt]=1&filter[or][1][and][0][name]=x&filter[or][1][and][1][views]=2 | views=lt=1,name==x;views==2 | views lt 1 or name eq 'x' and views eq 2
            [{"or":[{"field":"views","op":"lt","value":1},{"field":"name","op":"eq","value":"x"}]},{"field":"id","op":"eq","value":2}] | filter[or][0][views][lt]=1&filter[or][1][name]=x&filter[id]=2 | (views=lt=1 or name==x) and id==2 | (views lt 1 or name eq 'x') and id eq 2
            [{"not":{"or":[{"field":"views","op":"lt","value":1},{"field":"name","op":"eq","value":"x"}]}}] | filter[not][or][0][views][lt]=1&filter[not][or][1][name]=x | `-` | not (views lt 1 or name eq 'x')
            [{"not":{"and":[{"field":"views","op":"lt","value":1},{"field":"name","op":"eq","value":"x"}]}}] | filter[not][views][lt]=1&filter[not][name]=x | `-` | not(views lt 1 and name eq 'x')
            [{"not":{"field":"name","op":"contains","value":"x"}}]         | filter[not][name][contains]=x                      | `-`                             | not contains(name,'x')
            """)
    void readsTheSameFilterFromEveryDialect(String json, String brackets, String rsql, String odata) {
        Filter filter = filter(json);

        assertThat(read(FilterDialect.BRACKETS, brackets).filter()).as(brackets).isEqualTo(filter);
        if (!rsql.equals("-")) {
            assertThat(read(FilterDialect.RSQL, rsql).filter()).as(rsql).isEqualTo(filter);
        }
        if (!odata.equals("-")) {
            assertThat(read(FilterDialect.ODATA, odata).filter()).as(odata).isEqualTo(filter);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            JSON      | filter=[{"field":"status","op":"in","value":["active","draft"]},{"not":{"field":"name","op":"eq","value":"a\\"b"}}]
            BRACKETS  | filter[and][0][status][in]=active,draft & filter[and][1][not][name][eq]=a"b
            RSQL      | filter=status=in=(active,draft);(name=isnull=true,name!='a"b')
            ODATA     | $filter=status in ('active','draft') and (name eq null or name ne 'a"b')
            POSTGREST | and=(status.in.("active","draft"),or(display_name.is.null,display_name.neq."a\\"b"))
            """)
    void writesAFilterInEveryDialect(FilterDialect dialect, String expected) {
        Filter filter = filter("""
                [{"not":{"field":"name","op":"eq","value":"a\\"b"}},{"field":"status","op":"in","value":["draft","active"]}]""");

        assertThat(String.join(
                        " & ",
                        dialect.parameters(filter, List.of(), SCHEMA).stream()
                                .map(parameter -> parameter.name() + "=" + parameter.value())
                                .toList()))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "JSON, sort, '-created_at,name'",
        "BRACKETS, sort, '-created_at,name'",
        "RSQL, sort, '-created_at,name'",
        "ODATA, $orderby, 'created_at desc,name asc'",
        "POSTGREST, order, 'created_at.desc.nullsfirst,display_name.asc.nullslast'"
    })
    void writesAnOrderInEveryDialect(FilterDialect dialect, String name, String expected) {
        assertThat(dialect.parameters(
                        Filter.EVERYTHING,
                        List.of(new SortKey("created_at", true), new SortKey("name", false)),
                        SCHEMA))
                .containsExactly(new Parameter(name, expected));
    }

    /** Whatever a dialect has words for it reads as what it wrote, over a URL and back. */
    @ParameterizedTest
    @EnumSource(value = FilterDialect.class, mode = EnumSource.Mode.EXCLUDE, names = "POSTGREST")
    void readsWhatItWrites(FilterDialect dialect) {
        int spoken = 0;
        for (int seed = 0; seed < 2_000; seed++) {
            Filter filter = Canonical.of(new RandomFilters(seed).filter(4));
            try {
                List<Parameter> written = dialect.parameters(filter, List.of(), SCHEMA);
                List<Parameter> received = UrlQuery.read(UrlQuery.write(written));

                assertThat(received).as("over a URL, seed %s", seed).isEqualTo(written);
                assertThat(wide(received).filter())
                        .as("seed %s: %s", seed, written)
                        .isEqualTo(dialect.carried(filter, SCHEMA));
                spoken++;
            } catch (Unspeakable e) {
                assertThat(dialect).as("seed %s: %s", seed, e.what()).isEqualTo(FilterDialect.RSQL);
            }
        }
        assertThat(spoken).isGreaterThan(1_000);
    }

    @Test
    void writesForPostgrestWhatItsGrammarReads() {
        int spoken = 0;
        for (int seed = 0; seed < 2_000; seed++) {
            Filter carried = FilterDialect.POSTGREST.carried(new RandomFilters(seed).filter(4), SCHEMA);
            try {
                assertThat(Canonical.of(PostgrestReading.of(PostgrestText.of(carried, SCHEMA))))
                        .as("seed %s", seed)
                        .isEqualTo(Canonical.of(withoutNotNull(carried)));
                spoken++;
            } catch (Unspeakable e) {
                assertThat(e.what()).as("seed %s", seed).endsWith("with a star in the text");
            }
        }
        assertThat(spoken).isGreaterThan(1_000);
    }

    /** It says that there is a value as the negation that it is. */
    private static Filter withoutNotNull(Filter filter) {
        return switch (filter) {
            case Filter.All(List<Filter> members) ->
                new Filter.All(
                        members.stream().map(DialectsTest::withoutNotNull).toList());
            case Filter.Any(List<Filter> members) ->
                new Filter.Any(
                        members.stream().map(DialectsTest::withoutNotNull).toList());
            case Filter.Not(Filter negated) -> new Filter.Not(withoutNotNull(negated));
            case Filter.Condition is ->
                is.operator() == Operator.NOT_NULL
                        ? new Filter.Not(new Filter.Condition(is.field(), Operator.IS_NULL))
                        : is;
        };
    }

    @Test
    void canonicalFormsAreTheirOwn() {
        for (int seed = 0; seed < 2_000; seed++) {
            Filter filter = Canonical.of(new RandomFilters(seed).filter(5));

            assertThat(Canonical.of(filter)).as("seed %s", seed).isEqualTo(filter);
        }
    }

    @Test
    void saysWhatADialectHasNoWordsFor() {
        assertThatThrownBy(() -> written(
                        FilterDialect.RSQL, "{\"not\":{\"field\":\"name\",\"op\":\"contains\",\"value\":\"x\"}}"))
                .isInstanceOfSatisfying(
                        Unspeakable.class,
                        unspeakable -> assertThat(unspeakable.what()).isEqualTo("the negation of contains on name"));
        assertThatThrownBy(
                        () -> written(FilterDialect.RSQL, "{\"field\":\"name\",\"op\":\"contains\",\"value\":\"a*b\"}"))
                .isInstanceOfSatisfying(
                        Unspeakable.class,
                        unspeakable ->
                                assertThat(unspeakable.what()).isEqualTo("contains on name with a star in the text"));
        assertThatThrownBy(() ->
                        written(FilterDialect.POSTGREST, "{\"field\":\"name\",\"op\":\"starts_with\",\"value\":\"*\"}"))
                .isInstanceOf(Unspeakable.class);
        assertThat(written(FilterDialect.RSQL, "{\"field\":\"name\",\"op\":\"eq\",\"value\":\"a*\"}"))
                .containsExactly(new Parameter("filter", "name=in=('a*')"));
        assertThat(written(FilterDialect.POSTGREST, "{\"field\":\"name\",\"op\":\"contains\",\"value\":\"5%_\\\\\"}"))
                .containsExactly(new Parameter("and", "(display_name.like.\"*5\\\\%\\\\_\\\\\\\\*\")"));
    }

    private static List<Parameter> written(FilterDialect dialect, String json) {
        return dialect.parameters(filter(json), List.of(), SCHEMA);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            filter=id                                   | operator
            filter=id=1                                 | '='
            filter=id==                                 | a value
            filter==1                                   | a field
            filter=id==1;                               | a field
            filter=(id==1                               | ')'
            filter=id==1)                               | the end
            filter=id==1 id==2                          | the end
            filter=id=in=(1,2                           | ')'
            filter=id=in=()                             | a value
            filter=id=like=1                            | one of eq
            filter=name=='x                             | a closing '
            filter=name==a*b                            | a '*' at the ends
            filter=name!=a*                             | a '*' at the ends
            filter=name==*                              | a '*' at the ends
            filter=views==(1,2)                         | eq takes one value
            filter=name=isnull=false                    | true
            $filter=id                                  | one of eq
            $filter=id eq                               | a value
            $filter=id eq '1'                           | a whole number
            $filter=name eq x                           | a string
            $filter=name eq 'x                          | '''
            $filter=id eq 1 and                         | a field
            $filter=id eq 1 id eq 2                     | the end
            $filter=not id eq 1                         | the comparison in brackets
            $filter=length(name) eq 1                   | one of the functions
            $filter=id gt null                          | a whole number
            $filter=id has 1                            | one of eq
            $filter=1 eq id                             | one of id
            filter[id                                   | filter[field][op]
            filter[id]x=1                               | filter[field][op]
            filter[id][eq][x]=1                         | filter[field][op]
            filter[or]=1                                | filter[or][0]
            filter[or][x][id]=1                         | 0, 1, 2
            filter[]=1                                  | one of id
            filter[id][]=1                              | one of eq
            filter[name][is_null]=false                 | true
            filter[views][between]=1                    | a list of two values
            """)
    void saysWhatItExpectedInstead(String query, String expected) {
        String escaped = query.replace(" ", "%20");

        assertThat(refusals(() -> url(escaped)))
                .as(query)
                .isNotEmpty()
                .anySatisfy(problem -> assertThat(problem.substring(problem.indexOf("(expected")))
                        .contains(expected));
    }
}

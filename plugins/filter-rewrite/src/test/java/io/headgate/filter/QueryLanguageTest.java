package io.headgate.filter;

import static io.headgate.filter.Examples.LANGUAGE;
import static io.headgate.filter.Examples.SCHEMA;
import static io.headgate.filter.Examples.filter;
import static io.headgate.filter.Examples.refusals;
import static io.headgate.filter.Examples.url;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.Operator;
import io.headgate.api.PageRequest;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import io.headgate.filter.QueryLanguage.Understood;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryLanguageTest {

    private static final Condition ACTIVE = new Condition("status", Operator.EQ, new Value.Text("active"));

    @Test
    void readsAWholeDocument() {
        Understood query = LANGUAGE.document("""
                {"filters": [{"field": "status", "op": "eq", "value": "active"},
                             {"or": [{"field": "views", "op": "gt", "value": 7}, {"not": {"field": "name", "op": "is_null"}}]}],
                 "sort": [{"field": "created_at", "dir": "desc"}, {"field": "id"}],
                 "page": {"limit": 20, "cursor": "abc"}}""", SCHEMA);

        assertThat(query.filter())
                .isEqualTo(new Filter.All(List.of(
                        ACTIVE,
                        new Filter.Any(List.of(
                                new Condition("views", Operator.GT, new Value.Whole(7L)),
                                new Filter.Not(new Condition("name", Operator.IS_NULL)))))));
        assertThat(query.sort()).containsExactly(new SortKey("created_at", true), new SortKey("id", false));
        assertThat(query.page())
                .isEqualTo(new PageRequest(
                        OptionalLong.of(20), Optional.of("abc"), OptionalLong.empty(), OptionalLong.empty()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}]",
                "{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}",
                "{\"filters\":[{\"value\":\"active\",\"op\":\"eq\",\"field\":\"status\"}]}",
                "[{\"and\":[{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}]}]",
                "{\"not\":{\"not\":{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}}}",
                "{\"or\":[{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"},"
                        + "{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}]}"
            })
    void takesManyFormsForOneFilter(String json) {
        assertThat(filter(json)).isEqualTo(ACTIVE);
    }

    /** Most clients have no exact numbers, and write money as text. */
    @Test
    void takesADecimalAsANumberOrAsText() {
        assertThat(filter("[{\"field\":\"amount\",\"op\":\"gte\",\"value\":\"100.10\"}]"))
                .isEqualTo(filter("[{\"field\":\"amount\",\"op\":\"gte\",\"value\":100.1}]"));
        assertThat(refusals(() -> filter("[{\"field\":\"amount\",\"op\":\"gte\",\"value\":\"1,5\"}]")))
                .hasSize(1);
    }

    @Test
    void takesAnEmptyListForNoFilter() {
        assertThat(filter("[]")).isEqualTo(Filter.EVERYTHING);
        assertThat(LANGUAGE.document("{}", SCHEMA).filter()).isEqualTo(Filter.EVERYTHING);
    }

    @Test
    void namesEverythingThatIsWrongAtOnce() {
        assertThat(refusals(() -> LANGUAGE.document("""
                {"filters": [{"field": "nope", "op": "eq", "value": 1},
                             {"field": "status", "op": "like", "value": "x"},
                             {"field": "status", "op": "eq", "value": "gone"},
                             {"field": "views", "op": "in", "value": [1, "2", 3.5, null]},
                             {"field": "views", "op": "gt"},
                             {"field": "created_at", "op": "between", "value": ["2026-01-01T00:00:00Z"]},
                             {"or": []},
                             {"field": "name", "op": "is_null", "value": true},
                             {"field": "note", "op": "contains", "value": "x"},
                             {"field": "name", "operator": "eq", "op": "eq", "value": {"$ne": 1}}],
                 "sort": [{"field": "note"}, {"field": "id"}, {"field": "id", "dir": "up"}],
                 "page": {"limit": "20", "size": 1},
                 "select": []}""", SCHEMA)))
                .extracting(problem -> problem.substring(0, problem.indexOf(" (expected")))
                .containsExactlyInAnyOrder(
                        "/filters/0/field: 'nope'",
                        "/filters/1/op: 'like'",
                        "/filters/2/value: 'gone'",
                        "/filters/3/value/1: the string '2'",
                        "/filters/3/value/2: '3.5'",
                        "/filters/3/value/3: null; is_null asks for it",
                        "/filters/4/value: no value",
                        "/filters/5/value: a list of 1",
                        "/filters/6/or: an empty list",
                        "/filters/7/value: a value",
                        "/filters/8/op: 'contains'",
                        "/filters/9/operator: unknown member",
                        "/filters/9/value: an object or a list",
                        "/sort/0/field: 'note'",
                        "/sort/2/field: 'id' is there twice",
                        "/sort/2/dir: 'up'",
                        "/page/limit: a string",
                        "/page/size: unknown member",
                        "/select: unknown member");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            [{"field":"id","field":"tenant_id","op":"eq","value":1}]                 | /filter/0/field: is there twice
            [{"field":"id","op":"eq","value":1,"value":2}]                           | /filter/0/value: is there twice
            {"filters":[],"filters":[]}                                              | /filter/filters: is there twice
            [{"and":[{"field":"id","op":"eq","value":1}],"and":[]}]                  | /filter/0/and: is there twice
            [{"field":"id","op":"eq","value":1,"or":[]}]                             | /filter/0: an object of
            [{}]                                                                     | /filter/0: an object of []
            [{"op":"eq","value":1}]                                                  | /filter/0/field: missing
            [{"field":"id","value":1}]                                               | /filter/0/op: missing
            [[{"field":"id","op":"eq","value":1}]]                                   | /filter/0: a list
            [{"field":["id"],"op":"eq","value":1}]                                   | /filter/0/field: a list
            [{"field":"tenant_id","op":"eq","value":"globex"}]                       | /filter/0/field: 'tenant_id'
            [{"field":"id","op":"eq","value":1}] x                                   | /filter: not readable as JSON
            [{"field":"id","op":"eq","value":1}][]                                   | /filter: more after the end
            [{"field":"id","op":"eq","value":01}]                                    | /filter: not readable as JSON
            [{"field":"id","op":"eq","value":NaN}]                                   | /filter: not readable as JSON
            [{"field":"id","op":"eq","value":1}                                      | /filter: not readable as JSON
            {"a/b~c":1}                                                              | /filter/a~1b~0c: unknown member
            """)
    void refusesWhatTwoReadersCouldTakeForTwoThings(String json, String expected) {
        assertThat(refusals(() -> filter(json)))
                .as(json)
                .anySatisfy(problem -> assertThat(problem).startsWith(expected));
    }

    @Test
    void keepsToItsDepthInEveryForm() {
        String json = "{\"field\":\"id\",\"op\":\"eq\",\"value\":1}";
        String five = nested("{\"or\":[{\"field\":\"id\",\"op\":\"eq\",\"value\":2},", json, "]}", 5);
        String six = nested("{\"not\":", five, "}", 1);
        assertThat(filter("[" + five + "]")).isInstanceOf(Filter.class);
        assertThat(refusals(() -> filter("[" + six + "]")))
                .singleElement()
                .asString()
                .contains("nested 6 deep");

        assertThat(url("filter=" + nested("(", "id==1", ")", 5)).filter()).isInstanceOf(Condition.class);
        assertThat(refusals(() -> url("filter=" + nested("(", "id==1", ")", 6))))
                .hasSize(1);
        assertThat(refusals(() -> url("filter=" + nested("(id==1;id==2,", "id==3", ")", 5))))
                .hasSize(1);
        assertThat(url("$filter=" + nested("not (", "id eq 1", ")", 5)).filter())
                .isInstanceOf(Filter.Not.class);
        assertThat(refusals(() -> url("$filter=" + nested("(", "id eq 1", ")", 6))))
                .hasSize(1);
        assertThat(refusals(() -> url("$filter=" + "not ".repeat(6) + "contains(name,'x')")))
                .hasSize(1);
        assertThat(url("filter" + "[or][0]".repeat(5) + "[id][eq]=1").filter()).isInstanceOf(Condition.class);
        assertThat(refusals(() -> url("filter" + "[or][0]".repeat(6) + "[id][eq]=1")))
                .hasSize(1);
        assertThat(refusals(() -> url("filter" + "[not]".repeat(6) + "[id]=1"))).hasSize(1);
    }

    private static String nested(String open, String inner, String close, int times) {
        return open.repeat(times) + inner + close.repeat(times);
    }

    @Test
    void countsConditionsAndGroupsWhileItReads() {
        String condition = "{\"field\":\"id\",\"op\":\"eq\",\"value\":1}";
        assertThat(filter("[" + (condition + ",").repeat(49) + condition + "]")).isInstanceOf(Condition.class);
        assertThat(refusals(() -> filter("[" + (condition + ",").repeat(50) + "{never read")))
                .containsExactly("/filter/50: more than 50 conditions and groups (expected: at most 50)");
        assertThat(refusals(() -> url("filter=" + "id==1;".repeat(50) + "id==1")))
                .hasSize(1);
        assertThat(refusals(() -> url("$filter=" + "id%20eq%201%20or%20".repeat(50) + "id%20eq%201")))
                .hasSize(1);
    }

    @Test
    void countsValuesWhileItReads() {
        assertThat(filter("[{\"field\":\"id\",\"op\":\"in\",\"value\":[" + numbers(200) + "]}]"))
                .isInstanceOfSatisfying(
                        Condition.class, in -> assertThat(in.values()).hasSize(200));
        assertThat(refusals(
                        () -> filter("[{\"field\":\"id\",\"op\":\"in\",\"value\":[" + numbers(201) + ", never read")))
                .containsExactly("/filter/0/value: more than 200 values (expected: at most 200)");
        assertThat(refusals(() -> url("filter=id=in=(" + numbers(201) + ")"))).hasSize(1);
        assertThat(refusals(() -> url("$filter=id%20in%20(" + numbers(201) + ")")))
                .hasSize(1);
        assertThat(refusals(() -> url("filter[id][in]=" + numbers(201)))).hasSize(1);
    }

    private static String numbers(int count) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(Integer::toString)
                .collect(java.util.stream.Collectors.joining(","));
    }

    @Test
    void readsNoMoreThanItsSize() {
        String padding = " ".repeat(16 * 1024);
        assertThat(refusals(() -> filter("[" + padding + "]")))
                .singleElement()
                .asString()
                .contains("at most 16384");
        assertThat(refusals(() -> LANGUAGE.document("{" + padding + "}", SCHEMA)))
                .hasSize(1);
        assertThat(refusals(() -> url("filter[id]=1&filter[name]=" + "x".repeat(16 * 1024))))
                .hasSize(1);
    }

    @Test
    void readsTheOrderWithTheSameCare() {
        assertThat(url("sort=-created_at,name").sort())
                .containsExactly(new SortKey("created_at", true), new SortKey("name", false));
        assertThat(url("$orderby=created_at%20desc,%20name%20asc,id").sort())
                .containsExactly(new SortKey("created_at", true), new SortKey("name", false), new SortKey("id", false));
        assertThat(url("sort=").sort()).isEmpty();
        assertThat(refusals(() -> url("sort=note,id,-id,nope")))
                .satisfiesExactly(
                        note -> assertThat(note).startsWith("/sort/0: 'note' (expected: one of id, name"),
                        twice -> assertThat(twice).startsWith("/sort/2: 'id' is there twice"),
                        unknown -> assertThat(unknown).startsWith("/sort/3: 'nope'"));
        assertThat(refusals(() -> url("sort=id,name,views,due,key")))
                .singleElement()
                .asString()
                .contains("at most 4");
        assertThat(refusals(() -> url("sort=id,"))).hasSize(1);
        assertThat(refusals(() -> url("sort=%2Bid"))).hasSize(1);
        assertThat(refusals(() -> url("sort=id&sort=name"))).hasSize(1);
        assertThat(refusals(() -> url("sort=id&$orderby=id"))).hasSize(1);
        assertThat(refusals(() -> url("filter={\"sort\":[]}&sort=id"))).hasSize(1);
    }

    @Test
    void takesOneLanguageInOneRequest() {
        assertThat(refusals(() -> url("filter=id==1&filter[id]=1"))).hasSize(1);
        assertThat(refusals(() -> url("filter=id==1&$filter=id%20eq%201"))).hasSize(1);
        assertThat(refusals(() -> url("filter=id==1&filter=[]"))).hasSize(1);
        assertThat(refusals(() -> url("filter=id==1&filter=id==1")))
                .containsExactly("/filter: is there 2 times (expected: once)");
        assertThat(refusals(() -> url("filter[id]=1&filter[id]=1"))).hasSize(1);
        assertThat(refusals(() -> url("filter[id]=1&FILTER[id]=1"))).hasSize(1);
        assertThat(refusals(() -> url("Filter=id==1")))
                .containsExactly("/Filter: unknown parameter (expected: filter, sort, or one that this place knows)");
        assertThat(refusals(() -> LANGUAGE.parameters(
                        List.of(new Parameter("filter", "id==1")), SCHEMA, Set.of(FilterDialect.JSON))))
                .containsExactly("/filter: a filter in rsql (expected: json)");
    }

    @Test
    void tellsQueriesApartByWhatTheySayAndShapesByWhatTheyAsk() {
        Understood one = url("filter=status==active;views=gt=1&sort=id");
        Understood same = url("filter[views][gt]=1&filter[status][eq]=active&sort=id");
        Understood otherValue = url("filter=status==draft;views=gt=2&sort=id");
        Understood otherOrder = url("filter=status==active;views=gt=1&sort=-id");

        assertThat(same.digest()).isEqualTo(one.digest());
        assertThat(same.filter()).isEqualTo(one.filter());
        assertThat(otherValue.digest()).isNotEqualTo(one.digest());
        assertThat(otherValue.shape()).isEqualTo(one.shape());
        assertThat(otherOrder.shape()).isNotEqualTo(one.shape());
        assertThat(url("filter=id=in=(1,2,3)").digest())
                .isEqualTo(url("filter=id=in=(3,1,2,1)").digest());
        assertThat(url("filter=id=in=(1,2,3)").shape())
                .isEqualTo(url("filter=id=in=(4)").shape());
        assertThat(one.shape()).matches("[0-9a-f]{16}");
    }

    /** What a cursor is bound to today must be what it is bound to after the next release. */
    @Test
    void keepsItsHashes() {
        Understood query = url("filter=status==active;views=gt=1&sort=-id");

        assertThat(query.shape()).isEqualTo("d1242db7bb59ead2");
        assertThat(query.digest()).isEqualTo("DVF2QoqmMpDdIzfFmN2cMVOPiXWHxGgfm8rNC76xnwI");
    }
}

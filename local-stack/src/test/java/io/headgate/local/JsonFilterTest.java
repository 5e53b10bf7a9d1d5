package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFilterTest {

    @Test
    void bindsEveryValueAndEscapesTheWildcardsInIt() {
        Predicates compiled = compile("[{'field':'name','op':'contains','value':'100%_\\\\'}]");

        assertThat(compiled.sql()).isEqualTo("(true AND (name LIKE $1))");
        assertThat(compiled.values()).containsExactly("%100\\%\\_\\\\%");
    }

    @Test
    void nothingOfTheClientsTextReachesTheStatement() {
        String evil = "x' OR 1=1 --";

        Predicates compiled = compile("[{'field':'owner','op':'in','value':[\"" + evil + "\",'b']}]");

        assertThat(compiled.sql()).isEqualTo("(true AND (owner IN ($1, $2)))");
        assertThat(compiled.values()).containsExactly(evil, "b");
    }

    @Test
    void groupsKeepTheirBrackets() {
        Predicates compiled = compile(
                "[{'or':[{'field':'views','op':'gte','value':5},{'not':{'field':'archived_at','op':'is_null'}}]}]");

        assertThat(compiled.sql()).isEqualTo("(true AND (false OR (views >= $1) OR NOT (archived_at IS NULL)))");
    }

    @Test
    void aComparisonWithAColumnThatMayBeNullIsNeverNull() {
        Predicates compiled = compile("[{'field':'archived_at','op':'gt','value':'2026-06-01T00:00:00Z'}]");

        assertThat(compiled.sql()).isEqualTo("(true AND (archived_at IS NOT NULL AND archived_at > $1))");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{'field':'name; DROP TABLE reports','op':'eq','value':'x'}]",
                "[{'field':'password','op':'eq','value':'x'}]",
                "[{'field':'name','op':'like','value':'x'}]",
                "[{'field':'views','op':'eq','value':'5'}]",
                "[{'field':'views','op':'contains','value':5}]",
                "[{'field':'name','op':'eq','value':'x','extra':1}]",
                "[{'field':'name','op':'eq','value':{'a':1}}]",
                "[{'field':'name','op':'eq'}]",
                "[{'field':'amount','op':'eq','value':1e999999999}]",
                "[{'xor':[]}]",
                "{'a':1}",
                "['x']"
            })
    void refusesWhatIsNotOfTheLanguage(String filters) {
        assertThatThrownBy(() -> compile(filters)).isInstanceOf(BadRequest.class);
    }

    @Test
    void refusesWhatIsNestedTooDeepOrTooLong() {
        String condition = "{'field':'views','op':'eq','value':1}";

        assertThatThrownBy(() -> compile("[" + "{'not':".repeat(20) + condition + "}".repeat(20) + "]"))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("deeper than 8");
        assertThatThrownBy(() -> compile("[" + (condition + ",").repeat(60) + condition + "]"))
                .isInstanceOf(BadRequest.class)
                .hasMessageContaining("more than 60");
    }

    private static Predicates compile(String filters) {
        var out = new Predicates();
        JsonFilter.compile(
                BackendMain.JSON.readTree(filters.replace('\'', '"').replace("x\" OR 1=1", "x' OR 1=1")),
                ReportsBackend.FILTERABLE,
                out);
        return out;
    }
}

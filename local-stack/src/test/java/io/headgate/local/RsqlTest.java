package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RsqlTest {

    @Test
    void andBindsTighterThanOrAsInSql() {
        Predicates compiled = compile("name==a;value=gt=1.5,(unit!='ms';id=in=(1,2))");

        assertThat(compiled.sql())
                .isEqualTo("((name = $1) AND (value > $2) OR ((unit IS DISTINCT FROM $3) AND (id IN ($4, $5))))");
        assertThat(compiled.values().getFirst()).isEqualTo("a");
    }

    @Test
    void aStarIsTheOnlyWildcard() {
        assertThat(compile("name==50%_*").values()).containsExactly("50\\%\\_%");
    }

    @Test
    void quotedValuesMayHoldWhatIsReserved() {
        assertThat(compile("name==\"a;b,(c) \\\"d\"").values()).containsExactly("a;b,(c) \"d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "name",
                "name==",
                "==a",
                "name=like=a",
                "name==a;",
                "name==a)",
                "(name==a",
                "name==a b",
                "name=='a",
                "secret==1",
                "id==x",
                "id=in=(1",
                "value==1e999999999",
                "name==a;;name==b",
                "()",
                " ",
                "id=gt=(1,2)",
                "name=="
            })
    void refusesWhatIsNotOfTheLanguage(String filter) {
        assertThatThrownBy(() -> compile(filter)).isInstanceOf(BadRequest.class);
    }

    @Test
    void thousandsOfParenthesesAreRefusedAndNotFollowed() {
        assertThatThrownBy(() -> compile("(".repeat(4_000) + "id==1")).hasMessageContaining("deeper than 20");
        assertThatThrownBy(() -> compile("(".repeat(5_000))).hasMessageContaining("longer than 4096");
        assertThatThrownBy(() -> compile("id==1;".repeat(60) + "id==1")).hasMessageContaining("more than 50");
    }

    private static Predicates compile(String filter) {
        var out = new Predicates();
        Rsql.compile(filter, MetricsBackend.COLUMNS, out);
        return out;
    }
}

package io.headgate.filter;

import static io.headgate.filter.Examples.refusals;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UrlQueryTest {

    @Test
    void readsParametersOnce() {
        assertThat(UrlQuery.read("a=1&b=x+y%2Bz&&c&=d&e==f&%66=%C3%A9"))
                .containsExactly(
                        new Parameter("a", "1"),
                        new Parameter("b", "x y+z"),
                        new Parameter("c", ""),
                        new Parameter("", "d"),
                        new Parameter("e", "=f"),
                        new Parameter("f", "é"));
        assertThat(UrlQuery.read(null)).isEmpty();
        assertThat(UrlQuery.read("")).isEmpty();
        assertThat(UrlQuery.read("a=%252B")).containsExactly(new Parameter("a", "%2B"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=%", "a=%4", "a=%zz", "a=%C3", "a=%FF", "a=%C0%80", "a=%ED%A0%80", "a=%4&41", "a=é"})
    void refusesWhatIsNoText(String query) {
        assertThat(refusals(() -> UrlQuery.read(query))).hasSize(1);
    }

    @Test
    void writesNothingThatAnotherReaderCouldReadOtherwise() {
        assertThat(UrlQuery.write(List.of(new Parameter("f[a]", "x y+z;&=#%/?'\"é\n"))))
                .isEqualTo("f%5Ba%5D=x%20y%2Bz%3B%26%3D%23%25%2F%3F%27%22%C3%A9%0A");
    }
}

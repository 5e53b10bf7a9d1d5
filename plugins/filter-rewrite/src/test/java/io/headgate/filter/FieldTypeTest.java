package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Operator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldTypeTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            INT       | 9223372036854775807                     | 9223372036854775807
            INT       | -9223372036854775808                    | -9223372036854775808
            INT       | -0                                      | 0
            DECIMAL   | 1.50                                    | 1.5
            DECIMAL   | 1e2                                     | 100
            DECIMAL   | 100                                     | 100
            DECIMAL   | -0.00                                   | 0
            DECIMAL   | 0e999                                   | 0
            DECIMAL   | 1E-3                                    | 0.001
            UUID      | 6F1C0E3A-0d6f-4d1e-9d3b-3d9a7a1f0c55    | 6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55
            BOOLEAN   | true                                    | true
            TIMESTAMP | 2026-11-21T10:15:30Z                    | 2026-11-21T10:15:30Z
            TIMESTAMP | 2026-11-21t10:15:30z                    | 2026-11-21T10:15:30Z
            TIMESTAMP | 2026-11-21T10:15:30.500+02:00           | 2026-11-21T08:15:30.500Z
            TIMESTAMP | 2026-11-21T10:15:30.123456-00:30        | 2026-11-21T10:45:30.123456Z
            TIMESTAMP | 0001-01-01T00:00:00Z                    | 0001-01-01T00:00:00Z
            TIMESTAMP | 9999-12-31T23:59:59.999999Z             | 9999-12-31T23:59:59.999999Z
            DATE      | 2024-02-29                              | 2024-02-29
            """)
    void readsAValueIntoItsOneSpelling(FieldType type, String text, String canonical) {
        assertThat(type.read(text).text()).isEqualTo(canonical);
        assertThat(type.read(type.read(text).text())).isEqualTo(type.read(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            INT       | 9223372036854775808
            INT       | -9223372036854775809
            INT       | 1.0
            INT       | 1e3
            INT       | 007
            INT       | +1
            INT       | 0x1F
            INT       | ١٢٣
            INT       | ``
            DECIMAL   | 1e999999999
            DECIMAL   | 1e-999999999
            DECIMAL   | 1e101
            DECIMAL   | 1e-101
            DECIMAL   | NaN
            DECIMAL   | Infinity
            DECIMAL   | .5
            DECIMAL   | 5.
            DECIMAL   | 1f
            UUID      | 1-1-1-1-1
            UUID      | 6f1c0e3a0d6f4d1e9d3b3d9a7a1f0c55
            UUID      | {6f1c0e3a-0d6f-4d1e-9d3b-3d9a7a1f0c55}
            BOOLEAN   | TRUE
            BOOLEAN   | 1
            TIMESTAMP | 2026-11-21
            TIMESTAMP | 2026-11-21T10:15:30
            TIMESTAMP | 2026-11-21 10:15:30Z
            TIMESTAMP | 2026-11-21T10:15:30.1234567Z
            TIMESTAMP | 2026-11-21T10:15:60Z
            TIMESTAMP | 2026-11-21T24:00:00Z
            TIMESTAMP | 2026-13-01T00:00:00Z
            TIMESTAMP | 2026-02-29T00:00:00Z
            TIMESTAMP | 2026-11-21T10:15:30+19:00
            TIMESTAMP | 0000-06-01T00:00:00Z
            TIMESTAMP | 0001-01-01T00:00:00+01:00
            TIMESTAMP | 9999-12-31T23:59:59-01:00
            TIMESTAMP | infinity
            TIMESTAMP | 1763720130
            DATE      | 2026-02-29
            DATE      | 0000-01-01
            DATE      | 20260101
            DATE      | 2026-1-1
            """)
    void refusesWhatIsNoValue(FieldType type, String text) {
        assertThatThrownBy(() -> type.read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: ");
    }

    @Test
    void refusesWhatIsNoText() {
        assertThatThrownBy(() -> FieldType.STRING.read("a\0b")).hasMessageContaining("U+0000");
        assertThatThrownBy(() -> FieldType.STRING.read("\uD83D")).hasMessageContaining("surrogate");
        assertThatThrownBy(() -> FieldType.STRING.read("\uDE00\uD83D")).hasMessageContaining("surrogate");
        assertThat(FieldType.STRING.read("\uD83D\uDE00").text()).isEqualTo("\uD83D\uDE00");
    }

    @Test
    void showsNoMoreOfALongValueThanIsNeeded() {
        assertThatThrownBy(() -> FieldType.INT.read("1".repeat(10_000)))
                .satisfies(thrown -> assertThat(thrown.getMessage()).hasSizeLessThan(200));
    }

    @Test
    void hasOperatorsWhereTheyMeanSomething() {
        assertThat(FieldType.BOOLEAN.operators())
                .containsExactlyInAnyOrder(Operator.EQ, Operator.NEQ, Operator.IS_NULL, Operator.NOT_NULL);
        assertThat(FieldType.ENUM.operators()).doesNotContain(Operator.GT, Operator.CONTAINS, Operator.BETWEEN);
        assertThat(FieldType.TIMESTAMP.operators()).contains(Operator.BETWEEN).doesNotContain(Operator.CONTAINS);
        assertThat(FieldType.STRING.operators()).containsExactlyInAnyOrder(Operator.values());
    }
}

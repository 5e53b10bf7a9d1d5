package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.DatasetSpec;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvFormatTest {

    private final CsvFormat format = new CsvFormat();

    @Test
    void writesAfterTheRfcWithNullApartFromTheEmptyText() {
        String csv = text(
                Batches.RFC,
                Batches.of(Batches.kinds(ColumnKind.WHOLE, ColumnKind.TEXT), "1", "a,\"b\"\nc", null, "", "-3", null));

        assertThat(csv).isEqualTo("a,b\r\n1,\"a,\"\"b\"\"\nc\"\r\n,\"\"\r\n-3,\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "\uFF1D1", "\uFF0B1", "\uFF0D1", "\uFF201"})
    void guardsWhatASpreadsheetWouldRun(String text) {
        assertThat(one(ColumnKind.TEXT, text)).isEqualTo("\"'" + text + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=1", "'=1", " =1", "1-1", "\uFF211", "\uFFFD"})
    void leavesOtherTextsAlone(String text) {
        assertThat(one(ColumnKind.TEXT, text)).isEqualTo(text);
    }

    @Test
    void guardsNoNumber() {
        assertThat(one(ColumnKind.WHOLE, "-5")).isEqualTo("-5");
        assertThat(one(ColumnKind.DECIMAL, "-5.10")).isEqualTo("-5.10");
        assertThat(one(ColumnKind.OTHER, "-1 days")).isEqualTo("-1 days");
        assertThat(ColumnKind.of(1700)).isEqualTo(ColumnKind.DECIMAL);
        assertThat(ColumnKind.of(123_456)).isEqualTo(ColumnKind.TEXT);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-21 10:15:30+00, 2026-11-21T10:15:30Z",
        "2026-11-21 10:15:30.123456+00, 2026-11-21T10:15:30.123456Z",
        "2026-11-21 10:15:30+01, 2026-11-21T10:15:30+01:00",
        "2026-11-21 10:15:30-09:30, 2026-11-21T10:15:30-09:30",
        "1890-01-01 00:00:00+00:53:28, 1890-01-01T00:00:00+00:53:28",
        "2026-11-21 10:15:30, 2026-11-21T10:15:30",
        "0044-03-15 10:15:30+00 BC, 0044-03-15 10:15:30+00 BC",
        "12026-11-21 10:15:30+00, 12026-11-21 10:15:30+00",
        "infinity, infinity",
        "-infinity, -infinity"
    })
    void writesMomentsInIsoWhereThatHasAWordForThem(String stored, String written) {
        assertThat(one(ColumnKind.TIMESTAMP_WITH_ZONE, stored)).isEqualTo(written);
    }

    @Test
    void writesWhatIsAskedFor() {
        var csv = new Csv(Dialect.RFC4180, ';', "NULL", true, Eol.LF, false);

        assertThat(text(
                        csv,
                        Batches.of(
                                Batches.kinds(ColumnKind.TEXT, ColumnKind.TEXT), "a,b", "a;b", null, "NULL", "=1", "")))
                .isEqualTo("\uFEFFa;b\na,b;\"a;b\"\nNULL;\"NULL\"\n=1;\n");
        assertThat(one(ColumnKind.BOOLEAN, "t")).isEqualTo("true");
    }

    private String one(ColumnKind kind, String cell) {
        String csv = Batches.text(
                format, Batches.order(DatasetSpec.Format.CSV, 1, Batches.RFC), Batches.of(Batches.kinds(kind), cell));
        return csv.substring("a\r\n".length(), csv.length() - "\r\n".length());
    }

    private String text(Csv csv, RowBatch... batches) {
        return Batches.text(format, Batches.order(DatasetSpec.Format.CSV, 2, csv), batches);
    }
}

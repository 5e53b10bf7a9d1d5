package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellType;
import org.apache.poi.ss.usermodel.DateUtil;
import org.apache.poi.xssf.usermodel.XSSFSheet;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XlsxFormatTest {

    private static final List<ColumnKind> ALL = List.of(
            ColumnKind.WHOLE,
            ColumnKind.DECIMAL,
            ColumnKind.FLOATING,
            ColumnKind.BOOLEAN,
            ColumnKind.DATE,
            ColumnKind.TIMESTAMP_WITH_ZONE,
            ColumnKind.JSON,
            ColumnKind.OTHER,
            ColumnKind.TEXT);

    @Test
    void anotherReaderSeesTheSameValues() throws IOException {
        byte[] file = written(
                1_000,
                ALL,
                "42",
                "-1.50",
                "1e+20",
                "t",
                "2026-11-21",
                "2026-11-21 10:15:30.123+00",
                "{\"a\": 1}",
                "1 day",
                "\u00fc <b>&amp;",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                "9223372036854775807",
                "NaN",
                "Infinity",
                "f",
                "0044-03-15 BC",
                "infinity",
                "1",
                "x",
                "");

        try (var workbook = new XSSFWorkbook(new ByteArrayInputStream(file))) {
            XSSFSheet sheet = workbook.getSheet("events");
            assertThat(texts(sheet, 0)).containsExactly("a", "b", "c", "d", "e", "f", "g", "h", "i");
            assertThat(cell(sheet, 0, 0).getCellStyle().getFontIndex())
                    .isNotEqualTo(cell(sheet, 1, 0).getCellStyle().getFontIndex());
            assertThat(cell(sheet, 1, 0).getNumericCellValue()).isEqualTo(42);
            assertThat(cell(sheet, 1, 1).getNumericCellValue()).isEqualTo(-1.5);
            assertThat(cell(sheet, 1, 2).getNumericCellValue()).isEqualTo(1e20);
            assertThat(cell(sheet, 1, 3).getBooleanCellValue()).isTrue();
            assertThat(DateUtil.isCellDateFormatted(cell(sheet, 1, 4))).isTrue();
            assertThat(cell(sheet, 1, 4).getLocalDateTimeCellValue()).isEqualTo(LocalDateTime.of(2026, 11, 21, 0, 0));
            assertThat(DateUtil.isCellDateFormatted(cell(sheet, 1, 5))).isTrue();
            assertThat(cell(sheet, 1, 5).getLocalDateTimeCellValue())
                    .isEqualTo(LocalDateTime.of(2026, 11, 21, 10, 15, 30, 123_000_000));
            assertThat(cell(sheet, 1, 8).getStringCellValue()).isEqualTo("\u00fc <b>&amp;");
            assertThat((Iterable<Cell>) sheet.getRow(2)).allMatch(cell -> cell.getCellType() == CellType.BLANK);
            assertThat(texts(sheet, 3))
                    .containsExactly(
                            "9223372036854775807",
                            "NaN",
                            "Infinity",
                            "FALSE",
                            "0044-03-15 BC",
                            "infinity",
                            "1",
                            "x",
                            "");
            assertThat(workbook.getProperties().getCoreProperties().getTitle()).isEqualTo("events");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "123456789012345, true",
        "1234567890123456, false",
        "-0.00012345678901234, true",
        "1.000000000000000000, true",
        "1234567890.1234567, false",
        "0, true",
        "0.00, true"
    })
    void keepsDigitsThatASpreadsheetWouldLoseAsText(String number, boolean isNumber) throws IOException {
        byte[] file = written(1_000, List.of(ColumnKind.DECIMAL), number);

        try (var workbook = new XSSFWorkbook(new ByteArrayInputStream(file))) {
            assertThat(cell(workbook.getSheetAt(0), 1, 0).getCellType())
                    .isEqualTo(isNumber ? CellType.NUMERIC : CellType.STRING);
        }
    }

    @Test
    void everyTextIsReadAsItWas() throws IOException {
        String[] texts = {
            " edges ",
            "a\r\nb",
            "\t",
            "\u0001\u001F",
            "_x0041_",
            "_x004_ _X0041_ __x0041__",
            "]]>",
            "\uFFFE\uFFFF\uFFFD",
            "\uD83D\uDE00",
            "=1+1",
            "\u2028",
            "x".repeat(32_767)
        };
        byte[] file = written(1_000, List.of(ColumnKind.TEXT), texts);

        try (var workbook = new XSSFWorkbook(new ByteArrayInputStream(file))) {
            for (int i = 0; i < texts.length; i++) {
                assertThat(cell(workbook.getSheetAt(0), i + 1, 0).getStringCellValue())
                        .as("text %s", i)
                        .isEqualTo(texts[i]);
            }
        }
    }

    @Test
    void goesOnInAnotherSheetWhereOneIsFull() throws IOException {
        String[] rows = java.util.stream.IntStream.range(0, 11)
                .mapToObj(String::valueOf)
                .toArray(String[]::new);
        byte[] file = written(5, List.of(ColumnKind.WHOLE), rows);

        try (var workbook = new XSSFWorkbook(new ByteArrayInputStream(file))) {
            assertThat(workbook.getNumberOfSheets()).isEqualTo(3);
            assertThat(workbook.getSheetName(2)).isEqualTo("events 3");
            assertThat(workbook.getSheetAt(0).getPhysicalNumberOfRows()).isEqualTo(5);
            assertThat(workbook.getSheetAt(2).getPhysicalNumberOfRows()).isEqualTo(4);
            assertThat(cell(workbook.getSheetAt(2), 0, 0).getStringCellValue()).isEqualTo("a");
            assertThat(cell(workbook.getSheetAt(2), 3, 0).getNumericCellValue()).isEqualTo(10);
        }
    }

    /** Read as a stream of XML, since a workbook of that size is no thing to hold. */
    @Test
    void noSheetHasMoreRowsThanSpreadsheetsRead() throws IOException {
        int rows = XlsxFormat.MOST_ROWS + 10;
        int ofBatch = 4_096;
        var out = new Out();
        var format = new XlsxFormat(XlsxFormat.MOST_ROWS);
        try (var encoding = format.encoding(Batches.order(DatasetSpec.Format.XLSX, 1, Batches.RFC), out)) {
            encoding.begin();
            for (int done = 0; done < rows; done += ofBatch) {
                String[] cells = new String[Math.min(ofBatch, rows - done)];
                Arrays.fill(cells, "7");
                encoding.rows(Batches.of(List.of(ColumnKind.WHOLE), cells));
            }
            encoding.end();
        }

        assertThat(rowsOfSheets(out.take())).containsExactly(XlsxFormat.MOST_ROWS, 12);
    }

    @Test
    void aWorkbookThatBrokeOffIsNone() throws Exception {
        var out = new Out();
        var encoding = new XlsxFormat(1_000).encoding(Batches.order(DatasetSpec.Format.XLSX, 1, Batches.RFC), out);
        encoding.begin();
        encoding.rows(Batches.of(List.of(ColumnKind.TEXT), "x"));
        encoding.close();

        byte[] broken = out.take();
        assertThat(broken).isNotEmpty();
        assertThatThrownBy(() -> new XSSFWorkbook(new ByteArrayInputStream(broken)))
                .isInstanceOf(Exception.class);
    }

    @Test
    void refusesACellThatIsTooLong() {
        assertThatThrownBy(() -> written(1_000, List.of(ColumnKind.TEXT), "x".repeat(32_768)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().detail()).contains("'a'", "32767", "csv"));
        assertThatThrownBy(() -> written(1_000, List.of(ColumnKind.TEXT), "\uD83D\uDE00".repeat(16_384)))
                .isInstanceOf(ProblemException.class);
        assertThat(written(1_000, List.of(ColumnKind.TEXT), "\u00fc".repeat(32_767)))
                .isNotEmpty();
    }

    private static byte[] written(
            int rowsOfSheet, List<ColumnKind> kinds, @org.jspecify.annotations.Nullable String... cells) {
        return Batches.written(
                new XlsxFormat(rowsOfSheet),
                Batches.order(DatasetSpec.Format.XLSX, kinds.size(), Batches.RFC),
                Batches.of(kinds, cells));
    }

    private static List<Integer> rowsOfSheets(byte[] file) throws IOException {
        var rows = new java.util.ArrayList<Integer>();
        try (var zip = new ZipInputStream(new ByteArrayInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().startsWith("xl/worksheets/")) {
                    rows.add(count(zip));
                }
            }
        }
        return rows;
    }

    /** Of ends of rows. */
    private static int count(ZipInputStream zip) throws IOException {
        byte[] end = "</row>".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        byte[] buffer = new byte[64 * 1024];
        int count = 0;
        int matched = 0;
        for (int read = zip.read(buffer); read > 0; read = zip.read(buffer)) {
            for (int i = 0; i < read; i++) {
                matched = buffer[i] == end[matched] ? matched + 1 : buffer[i] == end[0] ? 1 : 0;
                if (matched == end.length) {
                    count++;
                    matched = 0;
                }
            }
        }
        return count;
    }

    private static Cell cell(XSSFSheet sheet, int row, int column) {
        return sheet.getRow(row).getCell(column);
    }

    private static List<String> texts(XSSFSheet sheet, int row) {
        var texts = new java.util.ArrayList<String>();
        for (Cell cell : sheet.getRow(row)) {
            texts.add(cell.getCellType() == CellType.BOOLEAN ? cell.toString() : cell.getStringCellValue());
        }
        return texts;
    }
}

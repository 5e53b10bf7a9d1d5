package io.headgate.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellType;
import org.apache.poi.ss.usermodel.DateUtil;
import org.apache.poi.xssf.usermodel.XSSFSheet;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
        String[] rows = IntStream.range(0, 11).mapToObj(String::valueOf).toArray(String[]::new);
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

    @Test
    void moreRowsThanASheetHoldsAreAllThereInSeveral(@TempDir Path directory) throws Exception {
        int rows = XlsxFormat.MOST_ROWS + 10;
        Path file = directory.resolve("events.xlsx");
        try (OutputStream target = Files.newOutputStream(file)) {
            write(rows, target);
        }

        List<Integer> ofSheets = new ArrayList<>();
        var written = new AtomicInteger();
        try (var workbook = new PlainWorkbook(file)) {
            Map<String, String> sheets = workbook.sheets();
            assertThat(sheets.keySet()).containsExactly("events", "events 2");
            for (String sheet : sheets.values()) {
                ofSheets.add(read(workbook, sheet, written));
            }
        }
        assertThat(ofSheets).containsExactly(XlsxFormat.MOST_ROWS, 12);
        assertThat(written).hasValue(rows);
    }

    private static void write(int rows, OutputStream target) throws IOException {
        int ofBatch = 4_096;
        var out = new Out();
        var format = new XlsxFormat(XlsxFormat.MOST_ROWS);
        try (var encoding = format.encoding(Batches.order(DatasetSpec.Format.XLSX, 2, Batches.RFC), out)) {
            encoding.begin();
            for (int done = 0; done < rows; done += ofBatch) {
                encoding.rows(Batches.of(
                        List.of(ColumnKind.WHOLE, ColumnKind.TEXT),
                        IntStream.range(done, Math.min(done + ofBatch, rows))
                                .boxed()
                                .flatMap(i -> row(i).stream())
                                .toArray(String[]::new)));
                out.drainTo(target);
            }
            encoding.end();
            out.drainTo(target);
        }
    }

    private static List<String> row(int number) {
        return List.of(String.valueOf(number), "<label " + number + ">");
    }

    /** @return how many rows the sheet has, with its header */
    private static int read(PlainWorkbook workbook, String sheet, AtomicInteger expected) throws Exception {
        var read = new AtomicInteger();
        workbook.rows(sheet, row -> {
            List<String> right = read.getAndIncrement() == 0 ? List.of("a", "b") : row(expected.getAndIncrement());
            if (!row.equals(right)) { // a million assertions would take longer than all the rest
                assertThat(row).as("row %s of %s", read, sheet).isEqualTo(right);
            }
        });
        return read.get();
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

    private static Cell cell(XSSFSheet sheet, int row, int column) {
        return sheet.getRow(row).getCell(column);
    }

    private static List<String> texts(XSSFSheet sheet, int row) {
        var texts = new ArrayList<String>();
        for (Cell cell : sheet.getRow(row)) {
            texts.add(cell.getCellType() == CellType.BOOLEAN ? cell.toString() : cell.getStringCellValue());
        }
        return texts;
    }
}

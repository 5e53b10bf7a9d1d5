package io.headgate.export;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.apache.poi.ss.usermodel.CellStyle;
import org.apache.poi.ss.usermodel.Font;
import org.apache.poi.xssf.usermodel.XSSFSheet;
import org.apache.poi.xssf.usermodel.XSSFWorkbook;

/** All of a workbook but its rows, as POI writes it: styles, names of sheets, properties, and what ties them together. */
final class XlsxShell {

    static final int HEADER_STYLE = 1;
    static final int DAY_STYLE = 2;
    static final int MOMENT_STYLE = 3;

    private static final String SHEETS = "xl/worksheets/sheet";
    private static final String ROWS = "<sheetData/>";
    private static final String DIMENSION = "<dimension ref=\"A1\"/>";
    private static final int COLUMN_WIDTH = 18;
    /** A sheet's name has 31 characters at most; its number follows. */
    private static final int NAME_LENGTH = 24;

    private final String title;
    private final byte[] beforeRows;
    private final byte[] afterRows;

    XlsxShell(String dataset) {
        this.title = dataset;
        String sheet = sheet(workbook(1));
        int rows = sheet.indexOf(ROWS);
        if (rows < 0) {
            throw new IllegalStateException("an empty sheet without " + ROWS);
        }
        beforeRows = utf8(sheet.substring(0, rows).replace(DIMENSION, "") + "<sheetData>");
        afterRows = utf8("</sheetData>" + sheet.substring(rows + ROWS.length()));
    }

    byte[] beforeRows() {
        return beforeRows;
    }

    byte[] afterRows() {
        return afterRows;
    }

    /** @param sheets that the zip has already */
    void write(int sheets, ZipOutputStream zip) throws IOException {
        try (var parts = new ZipInputStream(new ByteArrayInputStream(workbook(sheets)))) {
            for (ZipEntry part = parts.getNextEntry(); part != null; part = parts.getNextEntry()) {
                if (!part.getName().startsWith(SHEETS)) {
                    zip.putNextEntry(new ZipEntry(part.getName()));
                    parts.transferTo(zip);
                    zip.closeEntry();
                }
            }
        }
    }

    private byte[] workbook(int sheets) {
        try (var workbook = new XSSFWorkbook();
                var bytes = new ByteArrayOutputStream()) {
            style(workbook);
            for (int number = 1; number <= sheets; number++) {
                XSSFSheet sheet = workbook.createSheet(name(number));
                sheet.createFreezePane(0, 1);
                sheet.setDefaultColumnWidth(COLUMN_WIDTH);
            }
            workbook.getProperties().getCoreProperties().setTitle(title);
            workbook.getProperties().getCoreProperties().setCreator("Headgate");
            workbook.write(bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void style(XSSFWorkbook workbook) {
        Font bold = workbook.createFont();
        bold.setBold(true);
        CellStyle header = workbook.createCellStyle();
        header.setFont(bold);
        var formats = workbook.createDataFormat();
        CellStyle day = workbook.createCellStyle();
        day.setDataFormat(formats.getFormat("yyyy-mm-dd"));
        CellStyle moment = workbook.createCellStyle();
        moment.setDataFormat(formats.getFormat("yyyy-mm-dd hh:mm:ss.000"));
        if (header.getIndex() != HEADER_STYLE || day.getIndex() != DAY_STYLE || moment.getIndex() != MOMENT_STYLE) {
            throw new IllegalStateException("styles at " + header.getIndex() + ", " + day.getIndex() + ", "
                    + moment.getIndex() + " (expected: 1, 2, 3)");
        }
    }

    private String name(int number) {
        String name = title.substring(0, Math.min(title.length(), NAME_LENGTH));
        return number == 1 ? name : name + " " + number;
    }

    private static String sheet(byte[] workbook) {
        try (var parts = new ZipInputStream(new ByteArrayInputStream(workbook))) {
            for (ZipEntry part = parts.getNextEntry(); part != null; part = parts.getNextEntry()) {
                if (part.getName().startsWith(SHEETS)) {
                    return new String(parts.readAllBytes(), StandardCharsets.UTF_8);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("a workbook without a sheet");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

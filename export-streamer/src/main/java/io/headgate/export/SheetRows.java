package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes rows of a sheet. Texts stand in their cells and never in a table of their own, which would have to be held until
 * the end; a cell is found by its place in the row.
 */
final class SheetRows {

    private static final int MOST_CHARACTERS = 32_767;
    /** What a spreadsheet computes with; a longer number keeps all its digits as a text. */
    private static final int MOST_DIGITS = 15;

    private static final byte[] TEXT = ascii("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    private static final byte[] HEADER =
            ascii("<c t=\"inlineStr\" s=\"" + XlsxShell.HEADER_STYLE + "\"><is><t xml:space=\"preserve\">");
    private static final byte[] TEXT_END = ascii("</t></is></c>");
    private static final byte[] NUMBER = ascii("<c><v>");
    private static final byte[] DAY = ascii("<c s=\"" + XlsxShell.DAY_STYLE + "\"><v>");
    private static final byte[] MOMENT = ascii("<c s=\"" + XlsxShell.MOMENT_STYLE + "\"><v>");
    private static final byte[] NUMBER_END = ascii("</v></c>");
    private static final byte[] TRUE = ascii("<c t=\"b\"><v>1</v></c>");
    private static final byte[] FALSE = ascii("<c t=\"b\"><v>0</v></c>");
    private static final byte[] EMPTY = ascii("<c/>");
    private static final byte[] ROW = ascii("<row>");
    private static final byte[] ROW_END = ascii("</row>");

    private final Out xml;
    private final Out number = new Out();

    SheetRows(Out xml) {
        this.xml = xml;
    }

    void header(List<String> columns) {
        xml.write(ROW);
        for (String column : columns) {
            byte[] name = column.getBytes(StandardCharsets.UTF_8);
            xml.write(HEADER);
            XmlText.write(name, 0, name.length, xml);
            xml.write(TEXT_END);
        }
        xml.write(ROW_END);
    }

    /** @param names of the columns, to tell of the one that has a cell too long */
    void row(RowBatch rows, int row, List<String> names) {
        xml.write(ROW);
        int first = row * rows.columns();
        for (int column = 0; column < rows.columns(); column++) {
            int cell = first + column;
            if (rows.isNull(cell)) {
                xml.write(EMPTY);
            } else {
                requireShort(rows, cell, names.get(column));
                value(rows.kinds().get(column), rows.bytes(), rows.start(cell), rows.end(cell));
            }
        }
        xml.write(ROW_END);
    }

    private void value(ColumnKind kind, byte[] text, int from, int end) {
        switch (kind) {
            case BOOLEAN -> xml.write(text[from] == 't' ? TRUE : FALSE);
            case WHOLE, DECIMAL -> number(text, from, end, isExact(text, from, end));
            case FLOATING -> number(text, from, end, isDigit(text[end - 1]));
            case DATE -> time(DAY, text, from, end);
            case TIMESTAMP, TIMESTAMP_WITH_ZONE -> time(MOMENT, text, from, end);
            case JSON, OTHER, TEXT -> text(text, from, end);
        }
    }

    private void number(byte[] text, int from, int end, boolean isNumber) {
        if (isNumber) {
            xml.write(NUMBER);
            xml.write(text, from, end - from);
            xml.write(NUMBER_END);
        } else {
            text(text, from, end);
        }
    }

    private void time(byte[] before, byte[] text, int from, int end) {
        number.clear();
        if (Times.serial(text, from, end, number)) {
            xml.write(before);
            xml.write(number.bytes(), 0, number.length());
            xml.write(NUMBER_END);
        } else {
            text(text, from, end);
        }
    }

    private void text(byte[] text, int from, int end) {
        xml.write(TEXT);
        XmlText.write(text, from, end, xml);
        xml.write(TEXT_END);
    }

    /** Whether a spreadsheet keeps every digit; zeros before the first and after the last say nothing. */
    private static boolean isExact(byte[] text, int from, int end) {
        int digits = 0;
        int zeros = 0;
        boolean isFraction = false;
        for (int i = from; i < end; i++) {
            byte c = text[i];
            if (c == '.') {
                isFraction = true;
            } else if (isDigit(c)) {
                digits += digits > 0 || c != '0' ? 1 : 0;
                zeros = c == '0' ? zeros + 1 : 0;
            } else if (c != '-') {
                return false;
            }
        }
        return digits - (isFraction ? Math.min(zeros, digits) : 0) <= MOST_DIGITS;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    private static void requireShort(RowBatch rows, int cell, String column) {
        int from = rows.start(cell);
        int end = rows.end(cell);
        if (end - from > MOST_CHARACTERS && characters(rows.bytes(), from, end) > MOST_CHARACTERS) {
            throw Problem.of(
                            ProblemType.EXPORT_TOO_LARGE,
                            "A row has more characters in '" + column
                                    + "' than a cell of a workbook holds (expected: at most " + MOST_CHARACTERS
                                    + "): export as csv, or without that column.")
                    .asException();
        }
    }

    /** As workbooks count them: what lies beyond the first plane counts twice. */
    private static int characters(byte[] text, int from, int end) {
        int characters = 0;
        for (int i = from; i < end; i++) {
            int c = text[i] & 0xFF;
            characters += c >= 0xF0 ? 2 : (c & 0xC0) == 0x80 ? 0 : 1;
        }
        return characters;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

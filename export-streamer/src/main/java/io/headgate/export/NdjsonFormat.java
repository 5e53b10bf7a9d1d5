package io.headgate.export;

import io.headgate.api.DatasetSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One JSON object a line. Numbers are written with all their digits, JSON columns as the JSON that they hold; what JSON has
 * no number for, {@code NaN} and the infinite, is a string.
 */
final class NdjsonFormat implements ExportFormat {

    @Override
    public DatasetSpec.Format format() {
        return DatasetSpec.Format.NDJSON;
    }

    @Override
    public String mediaType() {
        return "application/x-ndjson";
    }

    @Override
    public String extension() {
        return "ndjson";
    }

    @Override
    public Encoding encoding(ExportOrder order, Out out) {
        return new Writing(order.columns(), out);
    }

    private static final class Writing implements Encoding {

        private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

        private final Out out;
        /** What stands before each value: the name, and what separates it. */
        private final byte[][] names;

        Writing(List<String> columns, Out out) {
            this.out = out;
            this.names = new byte[columns.size()][];
            for (int column = 0; column < names.length; column++) {
                names[column] = name(column == 0 ? '{' : ',', columns.get(column));
            }
        }

        private static byte[] name(char before, String column) {
            var name = new Out();
            byte[] text = column.getBytes(StandardCharsets.UTF_8);
            name.write(before);
            string(text, 0, text.length, name);
            name.write(':');
            return name.take();
        }

        @Override
        public void begin() {}

        @Override
        public void rows(RowBatch rows) {
            int cell = 0;
            for (int row = 0; row < rows.rows(); row++) {
                for (int column = 0; column < rows.columns(); column++, cell++) {
                    out.write(names[column]);
                    if (rows.isNull(cell)) {
                        out.text("null");
                    } else {
                        value(rows.kinds().get(column), rows.bytes(), rows.start(cell), rows.end(cell));
                    }
                }
                out.text("}\n");
            }
        }

        @Override
        public void end() {}

        private void value(ColumnKind kind, byte[] text, int from, int end) {
            switch (kind) {
                case BOOLEAN -> out.text(text[from] == 't' ? "true" : "false");
                case WHOLE -> out.write(text, from, end - from);
                case DECIMAL, FLOATING -> number(text, from, end);
                case TIMESTAMP, TIMESTAMP_WITH_ZONE -> {
                    out.write('"');
                    Times.iso(text, from, end, out);
                    out.write('"');
                }
                case JSON -> json(text, from, end);
                case DATE, OTHER, TEXT -> string(text, from, end, out);
            }
        }

        private void number(byte[] text, int from, int end) {
            byte last = text[end - 1];
            if (last >= '0' && last <= '9') {
                out.write(text, from, end - from);
            } else {
                string(text, from, end, out);
            }
        }

        /** A line break in JSON can stand between its words only, where a blank does as well. */
        private void json(byte[] text, int from, int end) {
            for (int i = from; i < end; i++) {
                out.write(text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
            }
        }

        private static void string(byte[] text, int from, int end, Out out) {
            out.write('"');
            int copied = from;
            for (int i = from; i < end; i++) {
                byte c = text[i];
                if (c == '"' || c == '\\' || c >= 0 && c < ' ') {
                    out.write(text, copied, i - copied);
                    escaped(c, out);
                    copied = i + 1;
                }
            }
            out.write(text, copied, end - copied);
            out.write('"');
        }

        private static void escaped(byte c, Out out) {
            out.write('\\');
            switch (c) {
                case '"', '\\' -> out.write(c);
                case '\n' -> out.write('n');
                case '\r' -> out.write('r');
                case '\t' -> out.write('t');
                default -> {
                    out.text("u00");
                    out.write(HEX[c >> 4]);
                    out.write(HEX[c & 15]);
                }
            }
        }
    }
}

package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Comma-separated values: after RFC 4180, or byte for byte as PostgreSQL's {@code COPY ... CSV HEADER} writes them. */
final class CsvFormat implements ExportFormat {

    @Override
    public DatasetSpec.Format format() {
        return DatasetSpec.Format.CSV;
    }

    @Override
    public String mediaType() {
        return "text/csv; charset=utf-8; header=present";
    }

    @Override
    public String extension() {
        return "csv";
    }

    @Override
    public Encoding encoding(ExportOrder order, Out out) {
        return new Writing(order.csv(), order.columns(), out);
    }

    private static final class Writing implements Encoding {

        private static final byte[] BOM = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
        /** It would end the data for old clients, where it stands alone on a line. */
        private static final byte[] END_OF_DATA = {'\\', '.'};

        private final List<String> columns;
        private final Out out;
        private final boolean isPlain;
        private final boolean isGuarded;
        private final boolean hasBom;
        private final byte delimiter;
        private final byte[] nullText;
        private final byte[] eol;
        private final boolean[] needsQuotes = new boolean[256];
        private final Out scratch = new Out();

        Writing(Csv csv, List<String> columns, Out out) {
            this.columns = columns;
            this.out = out;
            this.isPlain = csv.dialect() == Dialect.POSTGRES;
            this.isGuarded = csv.guard();
            this.hasBom = csv.bom();
            this.delimiter = (byte) csv.delimiter();
            this.nullText = csv.nullText().getBytes(StandardCharsets.UTF_8);
            this.eol = csv.eol() == Eol.CRLF ? new byte[] {'\r', '\n'} : new byte[] {'\n'};
            for (char c : new char[] {csv.delimiter(), '"', '\r', '\n'}) {
                needsQuotes[c] = true;
            }
        }

        @Override
        public void begin() {
            if (hasBom) {
                out.write(BOM);
            }
            for (int column = 0; column < columns.size(); column++) {
                separate(column);
                byte[] name = columns.get(column).getBytes(StandardCharsets.UTF_8);
                cell(name, 0, name.length);
            }
            out.write(eol);
        }

        @Override
        public void rows(RowBatch rows) {
            int cell = 0;
            for (int row = 0; row < rows.rows(); row++) {
                for (int column = 0; column < rows.columns(); column++, cell++) {
                    separate(column);
                    if (rows.isNull(cell)) {
                        out.write(nullText);
                    } else {
                        value(rows.kinds().get(column), rows.bytes(), rows.start(cell), rows.end(cell));
                    }
                }
                out.write(eol);
            }
        }

        @Override
        public void end() {}

        private void separate(int column) {
            if (column > 0) {
                out.write(delimiter);
            }
        }

        private void value(ColumnKind kind, byte[] text, int from, int end) {
            if (kind == ColumnKind.TEXT && isGuarded && Formulas.begin(text, from, end)) {
                out.write('"');
                out.write('\'');
                inQuotes(text, from, end);
            } else if (isPlain || kind != ColumnKind.BOOLEAN && !kind.isTime()) {
                cell(text, from, end);
            } else {
                scratch.clear();
                if (kind == ColumnKind.BOOLEAN) {
                    scratch.text(text[from] == 't' ? "true" : "false");
                } else {
                    Times.iso(text, from, end, scratch);
                }
                cell(scratch.bytes(), 0, scratch.length());
            }
        }

        /** Quotes keep a text apart from NULL, too, where the two would look the same. */
        private void cell(byte[] text, int from, int end) {
            if (isQuoted(text, from, end) || isText(nullText, text, from, end)) {
                out.write('"');
                inQuotes(text, from, end);
            } else {
                out.write(text, from, end - from);
            }
        }

        private boolean isQuoted(byte[] text, int from, int end) {
            for (int i = from; i < end; i++) {
                if (needsQuotes[text[i] & 0xFF]) {
                    return true;
                }
            }
            return columns.size() == 1 && isText(END_OF_DATA, text, from, end);
        }

        private void inQuotes(byte[] text, int from, int end) {
            int copied = from;
            for (int i = from; i < end; i++) {
                if (text[i] == '"') {
                    out.write(text, copied, i + 1 - copied);
                    copied = i; // once more, with what follows
                }
            }
            out.write(text, copied, end - copied);
            out.write('"');
        }

        private static boolean isText(byte[] wanted, byte[] text, int from, int end) {
            return end - from == wanted.length && Arrays.equals(wanted, 0, wanted.length, text, from, end);
        }
    }
}

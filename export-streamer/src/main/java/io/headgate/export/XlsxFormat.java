package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A workbook whose rows leave as they come: straight into the compressed sheet, which the shell is put around at the end.
 * Where a sheet is full the next one begins.
 */
final class XlsxFormat implements ExportFormat {

    /** What a sheet of a workbook holds, with its header. */
    static final int MOST_ROWS = 1_048_576;

    private final int rowsOfSheet;

    /** @param rowsOfSheet with the header */
    XlsxFormat(int rowsOfSheet) {
        this.rowsOfSheet = rowsOfSheet;
    }

    @Override
    public DatasetSpec.Format format() {
        return DatasetSpec.Format.XLSX;
    }

    @Override
    public String mediaType() {
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    }

    @Override
    public String extension() {
        return "xlsx";
    }

    @Override
    public boolean isCompressed() {
        return true;
    }

    @Override
    public Encoding encoding(ExportOrder order, Out out) {
        return new Writing(new XlsxShell(order.dataset().name()), order.columns(), rowsOfSheet, out);
    }

    private static final class Zip extends ZipOutputStream {

        private static final int BUFFER = 16 * 1024;

        Zip(OutputStream target) {
            super(target);
            setLevel(Deflater.BEST_SPEED);
            buf = new byte[BUFFER];
        }

        /** Leaves without a directory, so that nobody takes what was written for whole. */
        void abandon() {
            def.end();
        }
    }

    private static final class Writing implements Encoding {

        /** From here on the zip would need its large form, which spreadsheets do not read from a stream. */
        private static final long MOST_BYTES = 0xFFFF_FFFFL - (64 << 20);

        private final XlsxShell shell;
        private final List<String> columns;
        private final int rowsOfSheet;
        private final Out out;
        private final Zip zip;
        private final Out xml = new Out();
        private final SheetRows sheet = new SheetRows(xml);
        private int sheets;
        private int rowsInSheet;
        private long bytesInSheet;
        private long taken;

        Writing(XlsxShell shell, List<String> columns, int rowsOfSheet, Out out) {
            this.shell = shell;
            this.columns = columns;
            this.rowsOfSheet = rowsOfSheet;
            this.out = out;
            this.zip = new Zip(out);
        }

        @Override
        public void begin() throws IOException {
            beginSheet();
        }

        @Override
        public void rows(RowBatch rows) throws IOException {
            for (int row = 0; row < rows.rows(); row++) {
                if (rowsInSheet == rowsOfSheet || bytesInSheet + xml.length() > MOST_BYTES) {
                    endSheet();
                    beginSheet();
                }
                sheet.row(rows, row, columns);
                rowsInSheet++;
            }
            drain();
            taken += out.length();
            if (taken > MOST_BYTES) {
                throw Problem.of(
                                ProblemType.EXPORT_TOO_LARGE,
                                "The workbook is larger than spreadsheets read: export as csv.")
                        .asException();
            }
        }

        @Override
        public void end() throws IOException {
            endSheet();
            shell.write(sheets, zip);
            zip.finish();
        }

        private void beginSheet() throws IOException {
            sheets++;
            zip.putNextEntry(new ZipEntry("xl/worksheets/sheet" + sheets + ".xml"));
            xml.write(shell.beforeRows());
            sheet.header(columns);
            rowsInSheet = 1;
            bytesInSheet = 0;
        }

        private void endSheet() throws IOException {
            xml.write(shell.afterRows());
            drain();
            zip.closeEntry();
        }

        private void drain() throws IOException {
            bytesInSheet += xml.length();
            xml.drainTo(zip);
        }

        @Override
        public void close() {
            zip.abandon();
        }
    }
}

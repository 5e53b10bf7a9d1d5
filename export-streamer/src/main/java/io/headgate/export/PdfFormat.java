package io.headgate.export;

import io.headgate.api.DatasetSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.openpdf.text.Document;
import org.openpdf.text.DocumentException;
import org.openpdf.text.Font;
import org.openpdf.text.HeaderFooter;
import org.openpdf.text.PageSize;
import org.openpdf.text.Paragraph;
import org.openpdf.text.Phrase;
import org.openpdf.text.pdf.BaseFont;
import org.openpdf.text.pdf.PdfPTable;
import org.openpdf.text.pdf.PdfWriter;

/** A table over pages, for people to read: pages leave as they fill. It holds few rows, since nobody reads many. */
final class PdfFormat implements ExportFormat {

    private final int maxRows;

    PdfFormat(int maxRows) {
        this.maxRows = maxRows;
    }

    @Override
    public DatasetSpec.Format format() {
        return DatasetSpec.Format.PDF;
    }

    @Override
    public String mediaType() {
        return "application/pdf";
    }

    @Override
    public String extension() {
        return "pdf";
    }

    @Override
    public boolean isCompressed() {
        return true;
    }

    @Override
    public long maxRows() {
        return maxRows;
    }

    @Override
    public Encoding encoding(ExportOrder order, Out out) {
        return new Writing(order, out);
    }

    private static final class Writing implements Encoding {

        private static final float MARGIN = 28;
        private static final float TEXT_SIZE = 7;
        private static final String TYPEFACE = "liberation/LiberationSans-Regular.ttf";
        /** For what the typeface has no sign of. */
        private static final int REPLACEMENT = '?';

        private final ExportOrder order;
        private final Document document;
        private final BaseFont typeface;
        private final Font font;
        private final Out iso = new Out();
        private PdfPTable table = new PdfPTable(1);
        private boolean hasTable;
        private long rows;
        private long replaced;

        Writing(ExportOrder order, Out out) {
            this.order = order;
            this.typeface = typeface();
            this.font = new Font(typeface, TEXT_SIZE);
            this.document = new Document(PageSize.A4.rotate(), MARGIN, MARGIN, MARGIN, MARGIN);
            PdfWriter.getInstance(document, out);
        }

        /** With the signs that are used, and no others, in the file. */
        private static BaseFont typeface() {
            try (InputStream file = PdfFormat.class.getClassLoader().getResourceAsStream(TYPEFACE)) {
                if (file == null) {
                    throw new IllegalStateException("no " + TYPEFACE);
                }
                return BaseFont.createFont(
                        TYPEFACE, BaseFont.IDENTITY_H, BaseFont.EMBEDDED, false, file.readAllBytes(), null);
            } catch (IOException | DocumentException e) {
                throw new IllegalStateException("cannot read " + TYPEFACE, e);
            }
        }

        @Override
        public void begin() {
            document.addTitle(order.dataset().name());
            var footer = new HeaderFooter(new Phrase(order.dataset().name() + "  ", font), true);
            footer.setBorder(0);
            document.setFooter(footer);
            document.open();
        }

        @Override
        public void rows(RowBatch batch) {
            if (!hasTable) {
                beginTable(batch.kinds());
            }
            int cell = 0;
            for (int row = 0; row < batch.rows(); row++) {
                for (ColumnKind kind : batch.kinds()) {
                    add(batch.isNull(cell) ? "" : text(kind, batch.bytes(), batch.start(cell), batch.end(cell)));
                    cell++;
                }
            }
            rows += batch.rows();
            document.add(table); // what it has gathered goes to the pages, and out
        }

        private void beginTable(List<ColumnKind> kinds) {
            float[] widths = new float[order.columns().size()];
            for (int column = 0; column < widths.length; column++) {
                widths[column] = width(kinds.isEmpty() ? ColumnKind.TEXT : kinds.get(column));
            }
            table = new PdfPTable(widths);
            table.setWidthPercentage(100);
            table.setHeaderRows(1);
            table.setSplitLate(false);
            table.setComplete(false);
            order.columns().forEach(this::add);
            hasTable = true;
        }

        private static float width(ColumnKind kind) {
            return switch (kind) {
                case BOOLEAN -> 1.2f;
                case WHOLE, DECIMAL, FLOATING, DATE -> 2;
                case TIMESTAMP, TIMESTAMP_WITH_ZONE -> 3.2f;
                case OTHER -> 4;
                case JSON, TEXT -> 4.5f;
            };
        }

        private void add(String text) {
            table.addCell(new Phrase(shown(text), font));
        }

        private String text(ColumnKind kind, byte[] text, int from, int end) {
            if (kind == ColumnKind.BOOLEAN) {
                return text[from] == 't' ? "true" : "false";
            }
            if (kind.isTime()) {
                iso.clear();
                Times.iso(text, from, end, iso);
                return new String(iso.bytes(), 0, iso.length(), StandardCharsets.UTF_8);
            }
            return new String(text, from, end - from, StandardCharsets.UTF_8);
        }

        /** A sign that the typeface does not have would be left out without a word. */
        private String shown(String text) {
            if (text.codePoints().allMatch(this::isShown)) {
                return text;
            }
            var shown = new StringBuilder(text.length());
            text.codePoints().forEach(sign -> {
                boolean isShown = isShown(sign);
                replaced += isShown ? 0 : 1;
                shown.appendCodePoint(isShown ? sign : REPLACEMENT);
            });
            return shown.toString();
        }

        private boolean isShown(int sign) {
            return sign == '\n' || sign <= Character.MAX_VALUE && sign >= ' ' && typeface.charExists(sign);
        }

        @Override
        public void end() {
            if (!hasTable) {
                beginTable(List.of());
                table.setHeaderRows(0); // a header over nothing would be left out
            }
            table.setComplete(true);
            document.add(table);
            document.add(new Paragraph(rows + (rows == 1 ? " row" : " rows") + told(), font));
            document.close();
        }

        private String told() {
            return replaced == 0
                    ? ""
                    : "; " + replaced + " characters are not in this document's typeface and stand as '?': export as"
                            + " csv to have them";
        }
    }
}

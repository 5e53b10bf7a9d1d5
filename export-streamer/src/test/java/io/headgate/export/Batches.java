package io.headgate.export;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ResourceId;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.export.ExportOrder.Dialect;
import io.headgate.export.ExportOrder.Eol;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rows as a cursor would hand them out, and orders for them. */
final class Batches {

    static final Csv RFC = new Csv(Dialect.RFC4180, ',', "", false, Eol.CRLF, true);

    private Batches() {}

    static RowBatch of(List<ColumnKind> kinds, @Nullable String... cells) {
        var bytes = new Out();
        int[] ends = new int[cells.length];
        for (int i = 0; i < cells.length; i++) {
            String cell = cells[i];
            if (cell != null) {
                bytes.text(cell);
            }
            ends[i] = cell == null ? ~bytes.length() : bytes.length();
        }
        return new RowBatch(kinds, cells.length / kinds.size(), bytes.take(), ends);
    }

    /** Columns {@code a}, {@code b} and so on. */
    static ExportOrder order(DatasetSpec.Format format, int columns, Csv csv) {
        return new ExportOrder(
                new ResourceId("platform", "events"),
                "acme",
                "ana",
                "{\"filters\":[]}",
                IntStream.range(0, columns)
                        .mapToObj(i -> String.valueOf((char) ('a' + i)))
                        .toList(),
                format,
                ZoneId.of("UTC"),
                csv,
                false,
                List.of());
    }

    static byte[] written(ExportFormat format, ExportOrder order, RowBatch... batches) {
        var out = new Out();
        try (ExportFormat.Encoding encoding = format.encoding(order, out)) {
            encoding.begin();
            for (RowBatch batch : batches) {
                encoding.rows(batch);
            }
            encoding.end();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.take();
    }

    static String text(ExportFormat format, ExportOrder order, RowBatch... batches) {
        return new String(written(format, order, batches), StandardCharsets.UTF_8);
    }

    static List<ColumnKind> kinds(ColumnKind... kinds) {
        return Arrays.asList(kinds);
    }
}

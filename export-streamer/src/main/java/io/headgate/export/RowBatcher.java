package io.headgate.export;

import io.r2dbc.spi.Row;
import io.r2dbc.spi.RowMetadata;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Gathers the rows of one cursor into batches, on the thread that reads them. The first row is a batch of its own, so that
 * whoever waits sees the first bytes at once.
 */
final class RowBatcher {

    /** Says that rows were taken in, and that there is no batch yet. */
    static final RowBatch NONE = new RowBatch(List.of(), 0, new byte[0], new int[0]);

    private static final int SLACK = 4 * 1024;

    private final int size;
    private List<ColumnKind> kinds = List.of();
    private byte[] bytes = new byte[SLACK];
    private int[] ends = new int[64];
    private int length;
    private int cells;
    private boolean isFirst = true;

    /** @param size of a batch, in bytes */
    RowBatcher(int size) {
        this.size = size;
    }

    /** Answers the batch that this row makes full, or {@link #NONE}. */
    RowBatch add(Row row, RowMetadata metadata) {
        if (kinds.isEmpty()) {
            kinds = kinds(metadata);
        }
        int columns = kinds.size();
        if (cells + columns > ends.length) {
            ends = Arrays.copyOf(ends, Math.max(ends.length * 2, cells + columns));
        }
        for (int column = 0; column < columns; column++) {
            RawText cell = row.get(column, RawText.class);
            if (cell != null) {
                copy(cell);
            }
            ends[cells++] = cell == null ? ~length : length;
        }
        return isFirst || length >= size || cells >= size ? take() : NONE;
    }

    private void copy(RawText cell) {
        int after = Math.addExact(length, cell.length());
        if (after > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(after, (int) Math.min(2L * bytes.length, size + SLACK)));
        }
        cell.copyTo(bytes, length);
        length = after;
    }

    /** What is left when the rows have ended. */
    Optional<RowBatch> rest() {
        return cells == 0 ? Optional.empty() : Optional.of(take());
    }

    private RowBatch take() {
        var batch = new RowBatch(kinds, cells / kinds.size(), bytes, ends);
        bytes = new byte[isFirst ? size + SLACK : Math.clamp(length, SLACK, size + SLACK)];
        ends = new int[Math.max(cells, 64)];
        length = 0;
        cells = 0;
        isFirst = false;
        return batch;
    }

    private static List<ColumnKind> kinds(RowMetadata metadata) {
        return metadata.getColumnMetadatas().stream()
                .map(column ->
                        column.getNativeTypeMetadata() instanceof Integer type ? ColumnKind.of(type) : ColumnKind.TEXT)
                .toList();
    }
}

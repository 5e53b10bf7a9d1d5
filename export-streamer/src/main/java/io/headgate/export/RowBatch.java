package io.headgate.export;

import java.util.List;

/**
 * Some rows, copied out of the driver's buffers so that another thread can have them.
 *
 * @param kinds of the columns
 * @param bytes the cells' text, in UTF-8, one after the other
 * @param ends where each cell ends, row by row; the complement of it where the cell is NULL
 */
record RowBatch(List<ColumnKind> kinds, int rows, byte[] bytes, int[] ends) {

    int columns() {
        return kinds.size();
    }

    boolean isNull(int cell) {
        return ends[cell] < 0;
    }

    int start(int cell) {
        return cell == 0 ? 0 : end(cell - 1);
    }

    int end(int cell) {
        int end = ends[cell];
        return end < 0 ? ~end : end;
    }
}

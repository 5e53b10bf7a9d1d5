package io.headgate.reads;

import io.r2dbc.spi.Row;

/** Columns that are never NULL. */
final class Columns {

    private Columns() {}

    static <T> T get(Row row, String name, Class<T> type) {
        T value = row.get(name, type);
        if (value == null) {
            throw new IllegalStateException(name + ": NULL (expected: a value)");
        }
        return value;
    }
}

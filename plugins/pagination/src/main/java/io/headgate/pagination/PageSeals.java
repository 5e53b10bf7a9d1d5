package io.headgate.pagination;

import java.util.Optional;

/** Makes the cursors of one answer. */
record PageSeals(Cursors cursors, Cursors.Binding binding, int limit) {

    String seal(Position position) {
        return cursors.seal(binding, new Cursor(limit, position));
    }

    /** What stands behind the items: they are {@code data}, in an object that this closes. */
    static String tail(int limit, Optional<String> next, Optional<String> previous) {
        return ",\"page\":{\"limit\":" + limit + ",\"has_more\":" + next.isPresent() + ",\"next_cursor\":"
                + quoted(next) + ",\"prev_cursor\":" + quoted(previous) + "}}";
    }

    private static String quoted(Optional<String> cursor) {
        return cursor.map(text -> "\"" + text + "\"").orElse("null");
    }
}

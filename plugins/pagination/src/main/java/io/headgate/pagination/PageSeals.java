package io.headgate.pagination;

/** Makes the cursors of one answer. */
record PageSeals(Cursors cursors, Cursors.Binding binding, int limit) {

    String seal(Position position) {
        return cursors.seal(binding, new Cursor(limit, position));
    }
}

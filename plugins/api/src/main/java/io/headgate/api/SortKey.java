package io.headgate.api;

/** One field that rows are ordered by. NULL counts as larger than every value: last ascending, first descending. */
public record SortKey(String field, boolean descending) {

    /** As clients write it: {@code -created_at}. */
    public String text() {
        return descending ? "-" + field : field;
    }
}

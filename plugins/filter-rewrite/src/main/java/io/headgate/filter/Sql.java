package io.headgate.filter;

import java.util.List;

/**
 * A statement, or a part of one.
 *
 * @param text with a place {@code $1}, {@code $2} ... for each value
 * @param values in the order of their places, as a driver binds them
 */
public record Sql(String text, List<Object> values) {
    public Sql {
        values = List.copyOf(values);
    }
}

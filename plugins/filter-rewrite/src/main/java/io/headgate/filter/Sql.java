package io.headgate.filter;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
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

    public Statement on(Connection connection) {
        Statement statement = connection.createStatement(text);
        for (int i = 0; i < values.size(); i++) {
            statement.bind(i, values.get(i));
        }
        return statement;
    }
}

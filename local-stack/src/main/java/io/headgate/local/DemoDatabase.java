package io.headgate.local;

import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Row;
import io.r2dbc.spi.Statement;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A demo backend's node of the database. */
final class DemoDatabase {

    private static final int MAX_CONNECTIONS = 8;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
    private static final Duration STATEMENT_LIMIT = Duration.ofSeconds(5);

    private final ConnectionPool pool;

    DemoDatabase(int port) {
        var factory = new PostgresqlConnectionFactory(PostgresqlConnectionConfiguration.builder()
                .host(Ports.HOST)
                .port(port)
                .database(DemoData.DATABASE)
                .username(LocalPostgres.USER)
                .connectTimeout(CONNECT_LIMIT)
                .statementTimeout(STATEMENT_LIMIT)
                .build());
        this.pool = new ConnectionPool(ConnectionPoolConfiguration.builder(factory)
                .initialSize(0)
                .maxSize(MAX_CONNECTIONS)
                .maxAcquireTime(CONNECT_LIMIT)
                .maxIdleTime(Duration.ofMinutes(1))
                .build());
    }

    Flux<ObjectNode> rows(Predicates statement, Map<String, Column> columns) {
        return rows(statement, row -> json(row, columns));
    }

    Mono<Long> number(Predicates statement) {
        return rows(statement, row -> {
                    Long value = row.get(0, Long.class);
                    return value == null ? 0L : value;
                })
                .next();
    }

    private <T> Flux<T> rows(Predicates statement, Function<Row, T> mapping) {
        return Flux.usingWhen(
                pool.create(),
                connection -> Flux.from(bound(connection, statement).execute())
                        .concatMap(result -> result.map((row, metadata) -> mapping.apply(row))),
                Connection::close);
    }

    private static Statement bound(Connection connection, Predicates statement) {
        Statement bound = connection.createStatement(statement.sql());
        List<Object> values = statement.values();
        for (int i = 0; i < values.size(); i++) {
            bound.bind(i, values.get(i));
        }
        return bound;
    }

    private static ObjectNode json(Readable row, Map<String, Column> columns) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        columns.forEach((name, column) -> {
            switch (column.type()) {
                case STRING -> json.put(name, row.get(column.sql(), String.class));
                case INT -> json.put(name, row.get(column.sql(), Long.class));
                case DECIMAL -> json.put(name, row.get(column.sql(), BigDecimal.class));
                case UUID -> json.put(name, text(row.get(column.sql(), UUID.class)));
                case TIMESTAMP -> json.put(name, text(row.get(column.sql(), OffsetDateTime.class)));
            }
        });
        return json;
    }

    private static @Nullable String text(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case OffsetDateTime time -> time.toInstant().toString();
            default -> value.toString();
        };
    }
}

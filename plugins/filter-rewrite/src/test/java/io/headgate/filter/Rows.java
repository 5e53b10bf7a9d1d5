package io.headgate.filter;

import io.headgate.api.Value;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactoryOptions;
import io.r2dbc.spi.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Rows of {@link Examples#SCHEMA} in a database of their own, and what they are known to hold. */
final class Rows implements AutoCloseable {

    private static final String TABLE = """
            CREATE TABLE things (tenant_id text NOT NULL, id bigint PRIMARY KEY, display_name varchar(200),
              label text NOT NULL, status text, key uuid, views bigint, amount numeric, public boolean,
              created_at timestamptz, due date, note text)""";

    private final Map<Long, Map<String, Value>> acme = new HashMap<>();
    private final Connection connection;

    Rows() {
        LocalPostgres postgres = SharedStack.postgres();
        connection = Mono.from(ConnectionFactories.get(
                                ConnectionFactoryOptions.parse(postgres.r2dbcUrl(postgres.createDatabase()))
                                        .mutate()
                                        .option(ConnectionFactoryOptions.USER, LocalPostgres.USER)
                                        .build())
                        .create())
                .blockOptional()
                .orElseThrow();
        run(new Sql(TABLE, List.of()));
        run(new Sql("CREATE INDEX ON things (tenant_id, label COLLATE \"C\", id)", List.of()));
    }

    /** Rows of two tenants, the same in all but the tenant. */
    void fill(int count, Random random) {
        var values = new RandomFilters(random.nextLong());
        for (long id = 1; id <= count; id++) {
            Map<String, Value> row = new HashMap<>();
            Examples.SCHEMA.fields().forEach((name, field) -> {
                if (!field.nullable() || random.nextInt(4) > 0) {
                    row.put(name, values.value(field));
                }
            });
            insert("acme", id, row);
            insert("globex", -id, row);
        }
    }

    void insert(String tenant, long id, Map<String, Value> values) {
        Map<String, Value> row = new HashMap<>(values);
        row.put("id", new Value.Whole(id));
        var insert = new SqlWriter(Examples.SCHEMA).text("INSERT INTO things (tenant_id");
        row.keySet().forEach(name -> insert.text(", " + Examples.SCHEMA.column(name)));
        insert.text(") VALUES (").bind(tenant);
        row.values().forEach(value -> insert.text(", ").bind(value.bound()));
        run(insert.text(")").done());
        if (tenant.equals("acme")) {
            acme.put(id, row);
        }
    }

    void delete(long id) {
        run(new SqlWriter(Examples.SCHEMA)
                .text("DELETE FROM things WHERE id = ")
                .bind(id)
                .done());
        acme.remove(id);
    }

    Map<Long, Map<String, Value>> acme() {
        return acme;
    }

    /** The ids that a statement answers, in its order. */
    List<Long> ids(Sql sql) {
        return rows(sql, row -> row.get(0, Long.class));
    }

    String explained(Sql sql) {
        return String.join("\n", rows(new Sql("EXPLAIN " + sql.text(), sql.values()), row -> row.get(0, String.class)));
    }

    void run(Sql sql) {
        Flux.from(sql.on(connection).execute())
                .concatMap(result -> Mono.from(result.getRowsUpdated()).then())
                .then()
                .block();
    }

    Connection connection() {
        return connection;
    }

    <T> List<T> rows(Sql sql, Function<Row, @org.jspecify.annotations.Nullable T> mapping) {
        return Flux.from(sql.on(connection).execute())
                .concatMap(result -> result.map((row, metadata) -> mapping.apply(row)))
                .collectList()
                .blockOptional()
                .map(ArrayList::new)
                .orElseThrow();
    }

    @Override
    public void close() {
        Mono.from(connection.close()).block();
    }
}

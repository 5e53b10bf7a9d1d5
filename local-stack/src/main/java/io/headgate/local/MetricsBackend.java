package io.headgate.local;

import io.headgate.local.Column.Type;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Metrics of a tenant, as an older API serves them: numbered pages, RSQL, an envelope of its own. */
final class MetricsBackend implements BackendMain.Service {

    static final Map<String, Column> COLUMNS = columns();
    static final Map<String, Column> FILTERABLE = filterable();

    private static final String ROOT = "/api/metrics";
    private static final int DEFAULT_PER_PAGE = 25;
    private static final int MAX_PER_PAGE = 200;
    private static final int MAX_PAGE = 100_000;
    private static final int MAX_SORT = 4;

    private final DemoDatabase database;

    MetricsBackend(DemoDatabase database) {
        this.database = database;
    }

    private static Map<String, Column> columns() {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("id", Column.of("id", Type.INT));
        columns.put("name", Column.of("name", Type.STRING));
        columns.put("unit", Column.of("unit", Type.STRING));
        columns.put("value", Column.of("value", Type.DECIMAL));
        columns.put("recorded_at", Column.of("recorded_at", Type.TIMESTAMP));
        return Collections.unmodifiableMap(columns);
    }

    private static Map<String, Column> filterable() {
        Map<String, Column> columns = new LinkedHashMap<>(COLUMNS);
        columns.put("tenant_id", Column.of("tenant_id", Type.STRING));
        return Collections.unmodifiableMap(columns);
    }

    @Override
    public Mono<BackendAnswer> handle(BackendCall call) {
        if (!call.method().equals("GET")) {
            return Mono.just(BackendAnswer.error(405, "method not allowed"));
        }
        if (call.path().equals(ROOT)) {
            return Mono.defer(() -> list(call));
        }
        if (call.path().startsWith(ROOT + "/")) {
            return Mono.defer(() -> one(call, call.path().substring(ROOT.length() + 1)));
        }
        return Mono.just(BackendAnswer.error(404, "no such resource"));
    }

    private Mono<BackendAnswer> one(BackendCall call, String id) {
        var statement = new Predicates();
        statement
                .append("SELECT * FROM metrics WHERE tenant_id = ")
                .bind(call.caller().tenant())
                .append(" AND id = ")
                .bind(Type.INT.parse(id));
        return database.rows(statement, COLUMNS)
                .next()
                .map(row -> BackendAnswer.of(200, row))
                .defaultIfEmpty(BackendAnswer.error(404, "no such metric"));
    }

    private Mono<BackendAnswer> list(BackendCall call) {
        int page = call.number("page", 1, 1, MAX_PAGE);
        int perPage = call.number("per_page", DEFAULT_PER_PAGE, 1, MAX_PER_PAGE);
        var count = scoped("SELECT count(*) FROM metrics", call);
        var rows = scoped("SELECT * FROM metrics", call)
                .append(" ORDER BY " + Predicates.orderBy(COLUMNS, sort(call), "id"))
                .append(" LIMIT ")
                .bind((long) perPage)
                .append(" OFFSET ")
                .bind((page - 1L) * perPage);
        return Mono.zip(
                database.rows(rows, COLUMNS).collectList(),
                database.number(count),
                (found, total) -> envelope(found, page, perPage, total));
    }

    private static Predicates scoped(String select, BackendCall call) {
        var statement = new Predicates();
        statement
                .append(select)
                .append(" WHERE tenant_id = ")
                .bind(call.caller().tenant());
        String filter = call.parameter("filter", "");
        if (!filter.isEmpty()) {
            statement.append(" AND ");
            Rsql.compile(filter, FILTERABLE, statement);
        }
        return statement;
    }

    private static List<String> sort(BackendCall call) {
        String sort = call.parameter("sort", "");
        List<String> keys = sort.isEmpty() ? List.of() : List.of(sort.split(","));
        if (keys.size() > MAX_SORT) {
            throw new BadRequest("sort: " + keys.size() + " keys (expected: at most " + MAX_SORT + ")");
        }
        return keys;
    }

    private static BackendAnswer envelope(List<ObjectNode> rows, int page, int perPage, long count) {
        ObjectNode envelope = BackendMain.JSON.createObjectNode();
        ArrayNode result = envelope.putArray("result");
        rows.forEach(result::add);
        envelope.putObject("meta")
                .put("page", page)
                .put("per_page", perPage)
                .put("pages", (count + perPage - 1) / perPage)
                .put("count", count);
        return BackendAnswer.of(200, envelope);
    }
}

package io.headgate.local;

import io.headgate.local.Column.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Reports of a tenant: offset pages, JSON filters. Everything is scoped by the caller that the gateway signed. */
final class ReportsBackend implements BackendMain.Service {

    static final Map<String, Column> COLUMNS = columns();
    /** What clients may filter by besides: the gateway adds the tenant to every query. */
    static final Map<String, Column> FILTERABLE = filterable();

    private static final String ROOT = "/api/reports";
    private static final Set<String> STATUSES = Set.of("draft", "active", "trial", "archived");
    private static final List<String> WRITABLE = List.of("name", "status", "owner", "amount", "views");
    private static final int MAX_LIMIT = 500;
    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_OFFSET = 1_000_000;
    private static final int MAX_TEXT = 200;
    private static final int MAX_SORT = 4;

    private final DemoDatabase database;

    ReportsBackend(DemoDatabase database) {
        this.database = database;
    }

    private static Map<String, Column> columns() {
        Map<String, Column> columns = new LinkedHashMap<>();
        columns.put("id", Column.of("id", Type.UUID));
        columns.put("name", Column.of("name", Type.STRING));
        columns.put("status", Column.of("status", Type.STRING));
        columns.put("owner", Column.of("owner", Type.STRING));
        columns.put("amount", Column.of("amount", Type.DECIMAL));
        columns.put("views", Column.of("views", Type.INT));
        columns.put("created_at", Column.of("created_at", Type.TIMESTAMP));
        columns.put("archived_at", new Column("archived_at", Type.TIMESTAMP, true));
        return Collections.unmodifiableMap(columns);
    }

    private static Map<String, Column> filterable() {
        Map<String, Column> columns = new LinkedHashMap<>(COLUMNS);
        columns.put("tenant_id", Column.of("tenant_id", Type.STRING));
        return Collections.unmodifiableMap(columns);
    }

    @Override
    public Mono<BackendAnswer> handle(BackendCall call) {
        return answer(call).map(answer -> answer.deciding(isAllowedByOldRules(call)));
    }

    /**
     * The checks that were here before the policies, which decide nothing any more. They differ in one thing: viewers
     * could list reports, but not query them.
     */
    static boolean isAllowedByOldRules(BackendCall call) {
        boolean isQuery = call.method().equals("QUERY") || call.path().equals(ROOT + "/query");
        if (isQuery) {
            return call.caller().isOneOf("analyst", "editor", "admin");
        }
        return call.method().equals("GET")
                ? call.caller().isOneOf("viewer", "analyst", "editor", "admin")
                : call.caller().isOneOf("editor", "admin");
    }

    private Mono<BackendAnswer> answer(BackendCall call) {
        if (call.path().equals(ROOT)) {
            return switch (call.method()) {
                case "GET" -> Mono.defer(() -> list(call, BackendMain.JSON.createObjectNode()));
                case "QUERY" -> call.body().flatMap(body -> list(call, body));
                case "POST" -> call.body().flatMap(body -> create(call, body));
                default -> notAllowed();
            };
        }
        if (call.path().equals(ROOT + "/query")) {
            return call.method().equals("POST") ? call.body().flatMap(body -> list(call, body)) : notAllowed();
        }
        if (call.path().startsWith(ROOT + "/")) {
            return one(call, call.path().substring(ROOT.length() + 1));
        }
        return Mono.just(BackendAnswer.error(404, "no such resource"));
    }

    private Mono<BackendAnswer> one(BackendCall call, String id) {
        return Mono.defer(() -> {
            Object key = Type.UUID.parse(id);
            return switch (call.method()) {
                case "GET" -> single(whereOne(new Predicates().append("SELECT * FROM reports"), call, key), 200);
                case "PATCH" -> call.body().flatMap(body -> update(call, key, body));
                case "DELETE" ->
                    single(
                                    whereOne(new Predicates().append("DELETE FROM reports"), call, key)
                                            .append(" RETURNING *"),
                                    200)
                            .map(answer -> answer.status() == 200 ? BackendAnswer.empty(204) : answer);
                default -> notAllowed();
            };
        });
    }

    private static Predicates whereOne(Predicates statement, BackendCall call, Object id) {
        return statement
                .append(" WHERE tenant_id = ")
                .bind(call.caller().tenant())
                .append(" AND id = ")
                .bind(id);
    }

    private Mono<BackendAnswer> list(BackendCall call, JsonNode body) {
        JsonNode page = body.path("page");
        int limit = BackendCall.checked("limit", number(call, body, page, "limit", DEFAULT_LIMIT), 1, MAX_LIMIT);
        int offset = BackendCall.checked("offset", number(call, body, page, "offset", 0), 0, MAX_OFFSET);

        var where = new Predicates();
        where.append("SELECT count(*) FROM reports")
                .append(" WHERE tenant_id = ")
                .bind(call.caller().tenant());
        var rows = new Predicates();
        rows.append("SELECT * FROM reports")
                .append(" WHERE tenant_id = ")
                .bind(call.caller().tenant());
        JsonNode filters = filters(call, body);
        for (Predicates statement : List.of(where, rows)) {
            statement.append(" AND ");
            JsonFilter.compile(filters, FILTERABLE, statement);
        }
        rows.append(" ORDER BY " + Predicates.orderBy(COLUMNS, sort(call, body), "id"))
                .append(" LIMIT ")
                .bind((long) limit)
                .append(" OFFSET ")
                .bind((long) offset);
        return Mono.zip(database.rows(rows, COLUMNS).collectList(), database.number(where), ReportsBackend::page);
    }

    private static BackendAnswer page(List<ObjectNode> rows, long total) {
        ObjectNode page = BackendMain.JSON.createObjectNode();
        ArrayNode items = page.putArray("items");
        rows.forEach(items::add);
        return BackendAnswer.of(200, page.put("total", total));
    }

    /** From the URL, or from the body, beside the filters or within {@code page}. */
    private static String number(BackendCall call, JsonNode body, JsonNode page, String name, int otherwise) {
        if (call.query().containsKey(name)) {
            return call.parameter(name, "");
        }
        return page.path(name).asString(body.path(name).asString(Integer.toString(otherwise)));
    }

    private static JsonNode filters(BackendCall call, JsonNode body) {
        JsonNode given = body;
        if (call.query().containsKey("filter")) {
            try {
                given = BackendMain.JSON.readTree(call.parameter("filter", ""));
            } catch (JacksonException e) {
                throw new BadRequest("filter is not JSON: " + e.getOriginalMessage());
            }
        }
        JsonNode filters = given.isArray() ? given : given.path("filters");
        return filters.isMissingNode() ? BackendMain.JSON.createArrayNode() : filters;
    }

    private static List<String> sort(BackendCall call, JsonNode body) {
        List<String> keys = new ArrayList<>();
        if (call.query().containsKey("sort")) {
            keys.addAll(List.of(call.parameter("sort", "").split(",")));
        } else {
            for (JsonNode key : body.path("sort")) {
                keys.add((key.path("dir").asString("asc").equals("desc") ? "-" : "")
                        + key.path("field").asString(""));
            }
        }
        if (keys.size() > MAX_SORT) {
            throw new BadRequest("sort: " + keys.size() + " keys (expected: at most " + MAX_SORT + ")");
        }
        return keys;
    }

    private Mono<BackendAnswer> create(BackendCall call, JsonNode body) {
        Map<String, Object> values = values(body);
        if (!values.containsKey("name")) {
            throw new BadRequest("name is missing");
        }
        values.putIfAbsent("owner", call.caller().subject());
        values.put("tenant_id", call.caller().tenant());
        var insert = new Predicates().append("INSERT INTO reports (" + String.join(", ", values.keySet()));
        insert.append(", archived_at) VALUES (");
        values.values().forEach(value -> insert.bind(value).append(", "));
        insert.append("archived".equals(values.get("status")) ? "now()" : "NULL")
                .append(") RETURNING *");
        return single(insert, 201);
    }

    private Mono<BackendAnswer> update(BackendCall call, Object id, JsonNode body) {
        Map<String, Object> values = values(body);
        if (values.isEmpty()) {
            return single(whereOne(new Predicates().append("SELECT * FROM reports"), call, id), 200);
        }
        var update = new Predicates().append("UPDATE reports SET ");
        if (values.containsKey("status")) {
            update.append(
                    values.get("status").equals("archived")
                            ? "archived_at = coalesce(archived_at, now()), "
                            : "archived_at = NULL, ");
        }
        String separator = "";
        for (var value : values.entrySet()) {
            update.append(separator).append(value.getKey()).append(" = ").bind(value.getValue());
            separator = ", ";
        }
        return single(whereOne(update, call, id).append(" RETURNING *"), 200);
    }

    private Mono<BackendAnswer> single(Predicates statement, int status) {
        return database.rows(statement, COLUMNS)
                .next()
                .map(row -> BackendAnswer.of(status, row))
                .defaultIfEmpty(BackendAnswer.error(404, "no such report"));
    }

    /** The members that a client may set, by column; the names that reach SQL are those of {@link #WRITABLE}. */
    private static Map<String, Object> values(JsonNode body) {
        if (!body.isObject()) {
            throw new BadRequest("the body is not an object");
        }
        for (String member : body.propertyNames()) {
            if (!WRITABLE.contains(member)) {
                throw new BadRequest("'" + member + "' cannot be set (expected: " + WRITABLE + ")");
            }
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (String name : WRITABLE) {
            if (body.has(name)) {
                values.put(name, value(name, body.get(name)));
            }
        }
        return values;
    }

    private static Object value(String name, JsonNode value) {
        Type type = Predicates.column(COLUMNS, name).type();
        boolean fits = type == Type.STRING
                ? value.isString()
                        && !value.stringValue().isBlank()
                        && value.stringValue().length() <= MAX_TEXT
                : type == Type.INT ? value.isIntegralNumber() : value.isNumber();
        if (!fits || name.equals("status") && !STATUSES.contains(value.stringValue())) {
            throw new BadRequest(name + ": " + value.getNodeType() + " (expected: "
                    + (name.equals("status")
                            ? "one of " + STATUSES.stream().sorted().toList()
                            : expected(type)) + ")");
        }
        return type.parse(value.asString());
    }

    private static String expected(Type type) {
        return type == Type.STRING
                ? "a text of 1.." + MAX_TEXT + " characters"
                : type == Type.INT ? "a whole number" : "a number";
    }

    private static Mono<BackendAnswer> notAllowed() {
        return Mono.just(BackendAnswer.error(405, "method not allowed"));
    }
}

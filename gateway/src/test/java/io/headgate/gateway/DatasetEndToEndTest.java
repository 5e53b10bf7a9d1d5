package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Pages over HTTP, past the whole chain: those of a backend, and those of a dataset that teams put there. */
class DatasetEndToEndTest {

    private static final String DATASET = "/admin/v1/datasets/sales/orders";
    private static final String SCHEMA = "/admin/v1/filter-schemas/sales/orders";
    private static final String EXPLAIN = "/admin/v1/filters/explain";
    private static final String ROWS = "/api/v1/datasets/sales/orders/rows";
    private static final String JSON = "application/json";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;

    @BeforeAll
    static void start() {
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(exchange -> issuer.jwks());
        backend = server(DatasetEndToEndTest::page);
    }

    @AfterAll
    static void stop() {
        issuer.close();
        keys.stop(0);
        backend.stop(0);
    }

    @Test
    void rowsArePagedThroughAsSoonAsATeamPutsADatasetThere(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        String database = postgres.createDatabase();
        fill(postgres, database);
        var access = new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
        try (var gateway = TestGateway.start(
                "first",
                postgres,
                postgres.createDatabase(),
                access,
                disk,
                "--HEADGATE_DB_MAIN=" + LocalPostgres.USER)) {
            AdminClient admin = gateway.admin("platform-admin");
            AdminClient team = gateway.admin("team-writer", "sales");
            created(admin.putYaml("/admin/v1/teams/platform/sales", TEAM));
            refusesADatasetThatCannotBe(team);
            created(admin.putYaml("/admin/v1/databases/platform/main", database(postgres, database)));
            created(team.putYaml(SCHEMA, SCHEMA_OF_ORDERS));
            created(team.putYaml(DATASET, dataset(100_000)));
            created(team.putYaml("/admin/v1/policy-sets/sales/sales", POLICIES));
            AdminClient edge = gateway.edgeOf("acme", "analyst");
            Awaited.until("rows are served", () -> edge.get(ROWS).status() == 200);

            pagesThroughAll(edge);
            keepsTenantsAndRolesApart(gateway);
            explains(gateway, team);
            followsItsThreshold(team, edge);
            keepsWhatIsNamed(gateway);
            refusesAFilterWhereNobodyIsKnown(admin);
            pagesThroughABackend(gateway);
        }
    }

    private static void refusesADatasetThatCannotBe(AdminClient team) {
        Answer early = team.putYaml(DATASET, dataset(100_000).replace("table: orders", "table: payroll"));

        assertThat(early.status()).as(early.toString()).isEqualTo(422);
        assertThat(early.text()).contains("/spec/table", "/spec/database", "/spec/filterSchema");
    }

    private static void pagesThroughAll(AdminClient edge) {
        List<Long> seen = new ArrayList<>();
        Answer page = edge.get(ROWS + "?limit=7&sort=-placed_at&filter[open]=true");
        assertThat(page.header("Headgate-Consistency-Outcome"))
                .as(page.toString())
                .isPresent();
        assertThat(page.header("Link").orElse("")).contains("rel=\"next\"");
        while (true) {
            assertThat(page.status()).as(page.toString()).isEqualTo(200);
            page.body().path("data").forEach(row -> seen.add(row.path("id").longValue()));
            JsonNode next = page.body().path("page").path("next_cursor");
            if (next.isNull()) {
                break;
            }
            page = edge.get(ROWS + "?limit=7&sort=-placed_at&filter[open]=true&cursor=" + next.stringValue());
        }
        assertThat(seen)
                .isEqualTo(LongStream.rangeClosed(1, 15)
                        .map(i -> 32 - 2 * i)
                        .boxed()
                        .toList());
        String body = "{\"filters\":[{\"field\":\"name\",\"op\":\"eq\",\"value\":\"order 3\"}]}";
        assertThat(edge.post(ROWS + "/query", body, "Content-Type", JSON).text())
                .startsWith("{\"data\":[{\"id\":3,\"name\":\"order 3\",\"placed_at\":\"2026-01-01T03:00:00+00:00\"}]");
        assertThat(edge.send("QUERY", ROWS, body, "Content-Type", JSON).status())
                .isEqualTo(200);
        assertThat(edge.get(ROWS + "?filter[nope]=1").status()).isEqualTo(400);
        assertThat(edge.get("/api/v1/datasets/sales/nothing/rows").status()).isEqualTo(404);
        assertThat(edge.send("DELETE", ROWS, "").status()).isEqualTo(405);
    }

    private static void keepsTenantsAndRolesApart(TestGateway gateway) {
        AdminClient globex = gateway.edgeOf("globex", "analyst");

        assertThat(globex.get(ROWS + "?limit=100").body().path("data")).hasSize(1);
        assertThat(gateway.edgeOf("acme", "visitor").get(ROWS).status()).isEqualTo(403);
        assertThat(gateway.edge().as("").get(ROWS).status()).isEqualTo(401);
        String cursor = gateway.edgeOf("acme", "analyst")
                .get(ROWS + "?limit=1")
                .body()
                .path("page")
                .path("next_cursor")
                .stringValue();
        assertThat(globex.get(ROWS + "?limit=1&cursor=" + cursor).status()).isEqualTo(400);
    }

    private static void explains(TestGateway gateway, AdminClient team) {
        String question = "{\"dataset\":\"sales/orders\",\"tenant\":\"acme\",\"query\":{\"filters\":"
                + "[{\"field\":\"name\",\"op\":\"contains\",\"value\":\"treasure\"}]}}";

        Answer explained = team.post(EXPLAIN, question, "Content-Type", JSON);

        assertThat(explained.status()).as(explained.toString()).isEqualTo(200);
        assertThat(explained.body().path("page").path("verdict").stringValue()).isEqualTo("allowed");
        assertThat(explained.body().path("export").path("estimated_cost").doubleValue())
                .isPositive();
        assertThat(explained.text())
                .contains("\"sql\":\"SELECT", "LIKE $2", "Limit")
                .doesNotContain("treasure");
        assertThat(gateway.admin("team-writer", "reports")
                        .post(EXPLAIN, question, "Content-Type", JSON)
                        .status())
                .isEqualTo(403);
        Answer wrong = team.post(EXPLAIN, "{\"dataset\":\"a/b/c\",\"more\":1}", "Content-Type", JSON);
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.text()).contains("/dataset", "/tenant");
        assertThat(team.post(EXPLAIN, question.replace("contains", "like"), "Content-Type", JSON)
                        .status())
                .isEqualTo(400);
    }

    private static void followsItsThreshold(AdminClient team, AdminClient edge) {
        Answer lower =
                team.putYaml(DATASET, dataset(1), "If-Match", team.get(DATASET).etag());
        assertThat(lower.status()).as(lower.toString()).isEqualTo(200);
        Awaited.until(
                "it is too expensive now",
                () -> edge.get(ROWS + "?filter[name][contains]=x").status() == 422);
        Answer refused = edge.get(ROWS + "?filter[name][contains]=x");
        assertThat(refused.body().path("type").stringValue()).isEqualTo("/problems/filter-too-expensive");
        assertThat(refused.body().path("indexed_fields").toString()).isEqualTo("[\"id\",\"placed_at\"]");
    }

    private static void keepsWhatIsNamed(TestGateway gateway) {
        AdminClient admin = gateway.admin("platform-admin");
        String main = "/admin/v1/databases/platform/main";
        for (String named : List.of(main, SCHEMA)) {
            assertThat(admin.delete(named, "If-Match", admin.get(named).etag()).status())
                    .as(named)
                    .isEqualTo(409);
        }
    }

    private static void refusesAFilterWhereNobodyIsKnown(AdminClient admin) {
        Answer refused = admin.putYaml("/admin/v1/routes/sales/open", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: sales, name: open }
                spec:
                  match: { path: /api/open/** }
                  upstream: { primary: "http://127.0.0.1:1" }
                  authz: { mode: public }
                  filter: { schema: orders }
                """);

        assertThat(refused.status()).as(refused.toString()).isEqualTo(422);
        assertThat(refused.text()).contains("/spec/filter", "needs a caller");
    }

    private static void pagesThroughABackend(TestGateway gateway) {
        created(gateway.admin("platform-admin").putYaml("/admin/v1/routes/sales/things", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: sales, name: things }
                spec:
                  match: { path: /api/things }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz: { mode: "off" }
                  pagination: { upstream: { dialect: offset, items: /items, total: /total }, maxLimit: 4 }
                """.formatted(
                        backend.getAddress().getPort())));
        AdminClient edge = gateway.edge();
        Awaited.until("the route serves", () -> edge.get("/api/things").status() == 200);
        List<Long> seen = new ArrayList<>();
        Answer page = edge.get("/api/things?limit=9");
        while (true) {
            assertThat(page.status()).as(page.toString()).isEqualTo(200);
            assertThat(page.body().path("page").path("limit").intValue()).isEqualTo(4);
            page.body().path("data").forEach(item -> seen.add(item.longValue()));
            JsonNode next = page.body().path("page").path("next_cursor");
            if (next.isNull()) {
                break;
            }
            page = edge.get("/api/things?limit=9&cursor=" + next.stringValue());
        }
        assertThat(seen).isEqualTo(LongStream.range(0, 10).boxed().toList());
        assertThat(page.body().path("page").path("prev_cursor").isString()).isTrue();
        assertThat(edge.get("/api/things?cursor=forged").status()).isEqualTo(400);
    }

    private static void created(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
    }

    private static void fill(LocalPostgres postgres, String database) {
        postgres.execute(
                database,
                "CREATE TABLE orders (id bigint PRIMARY KEY, tenant_id text NOT NULL, display_name text NOT NULL,"
                        + " placed_at timestamptz NOT NULL, open boolean NOT NULL)");
        postgres.execute(
                database,
                "INSERT INTO orders SELECT i, 'acme', 'order ' || i, timestamptz '2026-01-01Z' + i * interval '1 hour',"
                        + " i % 2 = 0 FROM generate_series(1, 30) AS i");
        postgres.execute(database, "INSERT INTO orders VALUES (1000, 'globex', 'theirs', now(), true)");
        postgres.execute(database, "ANALYZE orders");
    }

    private static String database(LocalPostgres postgres, String database) {
        return """
                apiVersion: headgate/v1
                kind: Database
                metadata: { team: platform, name: main }
                spec: { primary: { url: "%s" }, credentials: env:HEADGATE_DB_MAIN }
                """.formatted(postgres.r2dbcUrl(database));
    }

    private static String dataset(long pageCost) {
        return """
                apiVersion: headgate/v1
                kind: Dataset
                metadata: { team: sales, name: orders }
                spec:
                  table: orders
                  tenantColumn: tenant_id
                  key: id
                  filterSchema: orders
                  columns: [id, name, placed_at]
                  limits: { pageCost: %d }
                """.formatted(pageCost);
    }

    private static final String TEAM = """
            apiVersion: headgate/v1
            kind: Team
            metadata: { team: platform, name: sales }
            spec:
              paths: [/api/things/**, /api/open/**]
              upstreams: ["http://127.0.0.1:*"]
              resources: [Dataset]
              tables: [orders]
            """;

    private static final String SCHEMA_OF_ORDERS = """
            apiVersion: headgate/v1
            kind: FilterSchema
            metadata: { team: sales, name: orders }
            spec:
              tenantField: tenant_id
              fields:
                id: { type: int, sortable: true, indexed: true, nullable: false }
                name: { type: string, nullable: false, column: display_name }
                placed_at: { type: timestamp, sortable: true, indexed: true, nullable: false }
                open: { type: boolean, nullable: false }
            """;

    private static final String POLICIES = """
            apiVersion: headgate/v1
            kind: PolicySet
            metadata: { team: sales, name: sales }
            spec:
              schema: |
                entity Role;
                entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
                entity Dataset { tenant: String, route: String, team: String };
                action read appliesTo {
                  principal: User,
                  resource: Dataset,
                  context: { method: String, path: String, ip?: ipaddr, time: datetime }
                };
              policies:
                - id: analysts-read
                  source: permit(principal in Role::"analyst", action == Action::"read", resource is Dataset);
            """;

    private interface Answering {
        String to(HttpExchange exchange) throws IOException;
    }

    /** Ten numbers, as a backend with offsets gives them. */
    private static String page(HttpExchange exchange) {
        String query = String.valueOf(exchange.getRequestURI().getRawQuery());
        long offset = parameter(query, "offset", 0);
        long end = Math.min(10, offset + parameter(query, "limit", 10));
        return LongStream.range(Math.min(offset, end), end)
                .mapToObj(Long::toString)
                .collect(Collectors.joining(",", "{\"items\":[", "],\"total\":10}"));
    }

    private static long parameter(String query, String name, long otherwise) {
        for (String part : query.split("&")) {
            if (part.startsWith(name + "=")) {
                return Long.parseLong(part.substring(name.length() + 1));
            }
        }
        return otherwise;
    }

    private static HttpServer server(Answering answer) {
        try {
            var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                byte[] body = answer.to(exchange).getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", JSON);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

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
import java.net.URLDecoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries over HTTP, past the whole chain: read, held against a schema of the registry, and written anew. */
class FilterEndToEndTest {

    private static final String SCHEMA = "/admin/v1/filter-schemas/reports/reports";
    private static final String ROUTE = "/admin/v1/routes/reports/reports-api";
    private static final String SCOPE = "{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"acme\"}";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;

    @BeforeAll
    static void start() {
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(exchange -> issuer.jwks());
        backend = server(FilterEndToEndTest::asked);
    }

    @AfterAll
    static void stop() {
        issuer.close();
        keys.stop(0);
        backend.stop(0);
    }

    @Test
    void aQueryReachesTheBackendAsTheGatewayUnderstoodIt(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        var access = new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
        try (var gateway = TestGateway.start("first", postgres, postgres.createDatabase(), access, disk)) {
            configure(gateway);
            AdminClient edge = gateway.edge();
            Awaited.until("the route serves", () -> edge.get("/api/reports").status() == 200);

            assertThat(edge.get("/api/reports").text()).isEqualTo("GET /reports?filter=[" + SCOPE + "] -");
            assertThat(edge.get("/api/reports?filter[size][gt]=1&sort=-size&limit=3")
                            .text())
                    .isEqualTo("GET /reports?filter=[" + SCOPE
                            + ",{\"field\":\"size\",\"op\":\"gt\",\"value\":1}]&sort=-size&limit=3 -");
            assertThat(edge.get("/api/reports/7").text()).isEqualTo("GET /reports/7 -");
            readsBodies(edge);
            refuses(edge);
            followsItsSchema(gateway, edge);
        }
    }

    private static void readsBodies(AdminClient edge) {
        String sent = "{\"filters\": [{\"value\": 2, \"op\": \"lte\", \"field\": \"size\"}], \"page\": {\"limit\": 3}}";
        String body =
                "{\"filters\":[" + SCOPE + ",{\"field\":\"size\",\"op\":\"lte\",\"value\":2}],\"page\":{\"limit\":3}}";
        String json = "application/json";

        assertThat(edge.post("/api/reports/query", sent, "Content-Type", json).text())
                .isEqualTo("POST /reports/query " + body.length() + " " + body);
        assertThat(edge.send("QUERY", "/api/reports", sent, "Content-Type", json)
                        .text())
                .isEqualTo("QUERY /reports " + body.length() + " " + body);
        Answer chunked = edge.send(
                "POST",
                "/api/reports/query",
                BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(sent.getBytes(StandardCharsets.UTF_8))),
                "Content-Type",
                json);
        assertThat(chunked.text()).isEqualTo("POST /reports/query " + body.length() + " " + body);
    }

    private static void refuses(AdminClient edge) {
        Answer wrong = edge.get("/api/reports?filter[nope]=1&filter[size][gt]=many");
        assertThat(wrong.status()).as(wrong.toString()).isEqualTo(400);
        assertThat(wrong.body().path("type").stringValue()).isEqualTo("/problems/invalid-query");
        assertThat(wrong.body().path("problems")).hasSize(2);
        assertThat(edge.get("/problems/invalid-query").status()).isEqualTo(200);

        assertThat(edge.get("/api/reports?filter[tenant_id]=globex").status()).isEqualTo(400);
        assertThat(edge.get("/api/reports?tenant_id=globex").status()).isEqualTo(400);
        assertThat(edge.get("/api/reports/7?filter[size]=1").status()).isEqualTo(400);
        String large = "{\"filters\":[]" + " ".repeat(20_000) + "}";
        assertThat(edge.post("/api/reports/query", large, "Content-Type", "application/json")
                        .status())
                .isEqualTo(413);
        assertThat(edge.get("/api/reports").status()).as("the connections live").isEqualTo(200);
    }

    private static void followsItsSchema(TestGateway gateway, AdminClient edge) {
        AdminClient team = gateway.admin("team-writer", "reports");
        assertThat(team.delete(SCHEMA, "If-Match", team.get(SCHEMA).etag()).status())
                .as("a schema in use")
                .isEqualTo(409);
        assertThat(gateway.admin("auditor")
                        .get("/admin/v1/explain?method=GET&path=/api/reports")
                        .text())
                .contains("holds them against schema reports/reports")
                .doesNotContain("filter: not in force");

        Answer changed = team.putYaml(
                SCHEMA,
                schema("label: { type: string, nullable: false }"),
                "If-Match",
                team.get(SCHEMA).etag());
        assertThat(changed.status()).as(changed.toString()).isEqualTo(200);
        Awaited.until(
                "the new field serves",
                () -> edge.get("/api/reports?filter[label]=x").status() == 200);
        assertThat(edge.get("/api/reports?filter[size]=1").status()).isEqualTo(400);
    }

    private static void configure(TestGateway gateway) {
        Answer owner = gateway.admin("platform-admin").putYaml("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/reports/**], upstreams: ["http://127.0.0.1:*"], resources: [Report] }
                """);
        assertThat(owner.status()).as(owner.toString()).isEqualTo(201);
        AdminClient admin = gateway.admin("platform-admin");
        Answer early = admin.putYaml(ROUTE, route());
        assertThat(early.status()).isEqualTo(422);
        assertThat(early.text()).contains("/spec/filter/schema");
        Answer schema = gateway.admin("team-writer", "reports")
                .putYaml(SCHEMA, schema("size: { type: int, sortable: true, nullable: false }"));
        assertThat(schema.status()).as(schema.toString()).isEqualTo(201);
        Answer route = admin.putYaml(ROUTE, route());
        assertThat(route.status()).as(route.toString()).isEqualTo(201);
        assertThat(route.text()).doesNotContain("filter: not in force");
    }

    private static String schema(String field) {
        return """
                apiVersion: headgate/v1
                kind: FilterSchema
                metadata: { team: reports, name: reports }
                spec: { tenantField: tenant_id, fields: { %s } }
                """.formatted(field);
    }

    private static String route() {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/** }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  filters: [ StripPrefix=1 ]
                  authz: { mode: "off" }
                  filter: { schema: reports, accepts: [json, brackets], emits: json }
                """.formatted(backend.getAddress().getPort());
    }

    private interface Answering {
        String to(HttpExchange exchange) throws IOException;
    }

    private static String asked(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String length = exchange.getRequestHeaders().getFirst("Content-Length");
        return exchange.getRequestMethod() + " "
                + URLDecoder.decode(exchange.getRequestURI().getRawPath(), StandardCharsets.UTF_8)
                + (exchange.getRequestURI().getRawQuery() == null
                        ? ""
                        : "?" + URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8))
                + " " + (length == null ? "-" : length + " " + body);
    }

    private static HttpServer server(Answering answer) {
        try {
            var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                byte[] body = answer.to(exchange).getBytes(StandardCharsets.UTF_8);
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

package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.DisposableServer;
import tools.jackson.databind.JsonNode;

class DemoBackendsTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final DemoIssuer GATEWAY = DemoIssuer.inMemory("headgate", Clock.systemUTC());
    private static final DemoIssuer STRANGER = DemoIssuer.inMemory("headgate", Clock.systemUTC());

    private static HttpServer keys;
    private static DisposableServer reports;
    private static DisposableServer metrics;

    @BeforeAll
    static void start() throws Exception {
        keys = HttpServer.create(new InetSocketAddress(Ports.HOST, 0), 0);
        byte[] jwks = GATEWAY.jwks().getBytes(StandardCharsets.UTF_8);
        keys.createContext("/jwks", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, jwks.length);
                exchange.getResponseBody().write(jwks);
            }
        });
        keys.start();
        String url = "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks";
        DemoData.load(SharedStack.postgres(), 3_000);
        int database = SharedStack.postgres().port();
        List<String> urls = List.of("http://127.0.0.1:1/nobody", url);
        reports = BackendMain.start("reports", "reports", 0, database, urls);
        metrics = BackendMain.start("metrics", "metrics", 0, database, urls);
    }

    @AfterAll
    static void stop() {
        reports.disposeNow();
        metrics.disposeNow();
        keys.stop(0);
    }

    @Test
    void nobodyIsServedWithoutACallerThatTheGatewaySigned() throws Exception {
        TokenSpec ana = TokenSpec.of("acme", "ana").withAudiences("reports/reports-api");
        String expired = GATEWAY.sign(ana.withTimes(Duration.ZERO, Duration.ofMinutes(-5)));
        String ofAnotherRoute = GATEWAY.sign(ana.withAudiences("metrics/metrics-api"));
        String ofAnotherIssuer = GATEWAY.sign(ana.withIssuer("somebody"));

        for (String header : List.of(
                "x", "a.b.c", STRANGER.sign(ana), expired, ofAnotherRoute, ofAnotherIssuer, "x".repeat(20_000 / 4))) {
            HttpResponse<String> answer = send(request(reports, "/api/reports")
                    .header("Headgate-Caller", header)
                    .GET());
            assertThat(answer.statusCode()).as(header).isEqualTo(401);
        }
        assertThat(send(request(reports, "/api/reports").GET()).statusCode()).isEqualTo(401);
    }

    @Test
    void whileNoGatewayTellsItsKeysNobodyIsCalledAStranger() throws Exception {
        DisposableServer alone = BackendMain.start(
                "reports", "alone", 0, SharedStack.postgres().port(), List.of("http://127.0.0.1:1/nobody"));
        try {
            HttpResponse<String> answer = send(as("acme", alone, "/api/reports").GET());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        } finally {
            alone.disposeNow();
        }
    }

    @Test
    void aTenantSeesItsOwnReportsAlone() throws Exception {
        JsonNode acme = get(reports, "acme", "/api/reports?limit=500");
        JsonNode globex = get(reports, "globex", "/api/reports?limit=500&sort=-created_at,name");

        assertThat(acme.path("total").intValue()).isGreaterThanOrEqualTo(200);
        assertThat(acme.path("items").valueStream().map(item -> item.path("id")))
                .doesNotContainAnyElementsOf(globex.path("items")
                        .valueStream()
                        .map(item -> item.path("id"))
                        .toList());
        String globexId = globex.path("items").get(0).path("id").stringValue();
        assertThat(send(as("acme", reports, "/api/reports/" + globexId).GET()).statusCode())
                .isEqualTo(404);
        assertThat(send(as("acme", reports, "/api/reports/" + globexId).DELETE())
                        .statusCode())
                .isEqualTo(404);
        JsonNode asked = get(
                reports,
                "acme",
                "/api/reports?filter="
                        + encoded("{\"filters\":[{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"globex\"}]}"));
        assertThat(asked.path("total").intValue()).isZero();
    }

    @Test
    void aReportIsCreatedReadPatchedAndDeleted() throws Exception {
        HttpResponse<String> created = send(as("initech", reports, "/api/reports")
                .POST(BodyPublishers.ofString("{\"name\":\"Mine\",\"amount\":12.5,\"views\":3}")));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
        assertThat(created.headers().firstValue("X-Backend-Node")).hasValue("reports");
        JsonNode report = BackendMain.JSON.readTree(created.body());
        String path = "/api/reports/" + report.path("id").stringValue();
        assertThat(report.path("status").stringValue()).isEqualTo("draft");
        assertThat(report.path("owner").stringValue()).isEqualTo("ana");
        assertThat(report.path("archived_at").isNull()).isTrue();

        HttpResponse<String> patched = send(as("initech", reports, path)
                .method("PATCH", BodyPublishers.ofString("{\"status\":\"archived\",\"views\":4}")));

        assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
        JsonNode now = get(reports, "initech", path);
        assertThat(now.path("views").intValue()).isEqualTo(4);
        assertThat(now.path("name").stringValue()).isEqualTo("Mine");
        assertThat(now.path("archived_at").isString()).isTrue();
        assertThat(send(as("initech", reports, path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(send(as("initech", reports, path).GET()).statusCode()).isEqualTo(404);
    }

    @Test
    void pagesAndFiltersComeFromTheUrlOrTheBody() throws Exception {
        String filters = "{\"filters\":[{\"field\":\"status\",\"op\":\"in\",\"value\":[\"draft\"]},"
                + "{\"or\":[{\"field\":\"views\",\"op\":\"gt\",\"value\":100},{\"field\":\"name\",\"op\":\"contains\",\"value\":\"100%\"}]}]";
        JsonNode byUrl =
                get(reports, "acme", "/api/reports?limit=5&offset=2&sort=-views&filter=" + encoded(filters + "}"));

        HttpResponse<String> byBody = send(as("acme", reports, "/api/reports/query")
                .POST(BodyPublishers.ofString(filters
                        + ",\"sort\":[{\"field\":\"views\",\"dir\":\"desc\"}],\"page\":{\"limit\":5,\"offset\":2}}")));

        assertThat(byUrl.path("items")).hasSize(5);
        assertThat(BackendMain.JSON.readTree(byBody.body())).isEqualTo(byUrl);
    }

    @Test
    void badInputIsRefusedAndNamed() throws Exception {
        assertThat(send(as("acme", reports, "/api/reports?limit=0").GET()).statusCode())
                .isEqualTo(400);
        assertThat(send(as("acme", reports, "/api/reports?filter=%7B").GET()).statusCode())
                .isEqualTo(400);
        assertThat(send(as("acme", reports, "/api/reports?sort=secret").GET()).body())
                .contains("unknown field 'secret'");
        assertThat(send(as("acme", reports, "/api/reports/not-a-uuid").GET()).statusCode())
                .isEqualTo(400);
        assertThat(post("{\"name\":\"x\",\"id\":\"1\"}").statusCode()).isEqualTo(400);
        assertThat(post("{\"name\":\"\"}").statusCode()).isEqualTo(400);
        assertThat(post("{\"name\":\"x\",\"views\":99999999999}").statusCode()).isEqualTo(400);
        assertThat(post("{\"name\":\"x\",\"status\":\"odd\"}").statusCode()).isEqualTo(400);
        assertThat(post("").statusCode()).isEqualTo(400);
        assertThat(post("{\"name\":\"" + "x".repeat(70_000) + "\"}").statusCode())
                .isEqualTo(400);
        assertThat(send(as("acme", reports, "/api/reports").PUT(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void metricsComeInNumberedPagesAndByRsql() throws Exception {
        JsonNode page = get(
                metrics,
                "acme",
                "/api/metrics?page=2&per_page=3&sort=-value&filter=" + encoded("name==cpu*;value=gt=10"));

        assertThat(page.path("result"))
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.path("name").stringValue()).startsWith("cpu"));
        assertThat(page.path("meta").path("page").intValue()).isEqualTo(2);
        assertThat(page.path("meta").path("pages").intValue()).isGreaterThan(2);
        assertThat(page.path("meta").path("count").intValue()).isGreaterThan(6);
    }

    private static HttpResponse<String> post(String body) throws Exception {
        return send(as("acme", reports, "/api/reports").POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode get(DisposableServer server, String tenant, String path) throws Exception {
        HttpResponse<String> answer = send(as(tenant, server, path).GET());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return BackendMain.JSON.readTree(answer.body());
    }

    private static HttpRequest.Builder as(String tenant, DisposableServer server, String path) {
        return request(server, path).header("Headgate-Caller", GATEWAY.sign(caller(tenant)));
    }

    private static TokenSpec caller(String tenant) {
        return TokenSpec.of(tenant, "ana").withAudiences("reports/reports-api", "metrics/metrics-api");
    }

    private static HttpRequest.Builder request(DisposableServer server, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

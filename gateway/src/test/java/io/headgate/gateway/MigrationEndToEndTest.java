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
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A team moves from its backend's own checks to policies, with two instances in front of it. */
class MigrationEndToEndTest {

    private static final String ROUTE = "/admin/v1/routes/reports/reports-api";
    private static final String REPORT = ROUTE + "/legacy-decisions";
    private static final String NEXT = "/admin/v1/policy-sets/reports/next";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;
    private static volatile List<String> says = List.of("allow");

    @BeforeAll
    static void start() throws IOException {
        issuer = TestIssuer.start("https://issuer.test");
        keys = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        keys.createContext("/", exchange -> answer(exchange, issuer.jwks()));
        keys.start();
        backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        backend.createContext("/", exchange -> {
            says.forEach(word -> exchange.getResponseHeaders().add("Headgate-Legacy-Decision", word));
            exchange.getResponseHeaders().add("Headgate-Decision", "of-the-backend");
            answer(exchange, "served");
        });
        backend.start();
    }

    @AfterAll
    static void stop() {
        issuer.close();
        keys.stop(0);
        backend.stop(0);
    }

    @Test
    void comparesOnEveryInstanceAndSaysWhatSpeaksAgainstEnforcing(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        String database = postgres.createDatabase();
        var access = new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
        String[] bounds = {
            "--headgate.authz.migration.min-comparisons=3",
            "--headgate.authz.migration.min-time=0s",
            "--headgate.authz.migration.report-interval=50ms",
            "--headgate.authz.migration.max-unspoken=0.5"
        };
        try (var first = TestGateway.start("first", postgres, database, access, disk.resolve("1"), bounds);
                var second = TestGateway.start("second", postgres, database, access, disk.resolve("2"), bounds)) {
            create(first);
            Awaited.until(
                    "both serve",
                    () -> status(first, "ana", "analyst") == 200 && status(second, "ana", "analyst") == 200);
            neverShowsClientsWhatTheBackendSays(first);
            tellsOfBothInstances(first, second);
            warnsOfEnforcing(second);
            tellsOfACandidateWhatTheOtherInstanceSaw(first, second);
        }
    }

    private static void neverShowsClientsWhatTheBackendSays(TestGateway gateway) {
        for (List<String> words : List.of(List.of("allow"), List.of("what?"), List.of("allow", "deny"), List.of(""))) {
            says = words;
            Answer answer = get(gateway, "ana", "analyst");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Headgate-Legacy-Decision")).isEmpty();
            assertThat(answer.response().headers().allValues("Headgate-Decision"))
                    .singleElement()
                    .isNotEqualTo("of-the-backend");
        }
        Answer open = gateway.edge().get("/api/open/1");
        assertThat(open.status()).isEqualTo(200);
        assertThat(open.response().headers().map().keySet())
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).endsWith("-decision"));
    }

    private static void tellsOfBothInstances(TestGateway first, TestGateway second) {
        Awaited.until("all is counted", () -> count(report(first), "allow", "garbled") == 3);
        says = List.of("allow");
        assertThat(status(first, "vic", "viewer")).as("shadow mode").isEqualTo(200);
        assertThat(status(second, "vic", "viewer")).isEqualTo(200);
        says = List.of();
        assertThat(status(second, "vic", "viewer")).isEqualTo(200);

        Awaited.until("the second knows of both", () -> count(report(second), "deny", "allow") == 2);
        // told apart from what the second saw before it
        Awaited.until("the first knows of the last", () -> count(report(first), "deny", "missing") == 1);

        JsonNode report = report(first);
        assertThat(count(report, "deny", "allow")).as(report.toString()).isEqualTo(2);
        assertThat(report.path("complete").booleanValue()).as(report.toString()).isTrue();
        assertThat(report.path("safe_to_enforce").booleanValue(true)).isFalse();
        assertThat(report.path("because").toString()).contains("2 requests that the backend allows would be refused");
        assertThat(report.path("examples").toString())
                .contains("\"subject\":\"vic\"")
                .doesNotContain("secret");
        assertThat(first.admin("team-writer", "other").get(REPORT).status()).isEqualTo(403);
    }

    private static void warnsOfEnforcing(TestGateway gateway) {
        AdminClient team = gateway.admin("team-writer", "reports");
        String document = route("enforce");
        Answer dryRun = team.post("/admin/v1/validate", document, "Content-Type", "application/yaml");
        assertThat(dryRun.status()).as(dryRun.toString()).isEqualTo(200);
        assertThat(dryRun.text()).contains("too early to enforce: 2 requests that the backend allows would be refused");
    }

    private static void tellsOfACandidateWhatTheOtherInstanceSaw(TestGateway first, TestGateway second) {
        AdminClient team = second.admin("team-writer", "reports");
        Answer shadow = team.putYaml(NEXT, policies("next", "shadow", "viewer"));
        assertThat(shadow.status()).as(shadow.toString()).isEqualTo(201);
        Awaited.until("the first sees a difference, and the second knows", () -> {
            get(first, "vic", "viewer");
            return team.get(NEXT + "/differences").text().contains("\"candidate\":\"permit\"");
        });

        Answer promoted = team.putYaml(NEXT, policies("next", "active", "viewer"), "If-Match", shadow.etag());

        assertThat(promoted.status()).as(promoted.toString()).isEqualTo(409);
        assertThat(promoted.text()).contains("/spec/state", "viewers-read");
    }

    private static JsonNode report(TestGateway gateway) {
        Answer answer = gateway.admin("team-writer", "reports").get(REPORT);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        return answer.body();
    }

    private static long count(JsonNode report, String ours, String theirs) {
        long count = 0;
        for (JsonNode pair : report.path("decisions")) {
            if (pair.path("ours").stringValue().equals(ours)
                    && pair.path("theirs").stringValue().equals(theirs)) {
                count += pair.path("count").longValue();
            }
        }
        return count;
    }

    private static int status(TestGateway gateway, String subject, String role) {
        return get(gateway, subject, role).status();
    }

    private static Answer get(TestGateway gateway, String subject, String role) {
        return gateway.edge(subject, role).get("/api/reports/1?q=secret");
    }

    private static void create(TestGateway gateway) {
        AdminClient admin = gateway.admin("platform-admin");
        created(admin.putYaml("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/**], upstreams: ["http://127.0.0.1:*"], resources: [Report] }
                """));
        created(admin.putYaml("/admin/v1/policy-sets/reports/reports", policies("reports", "active", "analyst")));
        created(admin.putYaml(ROUTE, route("shadow")));
        created(admin.putYaml("/admin/v1/routes/reports/open", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: open }
                spec:
                  match: { path: /api/open/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz: { mode: public }
                """.formatted(
                        backend.getAddress().getPort())));
    }

    private static void created(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
    }

    private static String route(String mode) {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz:
                    mode: %s
                    resource: Report
                    operations:
                      - { action: read }
                      - { path: "/api/reports/{id}", action: read, id: "{id}" }
                """.formatted(backend.getAddress().getPort(), mode);
    }

    private static String policies(String name, String state, String role) {
        return """
                apiVersion: headgate/v1
                kind: PolicySet
                metadata: { team: reports, name: %1$s }
                spec:
                  state: %2$s
                  schema: |
                    entity Role;
                    entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
                    entity Report { tenant: String, route: String, team: String };
                    action read appliesTo { principal: User, resource: Report };
                  policies:
                    - { id: %3$ss-read, source: 'permit(principal in Role::"%3$s", action == Action::"read", resource is Report);' }
                """.formatted(name, state, role);
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}

package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies over HTTP, on two instances: written, served, changed, held against others, and taken back. */
class PolicyEndToEndTest {

    private static final String ROUTE = "/admin/v1/routes/reports/reports-api";
    private static final String POLICIES = "/admin/v1/policy-sets/reports/reports";
    private static final String NEXT = "/admin/v1/policy-sets/reports/next";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;

    @BeforeAll
    static void start() {
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(() -> issuer.jwks());
        backend = server(() -> "served");
    }

    @AfterAll
    static void stop() {
        issuer.close();
        keys.stop(0);
        backend.stop(0);
    }

    @Test
    void policiesDecideOnEveryInstanceFromTheMomentTheyAreWritten(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        String database = postgres.createDatabase();
        var access = new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
        try (var first = TestGateway.start("first", postgres, database, access, disk.resolve("1"));
                var second = TestGateway.start("second", postgres, database, access, disk.resolve("2"))) {
            createTeam(first);
            AdminClient team = first.admin("team-writer", "reports");
            Answer route = team.putYaml(ROUTE, route());
            assertThat(route.status()).as(route.toString()).isEqualTo(201);
            assertThat(route.text()).contains("no policy set of team reports is active");
            Awaited.until("nothing is decided yet", () -> status(second, "ana", "analyst") == 503);

            Answer wrong =
                    team.putYaml(POLICIES, policies("active", "analyst", "").replace("principal in", "principal im"));
            assertThat(wrong.status()).isEqualTo(422);
            assertThat(wrong.text()).contains("/spec/policies/0/source", "line 1, column ");

            Answer written = team.putYaml(POLICIES, policies("active", "analyst", ""));
            assertThat(written.status()).as(written.toString()).isEqualTo(201);

            Awaited.until("the first permits", () -> status(first, "ana", "analyst") == 200);
            Awaited.until("the second permits", () -> status(second, "ana", "analyst") == 200);
            assertThat(status(first, "vic", "viewer")).isEqualTo(403);
            assertThat(get(first, "amy", "admin").text()).contains("deciding_policies");
            assertThat(get(first, "vic", "viewer").text()).doesNotContain("deciding_policies");
            assertThat(get(first, "ana", "analyst").header("Headgate-Decision")).isPresent();

            holdsASetInTheShadowAgainstTraffic(first, team);
            revokes(first, second);
        }
    }

    private static void holdsASetInTheShadowAgainstTraffic(TestGateway gateway, AdminClient team) {
        Answer shadow = team.putYaml(NEXT, policies("shadow", "viewer", "").replace("name: reports", "name: next"));
        assertThat(shadow.status()).as(shadow.toString()).isEqualTo(201);
        Awaited.until("a difference is seen", () -> {
            get(gateway, "vic", "viewer");
            return team.get(NEXT + "/differences").text().contains("\"candidate\":\"permit\"");
        });

        Answer unexplained = team.putYaml(
                NEXT,
                policies("active", "viewer", "").replace("name: reports", "name: next"),
                "If-Match",
                shadow.etag());
        assertThat(unexplained.status()).as(unexplained.toString()).isEqualTo(409);
        assertThat(unexplained.text()).contains("/spec/state", "viewers-read");

        Awaited.until("every instance has told what it saw, and the set is promoted", () -> {
            Answer accepted = team.putYaml(
                    NEXT,
                    policies("active", "viewer", "accepts: [viewers-read]").replace("name: reports", "name: next"),
                    "If-Match",
                    shadow.etag());
            return accepted.status() == 200;
        });
        Awaited.until("viewers read", () -> status(gateway, "vic", "viewer") == 200);
    }

    private static void revokes(TestGateway first, TestGateway second) {
        AdminClient admin = first.admin("platform-admin");
        Answer revoked = revoke(admin, "{\"tenant\": \"acme\", \"subject\": \"vic\"}");
        assertThat(revoked.status()).as(revoked.toString()).isEqualTo(201);
        assertThat(admin.get(revoked.header("Location").orElseThrow()).text()).contains("\"subject\":\"vic\"");

        Awaited.until("the first refuses", () -> status(first, "vic", "viewer") == 401);
        Awaited.until("the second refuses", () -> status(second, "vic", "viewer") == 401);
        assertThat(status(second, "ana", "analyst")).isEqualTo(200);
        assertThat(admin.get("/admin/v1/revocations").text()).contains("\"subject\":\"vic\"");
        assertThat(revoke(first.admin("team-writer", "reports"), "{\"tenant\": \"acme\"}")
                        .status())
                .isEqualTo(403);
        assertThat(revoke(admin, "{\"subject\": \"vic\"}").status()).isEqualTo(422);

        Answer brief = revoke(admin, "{\"tenant\": \"acme\", \"expires\": \"2026-01-01T00:00:00Z\"}");
        assertThat(brief.status()).isEqualTo(201);
        Awaited.until(
                "what has ended is gone",
                () -> !admin.get("/admin/v1/revocations").text().contains("2026-01-01"));
        assertThat(status(first, "ana", "analyst")).isEqualTo(200);
    }

    private static Answer revoke(AdminClient admin, String what) {
        return admin.post("/admin/v1/revocations", what, "Content-Type", "application/json");
    }

    private static int status(TestGateway gateway, String subject, String role) {
        return get(gateway, subject, role).status();
    }

    private static Answer get(TestGateway gateway, String subject, String role) {
        return gateway.edge(subject, role).get("/api/reports/1");
    }

    private static void createTeam(TestGateway gateway) {
        Answer team = gateway.admin("platform-admin").putYaml("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/reports/**], upstreams: ["http://127.0.0.1:*"], resources: [Report] }
                """);
        assertThat(team.status()).as(team.toString()).isEqualTo(201);
    }

    private static String route() {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz:
                    resource: Report
                    operations:
                      - { action: read }
                      - { path: "/api/reports/{id}", action: read, id: "{id}" }
                """.formatted(backend.getAddress().getPort());
    }

    private static String policies(String state, String role, String more) {
        return """
                apiVersion: headgate/v1
                kind: PolicySet
                metadata: { team: reports, name: reports }
                spec:
                  state: %1$s
                  %3$s
                  schema: |
                    entity Role;
                    entity User in [Role] { tenant: String, plan?: String, scopes: Set<String> };
                    entity Report { tenant: String, route: String, team: String };
                    action read appliesTo { principal: User, resource: Report };
                  policies:
                    - { id: %2$ss-read, source: 'permit(principal in Role::"%2$s", action == Action::"read", resource is Report);' }
                """.formatted(state, role, more);
    }

    private static HttpServer server(Supplier<String> answer) {
        try {
            var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                byte[] body = answer.get().getBytes(StandardCharsets.UTF_8);
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

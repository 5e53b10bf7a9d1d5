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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole application with PostgreSQL, an issuer of tokens and backends, over HTTP alone. */
class HeadgateEndToEndTest {

    private static final String ROUTE = "/admin/v1/routes/reports/reports-api";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer blue;
    private static HttpServer green;

    @BeforeAll
    static void start() {
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(path -> issuer.jwks());
        blue = server(path -> "blue " + path);
        green = server(path -> "green " + path);
    }

    @AfterAll
    static void stop() {
        issuer.close();
        List.of(keys, blue, green).forEach(server -> server.stop(0));
    }

    @Test
    void aTeamsRouteIsServedChangedAndTakenAwayOnEveryInstance(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        String database = postgres.createDatabase();
        try (var first = TestGateway.start("first", postgres, database, access(), disk.resolve("1"));
                var second = TestGateway.start("second", postgres, database, access(), disk.resolve("2"))) {
            createTeam(first);
            AdminClient writer = first.admin("platform-admin"); // who alone may put a route without authorization

            Answer created = writer.putYaml(ROUTE, route(blue));

            assertThat(created.status()).as(created.toString()).isEqualTo(201);
            Awaited.until("the first serves it", () -> answers(first, "blue"));
            Awaited.until("the second serves it", () -> answers(second, "blue"));
            assertThat(first.edge().as("").get("/api/reports/1").status()).isEqualTo(401);

            Answer changed = writer.putYaml(ROUTE, route(green), "If-Match", created.etag());

            assertThat(changed.status()).as(changed.toString()).isEqualTo(200);
            Awaited.until("the first serves the change", () -> answers(first, "green"));
            Awaited.until("the second serves the change", () -> answers(second, "green"));
            Awaited.until(
                    "status tells of both",
                    () -> second.admin("auditor").get("/admin/v1/status").text().contains("applied on 2 of 2"));

            // through the other instance: what was written here is known there
            Answer deleted = second.admin("platform-admin").delete(ROUTE, "If-Match", changed.etag());

            assertThat(deleted.status()).as(deleted.toString()).isEqualTo(204);
            Awaited.until("it is gone from the first", () -> isGone(first));
            Awaited.until("it is gone from the second", () -> isGone(second));
        }
    }

    @Test
    void aTeamNeitherTakesPathsNorReachesBackendsThatAreNotItsOwn(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        try (var gateway = TestGateway.start("only", postgres, postgres.createDatabase(), access(), disk)) {
            createTeam(gateway);
            AdminClient writer = gateway.admin("team-writer", "reports");
            String enforced = route(blue)
                    .replace(
                            "{ mode: \"off\" }",
                            "{ resource: Report, operations: [ { methods: [GET], action: read } ] }");

            Answer path = writer.putYaml(ROUTE, enforced.replace("/api/reports/**", "/api/billing/**"));
            Answer backend = writer.putYaml(ROUTE, enforced.replace("http://127.0.0.1", "http://10.0.0.9"));
            Answer open = writer.putYaml(ROUTE, route(blue));
            Answer outside = writer.putYaml(ROUTE.replace("/reports/", "/billing/"), enforced);

            assertThat(path.status()).isEqualTo(422);
            assertThat(path.text()).contains("/spec/match/path", "/api/reports/**");
            assertThat(backend.status()).isEqualTo(422);
            assertThat(backend.text()).contains("/spec/upstream/primary");
            assertThat(open.status()).isEqualTo(403);
            assertThat(outside.status()).isEqualTo(403);
            assertThat(writer.get(ROUTE).status()).isEqualTo(404);
        }
    }

    @Test
    void metricsNameRoutesAndNothingThatAClientChooses(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        try (var gateway = TestGateway.start("measured", postgres, postgres.createDatabase(), access(), disk)) {
            createTeam(gateway);
            gateway.admin("platform-admin").putYaml(ROUTE, route(blue));
            Awaited.until("the route is served", () -> answers(gateway, "blue"));

            String before = gateway.metrics();
            for (int i = 0; i < 50; i++) {
                gateway.edge().get("/api/reports/chosen-" + i + "?q=chosen-" + i, "X-Request-Id", "chosen-" + i);
                gateway.edge().get("/chosen-" + i);
            }

            Awaited.until("all are counted", () -> counted(gateway, "route=\"none\"") >= 50);
            Awaited.until("all are counted", () -> counted(gateway, "route=\"reports/reports-api\"") >= 50);
            String after = gateway.metrics();
            assertThat(after).doesNotContain("chosen", "acme", "\"ana\"");
            assertThat(after.lines().count()).isLessThan(before.lines().count() + 100);
            assertThat(after).contains("headgate_routes_left_out 0.0");
        }
    }

    private static double counted(TestGateway gateway, String label) {
        return gateway.metrics()
                .lines()
                .filter(line -> line.startsWith("headgate_requests_total{") && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void withoutPostgresTheEdgeServesOnAndStartsAnewAndNothingIsChanged(@TempDir Path disk) {
        LocalPostgres postgres = LocalPostgres.startPrivate();
        String database = postgres.createDatabase();
        try (var gateway = TestGateway.start("survivor", postgres, database, access(), disk)) {
            createTeam(gateway);
            gateway.admin("platform-admin").putYaml(ROUTE, route(blue));
            Awaited.until("the route is served", () -> answers(gateway, "blue"));

            postgres.kill();

            Awaited.until("readiness says that it is stale", () -> isStale(gateway));
            assertThat(gateway.readiness().status()).isEqualTo(200);
            assertThat(answers(gateway, "blue")).isTrue();
            assertUnavailable(gateway.admin("platform-admin").putYaml(ROUTE, route(green), "If-Match", "*"));
            assertThat(gateway.admin("auditor").get("/admin/v1/status").text()).contains("\"state\":\"stale\"");
            assertThat(answers(gateway, "blue")).isTrue();
        }
        try (var again = TestGateway.start("survivor", postgres, database, access(), disk)) {
            assertThat(isStale(again)).isTrue();
            assertThat(answers(again, "blue")).isTrue();
            assertUnavailable(again.admin("platform-admin").putYaml(ROUTE, route(green), "If-Match", "*"));

            postgres.start();

            Awaited.until("it is in touch again", () -> again.readiness().text().contains("live since"));
            Answer changed = again.admin("platform-admin").putYaml(ROUTE, route(green), "If-Match", "*");
            assertThat(changed.status()).as(changed.toString()).isEqualTo(200);
            Awaited.until("the change is served", () -> answers(again, "green"));
        } finally {
            postgres.stop();
        }
    }

    @Test
    void anInstanceThatShutsDownIsNotReadyAndFinishesWhatItBegan(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        var begun = new CountDownLatch(1);
        var released = new CountDownLatch(1);
        HttpServer slow = server(path -> {
            begun.countDown();
            return awaited(released, "late " + path);
        });
        try (var gateway = TestGateway.start("drained", postgres, postgres.createDatabase(), access(), disk)) {
            createTeam(gateway);
            gateway.admin("platform-admin").putYaml(ROUTE, route(slow));
            Awaited.until(
                    "the route is known",
                    () -> gateway.admin("auditor")
                            .get("/admin/v1/explain?path=/api/reports/1")
                            .text()
                            .contains("matched"));
            var answer = CompletableFuture.supplyAsync(
                    () -> gateway.edge().get("/api/reports/1"), Thread::startVirtualThread);
            awaited(begun, "");

            var closed = CompletableFuture.runAsync(gateway::close, Thread::startVirtualThread);

            Awaited.until("it is not ready", () -> gateway.readiness().status() == 503);
            assertThat(answer).isNotDone();
            released.countDown();
            assertThat(answer.join().text()).isEqualTo("late /api/reports/1");
            closed.join();
        } finally {
            slow.stop(0);
        }
    }

    private static String awaited(CountDownLatch latch, String answer) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
            return answer;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TestGateway.Access access() {
        return new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
    }

    private static void assertUnavailable(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(503);
        assertThat(answer.body().path("type").stringValue()).isEqualTo("/problems/registry-unavailable");
        assertThat(answer.header("Retry-After")).isPresent();
    }

    private static boolean isStale(TestGateway gateway) {
        return gateway.readiness().text().contains("stale since");
    }

    private static boolean answers(TestGateway gateway, String backend) {
        Answer answer = gateway.edge().get("/api/reports/1");
        return answer.status() == 200 && answer.text().equals(backend + " /api/reports/1");
    }

    private static boolean isGone(TestGateway gateway) {
        Answer answer = gateway.edge().get("/api/reports/1");
        return answer.status() == 404 && answer.text().contains("/problems/no-route");
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

    private static String route(HttpServer backend) {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz: { mode: "off" }
                """.formatted(backend.getAddress().getPort());
    }

    /** Not of Reactor Netty: an application that stops takes down what it shares with others of this JVM. */
    private static HttpServer server(UnaryOperator<String> answer) {
        try {
            var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
            server.createContext("/", exchange -> {
                byte[] body = answer.apply(exchange.getRequestURI().getPath()).getBytes(StandardCharsets.UTF_8);
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

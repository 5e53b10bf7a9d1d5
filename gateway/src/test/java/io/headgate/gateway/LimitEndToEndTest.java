package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.LocalRedis;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Limits over HTTP, on two instances that share a Redis: written, met, tuned while traffic runs, tried, rolled back. */
@Timeout(value = 6, unit = TimeUnit.MINUTES) // it waits for servers that others keep busy
class LimitEndToEndTest {

    private static final String LIMIT = "/admin/v1/rate-limits/platform/tenant-default";

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
    void aLimitHoldsOverAllInstancesAndIsTunedWhileTheyServe(@TempDir Path disk) {
        LocalPostgres postgres = SharedStack.postgres();
        LocalRedis redis = LocalRedis.startPrivate();
        String database = postgres.createDatabase();
        var access = new TestGateway.Access(
                issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json");
        String[] settings = {
            "--spring.data.redis.url=" + redis.url(),
            "--headgate.limits.beat=100ms",
            "--headgate.limits.budget=5s", // what is counted is looked at here; what a slow store does is another
            // test's
            "--headgate.limits.redis.prefix=" + database
        };
        try (var first = TestGateway.start("first", postgres, database, access, disk.resolve("1"), settings);
                var second = TestGateway.start("second", postgres, database, access, disk.resolve("2"), settings)) {
            AdminClient admin = first.admin("platform-admin");
            createRoute(admin);
            AdminClient sre = first.admin("sre");
            Awaited.until(
                    "both count together",
                    () -> sre.get("/admin/v1/status").text().contains("\"instances\":[\"first\",\"second\"]")
                            || sre.get("/admin/v1/status").text().contains("\"instances\":[\"second\",\"first\"]"));

            Awaited.until(
                    "both serve the route, and know the issuer's keys",
                    () -> get(first).status() == 200 && get(second).status() == 200);

            Answer bad = sre.putYaml(LIMIT, limit(0, 10));
            assertThat(bad.status()).isEqualTo(422);
            assertThat(bad.text()).contains("/spec/quota");
            Answer written = sre.putYaml(LIMIT, limit(1, 10));
            assertThat(written.status()).as(written.toString()).isEqualTo(201);
            Awaited.until("it is applied on both", () -> applied(sre).contains("\"applied\":\"applied on 2 of 2\""));

            for (int i = 0; i < 10; i++) {
                Answer answer = get(i % 2 == 0 ? first : second);
                assertThat(answer.status()).as("request %s: %s", i, answer).isEqualTo(200);
                assertThat(answer.header("RateLimit-Policy")).contains("\"tenant-default\";q=1;w=86400");
            }
            assertRefused(get(first));
            assertRefused(get(second));
            Awaited.until("what is used up is seen", () -> {
                String usage = sre.get("/admin/v1/limits/usage?key=acme").text();
                return usage.contains("\"limit\":\"platform/tenant-default\"")
                        && usage.contains("\"remaining\":0")
                        && usage.contains("\"used\":10");
            });
            Awaited.until("who is refused now is seen", () -> {
                assertRefused(get(first)); // now is a few seconds, and they pass while others need the machine
                return sre.get("/admin/v1/limits/usage").text().contains("\"key\":\"acme\",\"refused\":");
            });

            tunes(sre, first, second, written);
            tries(sre);

            redis.stop();
            Awaited.until("the first knows that Redis is away", () -> storeIs("away", sre));
            assertThat(get(second).status())
                    .as("though it may still have to find out")
                    .isIn(200, 429);
            redis.start();
            Awaited.until("it is back", () -> storeIs("up", sre));
        } finally {
            redis.stop();
        }
    }

    private static boolean storeIs(String state, AdminClient sre) {
        return sre.get("/admin/v1/status").text().contains("\"store\":\"" + state + "\"");
    }

    private static void tunes(AdminClient sre, TestGateway first, TestGateway second, Answer written) {
        Answer raised = sre.putYaml(LIMIT, limit(1, 13), "If-Match", written.etag());
        assertThat(raised.status()).as(raised.toString()).isEqualTo(200);
        Awaited.until("it is raised on both", () -> applied(sre).contains("applied on 2 of 2"));
        for (int i = 0; i < 3; i++) {
            assertThat(get(i % 2 == 0 ? first : second).status())
                    .as("request %s of the three more", i)
                    .isEqualTo(200);
        }
        assertRefused(get(first));

        Answer back = sre.post(LIMIT + "/rollback?to=1", "", "If-Match", raised.etag());
        assertThat(back.status()).as(back.toString()).isEqualTo(200);
        Awaited.until("it is back on both", () -> applied(sre).contains("applied on 2 of 2"));
        assertRefused(get(second));
    }

    /** Instances hand over what they counted every few seconds, so that one of them may still be missing at first. */
    private static void tries(AdminClient sre) {
        Awaited.until("both instances have handed over what they counted", () -> {
            Answer tried = sre.post(
                    LIMIT + "/simulate",
                    "{\"key\":[\"tenant\"],\"quota\":1,\"window\":\"1d\",\"burst\":5}",
                    "Content-Type",
                    "application/json");
            return tried.status() == 200
                    && tried.text().contains("\"key\":\"acme\"")
                    && tried.text().contains("\"name\":\"first\",\"included\":true")
                    && tried.text().contains("\"name\":\"second\",\"included\":true");
        });
    }

    private static void assertRefused(Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(429);
        assertThat(answer.text()).contains("\"violated_policies\":[\"platform/tenant-default\"]");
        assertThat(answer.header("Retry-After")).isPresent();
        assertThat(answer.header("RateLimit").orElse("")).startsWith("\"tenant-default\";r=0;t=");
    }

    private static String applied(AdminClient sre) {
        return sre.get(LIMIT + "/status").text();
    }

    private static Answer get(TestGateway gateway) {
        return gateway.edge().get("/api/reports/1");
    }

    private static String limit(int quota, int burst) {
        return """
                apiVersion: headgate/v1
                kind: RateLimit
                metadata: { team: platform, name: tenant-default }
                spec: { key: [tenant], appliesTo: { routes: ["*/*"] }, quota: %d, window: 1d, burst: %d, mode: exact }
                """.formatted(quota, burst);
    }

    private static void createRoute(AdminClient admin) {
        Answer team = admin.putYaml("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/reports/**], upstreams: ["http://127.0.0.1:*"], resources: [Report] }
                """);
        assertThat(team.status()).as(team.toString()).isEqualTo(201);
        Answer route = admin.putYaml("/admin/v1/routes/reports/reports-api", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz: { mode: "off" }
                """.formatted(
                        backend.getAddress().getPort()));
        assertThat(route.status()).as(route.toString()).isEqualTo(201);
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

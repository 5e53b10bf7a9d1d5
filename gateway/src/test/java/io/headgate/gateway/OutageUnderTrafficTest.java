package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalKafka;
import io.headgate.local.LocalPostgres;
import io.headgate.local.LocalRedis;
import io.headgate.local.Part;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Traffic flows while what the gateway leans on dies, hangs and comes back; no request may tell. */
class OutageUnderTrafficTest {

    private static final String ROUTE = "/admin/v1/routes/reports/reports-api";
    private static final int MANY = 200;

    @TempDir
    private static Path disk;

    private static LocalPostgres postgres;
    private static LocalRedis redis;
    private static LocalKafka kafka;
    private static TestIssuer issuer;
    private static HttpServer keys;
    private static HttpServer backend;
    private static TestGateway gateway;

    @BeforeAll
    static void start() throws IOException {
        postgres = LocalPostgres.startPrivate();
        redis = LocalRedis.startPrivate();
        kafka = LocalKafka.startPrivate();
        issuer = TestIssuer.start("https://issuer.test");
        keys = server(issuer::jwks);
        backend = server(() -> "a report");
        gateway = TestGateway.start(
                "only",
                postgres,
                postgres.createDatabase(),
                new TestGateway.Access(
                        issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json"),
                disk,
                "--headgate.registry.timeout=3s",
                "--headgate.registry.connect-timeout=2s",
                "--spring.data.redis.url=" + redis.url(),
                "--spring.kafka.bootstrap-servers=" + kafka.bootstrapServers());
        put("/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/reports/**], upstreams: ["http://127.0.0.1:*"] }
                """);
        assertThat(change(0).status()).isEqualTo(201);
        Awaited.until(
                "the route is served",
                () -> gateway.edge().get("/api/reports/1").status() == 200);
    }

    @AfterAll
    static void stop() {
        gateway.close();
        Stream.of(keys, backend).forEach(server -> server.stop(0));
        issuer.close();
        Stream.of(postgres, redis, kafka).forEach(Part::stop);
    }

    /** Kills or pauses a part; what it answers brings the part back. */
    enum Blow {
        KILL {
            @Override
            Runnable strike(Part part) {
                part.kill();
                return part::start;
            }
        },
        PAUSE {
            @Override
            Runnable strike(Part part) {
                part.pause();
                return part::resume;
            }
        };

        abstract Runnable strike(Part part);
    }

    @ParameterizedTest
    @EnumSource
    void withoutPostgresNoRequestFailsAndChangesAreRefusedSoon(Blow blow) {
        try (var traffic = Traffic.on(gateway.edge(), "/api/reports/1")) {
            traffic.flows(MANY);
            Runnable remedy = blow.strike(postgres);
            try {
                Answer refused = change(1); // the client would give up after ten seconds

                assertThat(refused.status()).as(refused.toString()).isEqualTo(503);
                assertThat(refused.body().path("type").stringValue()).isEqualTo("/problems/registry-unavailable");
                Awaited.until("it says that it is stale", () -> readinessSays("stale since"));
                assertThat(gateway.readiness().status()).isEqualTo(200);
                traffic.flows(MANY);
            } finally {
                remedy.run();
            }
            Awaited.until("it is in touch again", () -> readinessSays("live since"));
            assertThat(change(2).status()).isEqualTo(200);
            traffic.flows(MANY);
            assertThat(traffic.failures()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutRedisNoRequestAndNoChangeFails(Blow blow) {
        assertNothingNeeds(redis, blow);
    }

    @ParameterizedTest
    @EnumSource
    void withoutKafkaNoRequestAndNoChangeFails(Blow blow) {
        assertNothingNeeds(kafka, blow);
    }

    @Test
    void whenAllThreeAreAwayAtOnceNoRequestFails() {
        try (var traffic = Traffic.on(gateway.edge(), "/api/reports/1")) {
            Stream.of(postgres, redis, kafka).forEach(Part::kill);
            Awaited.until("it says that it is stale", () -> readinessSays("stale since"));

            traffic.flows(MANY);

            Stream.of(postgres, redis, kafka).forEach(Part::start);
            Awaited.until("it is in touch again", () -> readinessSays("live since"));
            traffic.flows(MANY);
            assertThat(traffic.failures()).isEmpty();
        }
    }

    private static void assertNothingNeeds(Part part, Blow blow) {
        try (var traffic = Traffic.on(gateway.edge(), "/api/reports/1")) {
            traffic.flows(MANY);
            Runnable remedy = blow.strike(part);
            try {
                traffic.flows(MANY);
                assertThat(change(3).status()).isEqualTo(200);
                assertThat(gateway.readiness().status()).isEqualTo(200);
            } finally {
                remedy.run();
            }
            traffic.flows(MANY);
            assertThat(traffic.failures()).isEmpty();
        }
    }

    private static boolean readinessSays(String what) {
        return gateway.readiness().text().contains(what);
    }

    /** A change of the route that takes nothing from the requests; the first one makes it. */
    private static Answer change(int number) {
        return put(
                ROUTE,
                """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: reports-api }
                spec:
                  match: { path: /api/reports/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  filters: [ "AddResponseHeader=X-Change,%d" ]
                  authz: { mode: "off" }
                """.formatted(backend.getAddress().getPort(), number),
                number == 0 ? "If-None-Match" : "If-Match",
                "*");
    }

    private static Answer put(String path, String yaml, String... headers) {
        return gateway.admin("platform-admin").putYaml(path, yaml, headers);
    }

    private static HttpServer server(Supplier<String> answer) throws IOException {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = answer.get().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }
}

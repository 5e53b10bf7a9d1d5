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
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads over HTTP through two instances, over a primary and two replicas of this test's own, which it pauses, stops and
 * kills while clients write and read.
 */
class ReadsEndToEndTest {

    private static final int CLIENTS = 4;
    private static final int ROUNDS = 8;
    private static final String TOKEN = "Headgate-Consistency";
    private static final String OUTCOME = "Headgate-Consistency-Outcome";
    private static final String REPLICAS = "/admin/v1/replicas";

    private static Path disk;
    private static TestIssuer issuer;
    private static HttpServer keys;
    private static LocalPostgres primary;
    private static LocalPostgres one;
    private static LocalPostgres two;
    private static LocalRedis redis;
    private static Instance onPrimary;
    private static Instance onOne;
    private static Instance onTwo;
    private static TestGateway first;
    private static TestGateway second;
    private static final AtomicInteger VALUES = new AtomicInteger();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        disk = folder;
        issuer = TestIssuer.start("https://issuer.test");
        keys = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        keys.createContext("/", exchange -> {
            byte[] body = issuer.jwks().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        keys.start();
        primary = LocalPostgres.startPrivate();
        primary.execute("postgres", "CREATE TABLE counters (key text PRIMARY KEY, value int NOT NULL)");
        one = primary.startReplica("replica-1");
        two = primary.startReplica("replica-2");
        redis = LocalRedis.startPrivate();
        onPrimary = new Instance(primary, "postgres");
        onOne = new Instance(one, "postgres");
        onTwo = new Instance(two, "postgres");
        LocalPostgres registry = SharedStack.postgres();
        String database = registry.createDatabase();
        first = gateway("first", registry, database);
        second = gateway("second", registry, database);
        configure(first.admin("platform-admin"));
        awaitIn();
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
        List.of(onTwo, onOne, onPrimary).forEach(Instance::close);
        redis.stop();
        two.stop();
        one.stop();
        primary.stop();
        keys.stop(0);
        issuer.close();
    }

    private static TestGateway gateway(String name, LocalPostgres registry, String database) {
        return TestGateway.start(
                name,
                registry,
                database,
                new TestGateway.Access(
                        issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json"),
                disk.resolve(name),
                "--HEADGATE_DB_MAIN=postgres:any",
                "--spring.data.redis.url=" + redis.url(),
                "--headgate.reads.subjects.redis.prefix=" + database,
                "--headgate.reads.subjects.retention=31s",
                "--headgate.reads.subjects.budget=5s",
                "--headgate.reads.tracking.timeout=3s",
                "--headgate.reads.tracking.max-lag=30s");
    }

    @Test
    void aWriteIsReadBackFromAReplicaThroughAnotherInstance() {
        Awaited.until("a read of one's own write on a replica", () -> {
            int value = VALUES.incrementAndGet();
            Answer written = write(first, "own", value);
            Answer read = read(second, "own", TOKEN, token(written));
            assertThat(read.text()).isEqualTo(Integer.toString(value));
            return read.header(OUTCOME).orElseThrow().matches("(replica|waited);node=\"replica-[12]\";level=session.*");
        });
    }

    @Test
    void aRequestWithoutTokenSeesWhatItsSubjectWroteThroughTheOtherInstance() {
        one.pauseReplay();
        two.pauseReplay();
        try {
            for (int i = 0; i < 5; i++) {
                int value = VALUES.incrementAndGet();
                write(i % 2 == 0 ? first : second, "subject", value);

                Answer read = read(i % 2 == 0 ? second : first, "subject");

                assertThat(read.text()).as(read.toString()).isEqualTo(Integer.toString(value));
            }
        } finally {
            one.resumeReplay();
            two.resumeReplay();
            awaitIn();
        }
    }

    @Test
    void redisThatIsAwayMakesReadsStrongAndNoneStaleOrFailed() {
        int value = VALUES.incrementAndGet();
        write(first, "redis", value);
        redis.pause();
        try {
            Answer read = read(second, "redis");

            assertThat(read.status()).isEqualTo(200);
            assertThat(read.text()).isEqualTo(Integer.toString(value));
            assertThat(read.header(OUTCOME)).contains("primary;node=\"primary\";level=strong");
        } finally {
            redis.resume();
        }
    }

    @Test
    void forgedTokensAndThoseOfOtherTenantsReadStronglyAndFailNothing() {
        Answer written = write(first, "forged", VALUES.incrementAndGet());
        String token = token(written);
        String forged = token.substring(0, token.length() - 4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA");

        for (String bad : List.of(forged, "nonsense", token + "," + forged)) {
            Answer read = read(first, "forged", TOKEN, bad);
            assertThat(read.status()).as(bad).isEqualTo(200);
            assertThat(read.header(OUTCOME)).as(bad).contains("primary;node=\"primary\";level=strong");
        }
    }

    @Test
    void aReplicaIsDrainedOnEveryInstanceAndComesBack() {
        AdminClient sre = first.admin("sre");
        assertThat(first.admin("auditor")
                        .post(REPLICAS + "/main/replica-1/drain", "")
                        .status())
                .isEqualTo(403);
        assertThat(sre.post(REPLICAS + "/main/replica-9/drain", "").status()).isEqualTo(404);

        Answer drained = sre.post(REPLICAS + "/main/replica-1/drain", "");

        assertThat(drained.status()).as(drained.toString()).isEqualTo(200);
        for (TestGateway gateway : List.of(first, second)) {
            Awaited.until("it is out", () -> state(gateway, "replica-1").equals("drained"));
            assertThat(readsOf(gateway, 10)).noneMatch(outcome -> outcome.contains("replica-1"));
        }

        assertThat(sre.post(REPLICAS + "/main/replica-1/undrain", "").status()).isEqualTo(200);
        awaitIn();
    }

    @Test
    void aReplicaThatIsRemovedFromItsDatabaseTakesNoReadsAndOneThatIsAddedDoes() {
        AdminClient admin = first.admin("platform-admin");
        String etag = admin.get("/admin/v1/routes/reports/counters").etag();
        Answer narrowed = admin.putYaml("/admin/v1/routes/reports/counters", route(false), "If-Match", etag);
        assertThat(narrowed.status()).as(narrowed.toString()).isEqualTo(200);
        Answer removed = admin.putYaml(
                "/admin/v1/databases/platform/main",
                database(false),
                "If-Match",
                admin.get("/admin/v1/databases/platform/main").etag());
        assertThat(removed.status()).as(removed.toString()).isEqualTo(200);
        for (TestGateway gateway : List.of(first, second)) {
            Awaited.until("it is gone", () -> state(gateway, "replica-2").isEmpty());
            assertThat(readsOf(gateway, 10)).noneMatch(outcome -> outcome.contains("replica-2"));
        }

        admin.putYaml(
                "/admin/v1/databases/platform/main",
                database(true),
                "If-Match",
                admin.get("/admin/v1/databases/platform/main").etag());
        admin.putYaml(
                "/admin/v1/routes/reports/counters",
                route(true),
                "If-Match",
                admin.get("/admin/v1/routes/reports/counters").etag());
        awaitIn();
        Awaited.until(
                "it takes reads again", () -> readsOf(second, 5).stream().anyMatch(it -> it.contains("replica-2")));
    }

    @Test
    void nobodyMissesItsOwnWritesNorFallsBackWhateverHappensToTheReplicas() {
        var history = new ReadHistory();
        CounterClients clients = clients(history, true);
        List<CounterClients.Disturbance> disturbances = List.of(
                () -> {},
                one::pauseReplay,
                one::resumeReplay,
                () -> two.execute("postgres", "ALTER SYSTEM SET recovery_min_apply_delay = '300ms'"),
                () -> two.query("postgres", "SELECT pg_reload_conf()"),
                () -> two.execute("postgres", "ALTER SYSTEM RESET recovery_min_apply_delay"),
                () -> two.query("postgres", "SELECT pg_reload_conf()"),
                one::kill,
                one::start,
                () -> primary.execute("postgres", "ALTER SYSTEM SET synchronous_commit = off"),
                () -> primary.query("postgres", "SELECT pg_reload_conf()"),
                two::pause,
                two::resume,
                () -> primary.execute("postgres", "ALTER SYSTEM RESET synchronous_commit"),
                () -> primary.query("postgres", "SELECT pg_reload_conf()"));
        for (CounterClients.Disturbance disturbance : disturbances) {
            disturbance.happen();
            clients.together(ROUNDS);
        }
        awaitIn();
        clients.together(ROUNDS);

        assertThat(history.violations()).isEmpty();
        assertThat(history.readsOnReplicas()).isPositive();
        assertThat(history.reads()).isEqualTo((long) CLIENTS * ROUNDS * 3 * (disturbances.size() + 1));
    }

    @Test
    void clientsThatForgetTheirTokensReadStaleSoThatTheCheckerWouldTell() {
        var history = new ReadHistory();
        CounterClients clients = clients(history, false);
        freeze(true);
        try {
            clients.together(ROUNDS);
        } finally {
            freeze(false);
        }
        awaitIn();

        assertThat(history.violations()).isNotEmpty();
    }

    // ---- clients

    /** The receivers of the log stop, so that the replicas trail without knowing. */
    private static void freeze(boolean now) {
        for (LocalPostgres replica : List.of(one, two)) {
            LogReceiver.of(replica).ifPresent(now ? LogReceiver::stop : LogReceiver::goOn);
        }
    }

    private static CounterClients clients(ReadHistory history, boolean keepTokens) {
        return new CounterClients(
                CLIENTS,
                "/api/counters/t" + VALUES.incrementAndGet() + "-",
                history,
                keepTokens,
                List.of(first, second));
    }

    private static List<String> readsOf(TestGateway gateway, int count) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outcomes.add(read(gateway, "any", "Headgate-Consistency-Level", "eventual")
                    .header(OUTCOME)
                    .orElse(""));
        }
        return outcomes;
    }

    private static Answer write(TestGateway gateway, String key, int value) {
        Answer written = gateway.edge().send("PUT", "/api/counters/" + key, Integer.toString(value));
        assertThat(written.status()).as(written.toString()).isEqualTo(200);
        return written;
    }

    private static Answer read(TestGateway gateway, String key, String... headers) {
        return gateway.edge().get("/api/counters/" + key, headers);
    }

    private static String token(Answer answer) {
        return answer.header(TOKEN).orElseThrow(() -> new AssertionError("no token: " + answer));
    }

    // ---- configuration

    private static void awaitIn() {
        for (TestGateway gateway : List.of(first, second)) {
            for (String replica : List.of("replica-1", "replica-2")) {
                Awaited.until(
                        replica + " takes reads", () -> state(gateway, replica).equals("in"));
            }
        }
    }

    private static String state(TestGateway gateway, String replica) {
        for (var database : gateway.admin("auditor").get(REPLICAS).body().path("databases")) {
            for (var node : database.path("replicas")) {
                if (node.path("name").asString("").equals(replica)) {
                    return node.path("state").asString("");
                }
            }
        }
        return "";
    }

    private static void configure(AdminClient admin) {
        put(admin, "/admin/v1/teams/platform/reports", """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: reports }
                spec: { paths: [/api/counters/**], upstreams: ["http://127.0.0.1:*"], resources: [Counter] }
                """);
        put(admin, "/admin/v1/databases/platform/main", database(true));
        put(admin, "/admin/v1/routes/reports/counters", route(true));
    }

    private static void put(AdminClient admin, String path, String document) {
        Answer answer = admin.putYaml(path, document);
        assertThat(answer.status()).as(answer.toString()).isEqualTo(201);
    }

    private static String database(boolean both) {
        return """
                apiVersion: headgate/v1
                kind: Database
                metadata: { team: platform, name: main }
                spec:
                  primary: { url: "%s" }
                  replicas:
                    - { name: replica-1, url: "%s" }
                    %s
                  credentials: env:HEADGATE_DB_MAIN
                """.formatted(
                        primary.r2dbcUrl("postgres"),
                        one.r2dbcUrl("postgres"),
                        both ? "- { name: replica-2, url: \"" + two.r2dbcUrl("postgres") + "\" }" : "");
    }

    private static String route(boolean both) {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: counters }
                spec:
                  match: { path: /api/counters/**, methods: [GET, PUT] }
                  upstream:
                    primary: "http://127.0.0.1:%d"
                    replicas:
                      - { url: "http://127.0.0.1:%d", database: main/replica-1 }
                      %s
                    timeouts: { connect: 3s, response: 3s }
                    retry: { attempts: 2, on: [connect, reset], budget: 100%% }
                  authz: { mode: "off" }
                  reads: { consistency: session, allow: [eventual, bounded], maxAge: 5s, database: main }
                """.formatted(
                        onPrimary.port(),
                        onOne.port(),
                        both ? "- { url: \"http://127.0.0.1:" + onTwo.port() + "\", database: main/replica-2 }" : "");
    }
}

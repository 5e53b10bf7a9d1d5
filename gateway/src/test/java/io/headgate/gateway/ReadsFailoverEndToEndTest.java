package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Histories of reads and writes over HTTP while servers change places, and of writes of which nobody knows. */
class ReadsFailoverEndToEndTest {

    private static final int CLIENTS = 4;
    private static final int ROUNDS = 8;
    private static final int SWAPS = 6;
    private static final Duration HASTE = Duration.ofMillis(500);
    private static final String TOKEN = "Headgate-Consistency";

    private static TestIssuer issuer;
    private static HttpServer keys;
    private static List<TestGateway> gateways;

    private final ReadHistory history = new ReadHistory();

    @BeforeAll
    static void start(@TempDir Path disk) throws IOException {
        issuer = TestIssuer.start("https://issuer.test");
        keys = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        keys.createContext("/", exchange -> {
            byte[] body = issuer.jwks().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        keys.start();
        LocalPostgres registry = SharedStack.postgres();
        String database = registry.createDatabase();
        gateways = List.of(gateway("first", registry, database, disk), gateway("second", registry, database, disk));
        Answer team = gateways.getFirst().admin("platform-admin").putYaml("/admin/v1/teams/platform/reports", """
                        apiVersion: headgate/v1
                        kind: Team
                        metadata: { team: platform, name: reports }
                        spec: { paths: [/api/counters/**], upstreams: ["http://127.0.0.1:*"], resources: [Counter] }
                        """);
        assertThat(team.status()).as(team.toString()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        gateways.reversed().forEach(TestGateway::close);
        keys.stop(0);
        issuer.close();
    }

    private static TestGateway gateway(String name, LocalPostgres registry, String database, Path disk) {
        return TestGateway.start(
                name,
                registry,
                database,
                new TestGateway.Access(
                        issuer, "http://127.0.0.1:" + keys.getAddress().getPort() + "/jwks.json"),
                disk.resolve(name),
                "--HEADGATE_DB_MAIN=postgres:any",
                "--headgate.reads.tracking.timeout=3s",
                "--headgate.reads.subjects.retention=2h",
                "--headgate.reads.tracking.max-lag=1h");
    }

    @Test
    void aFailoverThatLosesNothingIsNoLossToAnybody() {
        try (var counters = new RoutedCounters("kept", gateways)) {
            CounterClients clients = clients(counters);
            clients.together(ROUNDS);

            clients.during(() -> {
                counters.primary.stop(); // and sends its replicas all that is left
                counters.failOver();
            });
            clients.together(ROUNDS);

            assertThat(history.violations()).isEmpty();
            assertThat(history.lossesTold()).isZero();
        }
    }

    @Test
    void whatAFailoverLosesIsToldToAllWhoKnewOfIt() {
        try (var counters = new RoutedCounters("lost", gateways)) {
            CounterClients clients = clients(counters);
            clients.together(ROUNDS);
            counters.one.stop();
            clients.together(ROUNDS);
            counters.primary.kill();
            counters.one.start();
            history.lost();

            counters.failOver();
            clients.together(ROUNDS);

            assertThat(history.violations()).isEmpty();
            assertThat(history.lossesTold()).isEqualTo(CLIENTS);
        }
    }

    /** One of the two trails, and is now at the one address, now at the other. */
    @Test
    void replicasThatSwapTheirAddressesShowNothingStale() {
        try (var counters = new RoutedCounters("swapped", gateways)) {
            CounterClients clients = clients(counters);
            clients.together(ROUNDS);
            LogReceiver ofTwo = LogReceiver.of(counters.two).orElseThrow();
            ofTwo.stop();
            try {
                for (int swap = 0; swap < SWAPS; swap++) {
                    boolean isStraight = swap % 2 == 1;
                    clients.during(() -> {
                        counters.addressOfOne.leadTo(isStraight ? counters.one : counters.two);
                        counters.addressOfTwo.leadTo(isStraight ? counters.two : counters.one);
                        counters.awaitIn();
                    });
                }
            } finally {
                ofTwo.goOn();
            }
            clients.together(ROUNDS);

            assertThat(history.violations()).isEmpty();
            assertThat(history.readsOnReplicas()).isPositive();
        }
    }

    @Test
    void aWriteThatTimesOutAndCommitsIsSeenFromThenOnOrNotYet() {
        try (var counters = new RoutedCounters("hasty", gateways)) {
            LogReceiver ofTwo = LogReceiver.of(counters.two).orElseThrow();
            ofTwo.stop();
            try {
                var writer = new Writer(counters);
                Awaited.until("a write that committed in time to be known", () -> {
                    writer.commitsBeforeItTimesOut();
                    return writer.known >= 3;
                });
                for (int round = 0; round < ROUNDS; round++) {
                    writer.timesOutBeforeItCommits();
                }
            } finally {
                ofTwo.goOn();
            }

            assertThat(history.violations()).isEmpty();
        }
    }

    /** Writes what times out, and reads it through both instances. */
    private final class Writer {

        private final RoutedCounters counters;
        private String token = "";
        private int value;
        private int known;

        Writer(RoutedCounters counters) {
            this.counters = counters;
        }

        void commitsBeforeItTimesOut() {
            var isOver = new CountDownLatch(1);
            var committed = new AtomicLong();
            counters.onPrimary.afterWrite = () -> {
                committed.set(System.nanoTime());
                await(isOver);
            };
            long sent = System.nanoTime();
            write();
            if (committed.get() != 0 && committed.get() - sent < HASTE.toNanos()) {
                history.wrote(0, key(), value);
                known++;
            }
            isOver.countDown();
            read();
        }

        void timesOutBeforeItCommits() {
            var isOver = new CountDownLatch(1);
            var isCommitted = new CountDownLatch(1);
            counters.onPrimary.beforeWrite = () -> await(isOver);
            counters.onPrimary.afterWrite = isCommitted::countDown;
            write();
            read();
            isOver.countDown();
            await(isCommitted);
            read();
        }

        private void write() {
            value++;
            Answer answer = gateways.get(value % 2)
                    .edge("writer")
                    .send("PUT", counters.hastyPath() + "late", Integer.toString(value), headers());
            assertThat(answer.status()).as(answer.toString()).isEqualTo(504);
            token = answer.header(TOKEN).orElseThrow();
        }

        private void read() {
            for (TestGateway gateway : gateways) {
                Answer answer = gateway.edge("writer").get(key(), headers());
                assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
                token = answer.header(TOKEN).orElseThrow();
                history.read(new ReadHistory.Read(
                        0,
                        key(),
                        Integer.parseInt(answer.text()),
                        answer.header("Headgate-Consistency-Outcome").orElse("")));
            }
        }

        private String key() {
            return counters.path() + "late";
        }

        private String[] headers() {
            return token.isEmpty() ? new String[0] : new String[] {TOKEN, token};
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private CounterClients clients(RoutedCounters counters) {
        return new CounterClients(CLIENTS, counters.path() + "t", history, true, gateways);
    }
}

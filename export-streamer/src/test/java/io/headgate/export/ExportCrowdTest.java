package io.headgate.export;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.SharedStack;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Many clients of one tenant that stand still, and others of another that do not. */
class ExportCrowdTest {

    private static final int SLOW = 200;
    private static final int PLACES = 6;
    private static final int LARGE = 200_000;
    private static final int SMALL = 2_000;
    private static final int PATIENCE_MILLIS = 120_000;
    private static final String PATH = "/api/v1/exports/stream?dataset=platform/events&format=csv&columns=id,label";

    private static String database = "";

    private final List<Socket> sockets = new ArrayList<>();
    private final Exports exports = new Exports(
            database,
            "headgate.exports.max-running=" + (PLACES + 2),
            "headgate.exports.max-running-per-tenant=" + PLACES,
            "headgate.exports.first-row=10m",
            "headgate.exports.stall=30m");

    @BeforeAll
    static void fill() {
        database = Exports.database();
        SharedStack.postgres().execute(database, """
                INSERT INTO events (tenant_id, id, label)
                SELECT CASE WHEN i <= %d THEN 'acme' ELSE 'globex' END, i, repeat('x', 100)
                FROM generate_series(1, %d) AS i""".formatted(LARGE, LARGE + SMALL));
        SharedStack.postgres().execute(database, "ANALYZE events");
    }

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        Eventually.until("all places are free", () -> exports.slots().running() == 0);
        exports.close();
    }

    @Test
    void twoHundredSlowClientsOfATenantStopNobodyElseAndTheirCursorsWait() throws Exception {
        for (int i = 0; i < SLOW; i++) {
            sockets.add(ask());
        }

        List<InputStream> slow = new ArrayList<>();
        for (Socket socket : sockets) {
            InputStream in = socket.getInputStream();
            String head = head(in);
            if (head.startsWith("HTTP/1.1 200 ")) {
                slow.add(in);
            } else {
                assertThat(head).startsWith("HTTP/1.1 429 ").containsIgnoringCase("\r\nRetry-After: 5\r\n");
            }
        }
        assertThat(slow).hasSize(PLACES);
        assertCursorsWait(PLACES);

        for (int i = 0; i < 5; i++) {
            HttpResponse<String> fast = fast();
            assertThat(fast.statusCode()).isEqualTo(200);
            assertThat(fast.body().lines()).hasSize(SMALL + 1);
        }
        assertCursorsWait(PLACES);

        assertThat(new String(slow.getFirst().readAllBytes(), US_ASCII)).endsWith("\r\n\r\n");
        Eventually.until(
                "one is whole",
                () -> exports.events().of("export.completed").stream()
                        .anyMatch(
                                event -> Long.valueOf(LARGE).equals(event.data().get("rows"))));
        assertCursorsWait(PLACES - 1);
    }

    /** Its connection ends with the answer, and what it does not read stays with the server. */
    private Socket ask() throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress("127.0.0.1", exports.port()));
        socket.getOutputStream()
                .write(("GET " + PATH + " HTTP/1.1\r\nHost: x\r\nTenant: acme\r\nConnection: close\r\n\r\n")
                        .getBytes(US_ASCII));
        return socket;
    }

    private static String head(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            assertThat(next).as("the head goes on behind %s", head).isNotNegative();
            head.write(next);
        }
        return head.toString(US_ASCII);
    }

    private HttpResponse<String> fast() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exports.port() + PATH))
                            .version(HttpClient.Version.HTTP_1_1)
                            .header("Tenant", "globex")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static void assertCursorsWait(int count) {
        Eventually.until(
                count + " cursors wait",
                () -> SharedStack.postgres()
                        .query(
                                database,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                        + " AND state = 'active' AND wait_event IN ('ClientRead', 'ClientWrite')")
                        .equals(String.valueOf(count)));
    }
}

package io.headgate.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Event;
import io.headgate.local.SharedStack;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.netty.http.HttpProtocol;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ExportStreamTest {

    private static final int ROWS = 200_000;
    private static final String PATH = "/api/v1/exports/stream";
    private static final String SMALL = "?dataset=platform/events&format=csv&columns=id,label&filter="
            + "%5B%7B%22field%22%3A%22id%22%2C%22op%22%3A%22lte%22%2C%22value%22%3A3%7D%5D";
    private static final String LARGE = "?dataset=platform/events&format=csv&columns=id,label";

    private static String database = "";

    private final HttpClient client = HttpClient.newHttpClient();
    private Exports exports = new Exports(database, "headgate.exports.max-running-per-tenant=3");

    @BeforeAll
    static void fill() {
        database = Exports.database();
        SharedStack.postgres().execute(database, """
                INSERT INTO events (tenant_id, id, label, n)
                SELECT 'acme', i, repeat('x', 100), 1 FROM generate_series(1, %d) AS i""".formatted(ROWS));
        SharedStack.postgres().execute(database, "ANALYZE events");
    }

    @AfterEach
    void close() {
        exports.close();
    }

    @Test
    void answersWithAFile() throws Exception {
        HttpResponse<byte[]> answer = get(SMALL);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new String(answer.body(), UTF_8).lines().map(line -> line.substring(0, 2)))
                .containsExactly("id", "1,", "2,", "3,");
        assertThat(answer.headers().map())
                .containsEntry("content-type", List.of("text/csv; charset=utf-8; header=present"))
                .containsEntry("accept-ranges", List.of("none"))
                .containsEntry("cache-control", List.of("no-store"))
                .containsEntry("x-content-type-options", List.of("nosniff"))
                .containsKey("x-export-snapshot");
        assertThat(answer.headers().firstValue("content-disposition").orElse(""))
                .matches("attachment; filename=\"events-[0-9]{8}T[0-9]{6}Z\\.csv\"");
    }

    @Test
    void answersAnOrderInABodyAlike() throws Exception {
        byte[] byUrl = get(SMALL + "&sort=-id&null=NULL&delimiter=;").body();
        byte[] byBody = post("""
                {"dataset":"platform/events","format":"csv","columns":["id","label"],"null":"NULL","delimiter":";",
                 "filter":[{"field":"id","op":"lte","value":3}],"sort":[{"field":"id","dir":"desc"}]}""").body();

        assertThat(byBody).isEqualTo(byUrl).isNotEmpty();
    }

    @Test
    void tellsRowsAndDigestBehindTheLastByte() throws Exception {
        Got got = getWithTrailers(HttpProtocol.HTTP11, LARGE);

        String digest = sha256(got.body());
        assertThat(got.trailers().get("X-Export-Rows")).isEqualTo(String.valueOf(ROWS));
        assertThat(got.trailers().get("X-Export-Sha256")).isEqualTo(digest);
        assertThat(got.headers().get("Trailer")).isEqualTo("X-Export-Rows, X-Export-Sha256, Repr-Digest");
        assertThat(got.trailers().get("Repr-Digest")).startsWith("sha-256=:").endsWith(":");
        Eventually.until(
                "recorded", () -> !exports.events().of("export.completed").isEmpty());
        assertThat(exports.events().of("export.completed").getFirst().data()).containsEntry("sha256", digest);
    }

    @Test
    void comesWholeOverHttp2() throws Exception {
        HttpResponse<byte[]> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exports.port() + PATH + LARGE))
                        .version(HttpClient.Version.HTTP_2)
                        .timeout(java.time.Duration.ofSeconds(60))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        Eventually.until(
                "recorded", () -> !exports.events().of("export.completed").isEmpty());
        assertThat(exports.events().of("export.completed").getFirst().data())
                .containsEntry("sha256", sha256(answer.body()));
    }

    @Test
    void tellsRowsOverHttp2() {
        assertThat(getWithTrailers(HttpProtocol.H2C, SMALL).trailers().get("X-Export-Rows"))
                .isEqualTo("3");
    }

    private record Got(byte[] body, HttpHeaders headers, HttpHeaders trailers) {}

    private Got getWithTrailers(HttpProtocol protocol, String query) {
        return reactor.netty.http.client.HttpClient.create()
                .protocol(protocol)
                .get()
                .uri("http://127.0.0.1:" + exports.port() + PATH + query)
                .responseSingle((response, body) -> body.asByteArray()
                        .flatMap(bytes -> response.trailerHeaders()
                                .map(trailers -> new Got(bytes, response.responseHeaders(), trailers))))
                .blockOptional(java.time.Duration.ofSeconds(60))
                .orElseThrow();
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void compressesForWhomeverTakesThat() throws Exception {
        HttpResponse<byte[]> answer = client.send(
                request(SMALL).header("Accept-Encoding", "br, gzip;q=0.5").build(),
                HttpResponse.BodyHandlers.ofByteArray());

        assertThat(answer.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes())
                .isEqualTo(get(SMALL).body());
        assertThat(client.send(
                                request(SMALL)
                                        .header("Accept-Encoding", "gzip;q=0")
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray())
                        .headers()
                        .firstValue("content-encoding"))
                .isEmpty();
    }

    @Test
    void recordsWhoTookWhatAndNoValue() throws Exception {
        get(SMALL + "&tz=Europe/Vienna");

        assertThat(exports.events().all()).extracting(Event::eventType).startsWith("export.requested");
        Event requested = exports.events().of("export.requested").getFirst();
        Eventually.until(
                "recorded", () -> !exports.events().of("export.completed").isEmpty());
        Event completed = exports.events().of("export.completed").getFirst();
        assertThat(requested.accountId()).hasValue("acme");
        assertThat(requested.userId()).hasValue("ana");
        assertThat(requested.data())
                .containsEntry("dataset", "platform/events")
                .containsEntry("format", "csv")
                .containsEntry("columns", List.of("id", "label"));
        assertThat(completed.data())
                .containsEntry("rows", 3L)
                .containsEntry("filter_hash", requested.data().get("filter_hash"))
                .containsKeys("bytes", "sha256", "duration_ms", "snapshot");
        assertThat(exports.events().all().toString()).doesNotContain("\"", "filter=");
    }

    @Test
    void saysAllThatIsWrongAtOnce() throws Exception {
        HttpResponse<byte[]> answer = get(
                "?dataset=platform/events&format=doc&columns=id,nix,id&tz=UTC%2B2&delimiter=x"
                        + "&bom=maybe&more=1&filter=%5B%7B%22field%22%3A%22no%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A1%7D%5D");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(pointers(answer))
                .containsExactlyInAnyOrder(
                        "/format", "/columns", "/columns", "/tz", "/delimiter", "/bom", "/more", "/filter/0/field");
        assertThat(exports.events().all()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ?format=csv | /dataset
            ?dataset=x&format=csv | /dataset
            ?dataset=platform/events | /format
            ?dataset=platform/events&format=csv&format=csv | /format
            ?dataset=platform/events&format=xlsx&delimiter=; | /delimiter
            ?dataset=platform/events&format=csv&dialect=postgres&guard=on | /guard
            ?dataset=platform/events&format=csv&dialect=postgres&eol=crlf | /eol
            ?dataset=platform/events&format=csv&null=%22 | /null
            ?dataset=platform/events&format=csv&columns= | /columns
            ?dataset=platform/events&format=csv&sort=nix | /sort/0
            ?dataset=platform/events&format=csv&FILTER=1 | /FILTER
            """)
    void namesThePlaceOfWhatIsWrong(String query, String pointer) throws Exception {
        HttpResponse<byte[]> answer = get(query);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(pointers(answer)).contains(pointer);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [1]                                               | 400
            {"dataset":"platform/events","dataset":"x"}       | 400
            {                                                 | 400
            {"dataset":"platform/events","format":7}          | 400
            {"dataset":"platform/events","format":"csv","x":1}| 400
            {"dataset":"platform/nothing","format":"csv"}     | 404
            """)
    void refusesABodyThatIsNoOrder(String body, int status) throws Exception {
        assertThat(post(body).statusCode()).isEqualTo(status);
    }

    @Test
    void refusesBodiesThatAreTooLargeOrOfAnotherType() throws Exception {
        assertThat(post("{\"null\":\"" + "x".repeat(70_000) + "\"}").statusCode())
                .isEqualTo(413);
        assertThat(client.send(
                                request("")
                                        .header("Content-Type", "text/csv")
                                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray())
                        .statusCode())
                .isEqualTo(415);
        assertThat(client.send(request(SMALL).DELETE().build(), HttpResponse.BodyHandlers.ofByteArray())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void whoMayNotLearnsNothingOfTheDataset() throws Exception {
        for (String dataset : List.of("platform/events", "platform/nothing")) {
            HttpResponse<byte[]> answer = client.send(
                    request("?dataset=" + dataset + "&format=nix")
                            .header("Role", "viewer")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());

            assertThat(answer.statusCode()).isEqualTo(403);
        }
        assertThat(exports.events().all()).isEmpty();
    }

    @Test
    void aDatabaseThatIsAwayIsAProblemAndNoFile() throws Exception {
        SharedStack.postgres().execute(database, "ALTER TABLE events RENAME TO gone");
        try {
            HttpResponse<byte[]> answer = get(SMALL);

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("content-disposition")).isEmpty();
            assertThat(answer.headers().firstValue("trailer")).isEmpty();
            assertThat(new String(answer.body(), UTF_8)).contains("dataset-unavailable");
        } finally {
            SharedStack.postgres().execute(database, "ALTER TABLE gone RENAME TO events");
        }
        assertThat(exports.events().of("export.failed").getFirst().data())
                .containsEntry("reason", "dataset-unavailable");
    }

    @ParameterizedTest
    @CsvSource({"HTTP/1.1", "HTTP/1.0"})
    void whatBreaksOnTheWayLooksBroken(String version) throws Exception {
        try (Socket socket = ask(LARGE, version)) {
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(1_000)).hasSize(1_000);

            SharedStack.postgres()
                    .query(
                            database,
                            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                                    + " AND pid <> pg_backend_pid()");

            assertThatThrownBy(in::readAllBytes).isInstanceOf(SocketException.class);
        }
        Eventually.until("recorded", () -> !exports.events().of("export.failed").isEmpty());
        assertThat(exports.events().of("export.completed")).isEmpty();
        assertThat(exports.events().of("export.failed").getFirst().data())
                .hasEntrySatisfying(
                        "reason", reason -> assertThat(reason).asString().startsWith("database-"));
    }

    @Test
    void aClientThatStandsStillTooLongIsCutOff() throws Exception {
        exports.close();
        exports = new Exports(database, "headgate.exports.stall=3s");
        try (Socket socket = ask(LARGE, "HTTP/1.1")) {
            InputStream in = socket.getInputStream();
            assertThat(in.readNBytes(1_000)).hasSize(1_000);

            Eventually.until(
                    "recorded", () -> !exports.events().of("export.failed").isEmpty());

            assertThat(exports.events().of("export.failed").getFirst().data())
                    .containsEntry("reason", "gateway-timeout");
            assertThatThrownBy(in::readAllBytes).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aClientThatVanishesIsRecordedAndLeavesNothing() throws Exception {
        try (Socket socket = ask(LARGE, "HTTP/1.1")) {
            assertThat(socket.getInputStream().readNBytes(1_000)).hasSize(1_000);
            socket.setSoLinger(true, 0);
        }

        Eventually.until("recorded", () -> !exports.events().of("export.failed").isEmpty());
        assertThat(exports.events().of("export.failed").getFirst().data()).containsEntry("reason", "cancelled");
        assertThat(exports.events().of("export.completed")).isEmpty();
        Eventually.until("nothing runs", () -> exports.slots().running() == 0 && exports.acquiredConnections() == 0);
    }

    @Test
    void slowClientsHoldLittleAndStopNobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                slow.add(ask(LARGE, "HTTP/1.1"));
                assertThat(slow.getLast().getInputStream().readNBytes(1_000)).hasSize(1_000);
            }
            await("both cursors wait", 2);

            assertThat(get(SMALL).statusCode()).isEqualTo(200);
            await("both cursors still wait", 2);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    @Test
    void tellsWhoeverComesWhenThereIsNoRoomToComeAgain() throws Exception {
        List<Socket> running = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                running.add(ask(LARGE, "HTTP/1.1"));
                assertThat(running.getLast().getInputStream().readNBytes(1_000)).hasSize(1_000);
            }

            HttpResponse<byte[]> answer = get(SMALL);

            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(answer.headers().firstValue("retry-after")).hasValue("5");
            assertThat(new String(answer.body(), UTF_8)).contains("export-limit");
        } finally {
            for (Socket socket : running) {
                socket.close();
            }
        }
    }

    private void await(String what, int sessions) {
        Eventually.until(
                what,
                () -> SharedStack.postgres()
                        .query(
                                database,
                                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                                        + " AND wait_event IN ('ClientRead', 'ClientWrite')")
                        .equals(String.valueOf(sessions)));
    }

    /** A client that reads when it likes, through a small window. */
    private Socket ask(String query, String version) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(8 * 1024);
        socket.setSoTimeout(60_000);
        socket.connect(new java.net.InetSocketAddress("127.0.0.1", exports.port()));
        var request = new ByteArrayOutputStream();
        request.write(("GET " + PATH + query + " " + version + "\r\nHost: x\r\n\r\n").getBytes(UTF_8));
        socket.getOutputStream().write(request.toByteArray());
        return socket;
    }

    private HttpResponse<byte[]> get(String query) throws Exception {
        return client.send(request(query).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> post(String body) throws Exception {
        return client.send(
                request("")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder request(String query) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exports.port() + PATH + query))
                .version(HttpClient.Version.HTTP_1_1);
    }

    private static List<String> pointers(HttpResponse<byte[]> answer) {
        List<String> pointers = new ArrayList<>();
        for (JsonNode problem : JsonMapper.shared().readTree(answer.body()).path("problems")) {
            pointers.add(problem.path("pointer").stringValue(""));
        }
        return pointers;
    }
}

package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a body that nobody reads, because its request was refused by its head. */
class RefusedBodyTest {

    private static final String POST = "POST /closed/a HTTP/1.1\r\nHost: a\r\n";
    private static final int ENDED = -1;

    private static Wire.Backend backend;

    /** For clients that read their answers and send on, however long a machine holds them up. */
    private static TestEdge edge;

    /** For those that have to be cut. */
    private static TestEdge hasty;

    @BeforeAll
    static void start() {
        backend = new Wire.Backend();
        edge = edge("60s");
        hasty = edge("500ms");
    }

    private static TestEdge edge(String patience) {
        return TestEdge.start(
                        "headgate.edge.max-body-size=2MB",
                        "headgate.edge.unread-body.patience=" + patience,
                        "headgate.edge.unread-body.linger=" + patience,
                        "headgate.edge.unread-body.discarded=4MB")
                .route("demo/closed", """
                        match: { path: /closed/**, methods: [POST] }
                        test: { caller: true }
                        upstream: { primary: "%s" }
                        """.formatted(backend.url()));
    }

    @AfterAll
    static void stop() {
        hasty.close();
        edge.close();
        backend.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/closed/a, 401, 200, 1000",
        "/closed/a, 401, 100000, 300",
        "/nothing, 404, 20000, 300",
        "/closed/a, 401, 1500000, 50",
        "/closed/a, 413, 3000000, 100"
    })
    void everyClientReadsItsRefusal(String path, int status, int size, int times) throws Exception {
        Map<String, Integer> answers = new TreeMap<>();
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            for (int i = 0; i < times; i++) {
                answers.merge(outcome(client, edge.port(), path, new byte[size]), 1, Integer::sum);
            }
        }

        assertThat(answers).isEqualTo(Map.of(Integer.toString(status), times));
    }

    @Test
    void everyClientReadsThatItSendsTooMuch() throws Exception {
        Map<String, Integer> answers = new TreeMap<>();
        try (var limited = TestEdge.start(
                        "headgate.edge.address-limit.rate=1",
                        "headgate.edge.address-limit.burst=1",
                        "headgate.edge.unread-body.linger=60s");
                HttpClient client = HttpClient.newHttpClient()) {
            for (int i = 0; i < 300; i++) {
                answers.merge(outcome(client, limited.port(), "/nothing", new byte[20_000]), 1, Integer::sum);
            }
        }

        assertThat(answers).containsOnlyKeys("404", "429");
    }

    private static String outcome(HttpClient client, int port, String path, byte[] body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .POST(BodyPublishers.ofByteArray(body))
                .timeout(Duration.ofSeconds(60))
                .build();
        try {
            return Integer.toString(
                    client.send(request, BodyHandlers.ofString()).statusCode());
        } catch (IOException e) {
            return e.toString();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Length: 4\r\n\r\n|body", "Transfer-Encoding: chunked\r\n\r\n|4\r\nbody\r\n0\r\n\r\n"})
    void aShortBodyThatComesLateKeepsItsConnection(String framing) throws Exception {
        String[] parts = framing.split("\\|");
        try (var socket = connect()) {
            for (int i = 0; i < 20; i++) {
                send(socket, POST + parts[0]);
                send(socket, parts[1]);
                assertThat(Wire.readAnswer(socket.getInputStream()))
                        .startsWith("HTTP/1.1 401")
                        .doesNotContainIgnoringCase("connection: close");
            }
        }
    }

    @Test
    void requestsInARowAreAnsweredInARow() throws Exception {
        try (var socket = connect()) {
            send(socket, (POST + "Content-Length: 4\r\n\r\nbody").repeat(20));
            for (int i = 0; i < 20; i++) {
                assertThat(Wire.readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 401");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\n\r\n",
                "Content-Length: 1000000\r\n\r\nsome",
                "Transfer-Encoding: chunked\r\n\r\n",
                "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n",
                "Content-Length: 3000000\r\n\r\nsome"
            })
    void aClientThatNeverSendsWhatItAnnouncedIsAnsweredAndCut(String framing) throws Exception {
        try (var socket = connect(hasty)) {
            send(socket, POST + framing);

            assertThat(Wire.readAnswer(socket.getInputStream()))
                    .startsWith("HTTP/1.1 4")
                    .containsIgnoringCase("connection: close");
            assertThat(socket.getInputStream().read()).isEqualTo(ENDED);
        }
    }

    /** So slowly that it is time that cuts it, and not the number of bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 1000000\r\n\r\n|x", "Transfer-Encoding: chunked\r\n\r\n|1\r\nx\r\n"})
    void aClientThatDripsIsCut(String framing) throws Exception {
        String[] parts = framing.split("\\|");
        try (var socket = connect(hasty)) {
            send(socket, POST + parts[0]);

            assertIsCutWhileItSends(socket, parts[1], 1_000_000);
        }
    }

    @Test
    void aClientThatSendsOnWithoutEndIsCut() throws Exception {
        try (var socket = connect(hasty)) {
            send(socket, POST + "Transfer-Encoding: chunked\r\n\r\n");

            assertIsCutWhileItSends(socket, "186a0\r\n" + "x".repeat(100_000) + "\r\n", 0);
        }
    }

    /** Half closed, a connection still takes bytes; it is cut when they are refused. */
    private static void assertIsCutWhileItSends(Socket socket, String bytes, long pauseNanos) {
        long patience = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try {
            while (System.nanoTime() < patience) {
                send(socket, bytes);
                LockSupport.parkNanos(pauseNanos);
            }
        } catch (IOException cut) {
            return;
        }
        throw new AssertionError("the connection still takes bytes");
    }

    @Test
    void whatFollowsAnAnswerThatEndsItsConnectionIsNotReadAsARequest() throws Exception {
        try (var socket = connect()) {
            send(socket, POST + "Content-Length: 1000000\r\n\r\n");
            assertThat(Wire.readAnswer(socket.getInputStream())).startsWith("HTTP/1.1 401");

            send(
                    socket,
                    "x".repeat(1_000_000) + "POST /closed/smuggled HTTP/1.1\r\nHost: a\r\nX-Test-Caller: a/b\r\n\r\n");

            assertThat(socket.getInputStream().read()).isEqualTo(ENDED);
            assertThat(backend.received).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/closed/a|401|4", "/nothing|404|4", "/closed/a|413|3000000"})
    void aBodyThatWaitsForItsInvitationIsRefusedWithoutOne(String shape) throws Exception {
        String[] parts = shape.split("\\|");
        try (var socket = connect(hasty)) {
            send(
                    socket,
                    "POST " + parts[0] + " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " + parts[2]
                            + "\r\n\r\n");

            assertThat(Wire.readAnswer(socket.getInputStream()))
                    .startsWith("HTTP/1.1 " + parts[1])
                    .containsIgnoringCase("connection: close");
            assertThat(socket.getInputStream().read()).isEqualTo(ENDED);
        }
    }

    @Test
    void anInvitationIsNotTakenForTheAnswer() throws Exception {
        try (var socket = connect()) {
            InputStream in = socket.getInputStream();
            send(socket, POST + "X-Test-Caller: a/b\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
            assertThat(Wire.readAnswer(new Head(in))).startsWith("HTTP/1.1 100");

            send(socket, "bodyHEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(Wire.readAnswer(in)).startsWith("HTTP/1.1 200").endsWith("ok");
            assertThat(Wire.readAnswer(new Head(in))).startsWith("HTTP/1.1 404");
        } finally {
            backend.received.clear();
        }
    }

    /** Ends where the head does, whatever length it announces. */
    private static final class Head extends InputStream {
        private final InputStream in;
        private int matched;

        Head(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            if (matched == 4) {
                return ENDED;
            }
            int next = in.read();
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
            return next;
        }
    }

    private static Socket connect() throws IOException {
        return connect(edge);
    }

    private static Socket connect(TestEdge edge) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }
}

package io.headgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client gets when the backend, or the client itself, misbehaves. */
class FaultsTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static String upstream(int port, String... more) {
        return "primary: http://127.0.0.1:" + port + "\n" + String.join("\n", more);
    }

    private static int unusedPort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void answers502WhenTheConnectionIsRefused() throws Exception {
        try (var edge = new EdgeStandIn(upstream(unusedPort()));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("/problems/bad-gateway", "could not be reached");
            assertThat(edge.records.last().attempts()).isEqualTo(2);
        }
    }

    @Test
    void triesAPostAgainOfWhichNothingWasSent() throws Exception {
        try (var edge = new EdgeStandIn(upstream(unusedPort(), "retry: { attempts: 3 }"));
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 1\r\n\r\nx")
                    .readAnswer();

            assertThat(edge.records.last().attempts()).isEqualTo(3);
        }
    }

    @Test
    void answers504WhenNoConnectionComesToStandInTime() throws Exception {
        try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> fillers = fillBacklog(full);
            try (var edge = new EdgeStandIn(
                            upstream(full.getLocalPort(), "timeouts: { connect: 100ms }", "retry: { attempts: 1 }"));
                    var client = new RawClient(edge.port())) {
                var answer = client.get("/").readAnswer();

                assertThat(answer.status()).isEqualTo(504);
                assertThat(answer.body()).contains("/problems/gateway-timeout", "(connect)");
            }
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    /** Connects until nobody is let in any more; a listener that accepts nothing has room for a few. */
    private static List<Socket> fillBacklog(ServerSocket listening) throws IOException {
        List<Socket> fillers = new ArrayList<>();
        while (true) {
            var socket = new Socket();
            fillers.add(socket);
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort()), 300);
            } catch (SocketTimeoutException full) {
                return fillers;
            }
        }
    }

    @Test
    void answers504WhenTheAnswerDoesNotBegin() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { response: 100ms }"));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("(response)");
            backend.awaitEnd();
        }
    }

    @Test
    void answers504WhenASmallAnswerStallsBeforeAnyOfItHasLeft() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send(
                            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: br\r\nX-Backend: 1\r\n\r\nab");
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { idle: 100ms }"));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("(idle)");
            assertThat(answer.head().toLowerCase(java.util.Locale.ROOT))
                    .doesNotContain("content-encoding", "x-backend");
        }
    }

    @Test
    void breaksTheConnectionWhenAStreamStalls() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { idle: 100ms }"));
                var client = new RawClient(edge.port())) {
            client.get("/");

            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(client.readRest()).startsWith("2\r\nab\r\n").doesNotContain("0\r\n\r\n");
            backend.awaitEnd();
        }
    }

    @Test
    void breaksTheConnectionWhenTheTotalTimeRunsOutInAStreamThatMoves() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    while (true) {
                        conversation.send("2\r\nab\r\n"); // until the gateway has had enough
                        Thread.onSpinWait();
                    }
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { total: 2s }"));
                var client = new RawClient(edge.port())) {
            client.get("/");

            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(client.readRest()).doesNotEndWith("0\r\n\r\n");
            backend.awaitEnd();
        }
    }

    @Test
    void answers504WhenTheTotalTimeRunsOutBeforeTheAnswer() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { total: 100ms }"));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("(total)");
        }
    }

    @Test
    void answers504WhenAnUploadStalls() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { idle: 100ms }"));
                var client = new RawClient(edge.port())) {
            var answer = client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 100000\r\n\r\nabc")
                    .readAnswer();

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("(idle)");
            backend.awaitEnd();
        }
    }

    @Test
    void answers504WhenASmallUploadStallsAndNeverCallsTheBackend() throws Exception {
        try (var backend = new RawBackend(RawBackend.Conversation::readHead);
                var edge = new EdgeStandIn(upstream(backend.port(), "timeouts: { idle: 100ms }"));
                var client = new RawClient(edge.port())) {
            var answer = client.send("POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 10\r\n\r\nabc")
                    .readAnswer();

            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("(idle)");
            assertThat(backend.hasNoFurtherHead()).isTrue();
        }
    }

    @Test
    void answers502WhenTheBackendResetsInsideTheHead() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nConte");
                    conversation.reset();
                });
                var edge = new EdgeStandIn(upstream(backend.port(), "retry: { attempts: 1 }"));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("/problems/bad-gateway", "broke the connection off");
        }
    }

    @Test
    void breaksTheConnectionWhenTheBackendResetsInsideAStream() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nab");
                    conversation.readHead();
                });
                var edge = new EdgeStandIn(upstream(backend.port()));
                var client = new RawClient(edge.port())) {
            client.get("/");
            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(client.read(new byte[2])).isEqualTo(2);

            backend.closeConnections();

            assertThat(client.readRest()).isIn("", "<broken>");
        }
    }

    @Test
    void breaksTheConnectionWhenAChunkedAnswerEndsWithoutItsLastChunk() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
                });
                var edge = new EdgeStandIn(upstream(backend.port()));
                var client = new RawClient(edge.port())) {
            client.get("/");

            String all = client.readRest();

            assertThat(all)
                    .doesNotContain("0\r\n\r\n")
                    .satisfiesAnyOf(
                            broken -> assertThat(broken).contains("2\r\nab\r\n"), // it had left
                            refused -> assertThat(refused).startsWith("HTTP/1.1 502")); // it had not
        }
    }

    @Test
    void answers502ToWhatIsNotHttp() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("SSH-2.0-OpenSSH_9.6\r\n\r\n");
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port()));
                var client = new RawClient(edge.port())) {
            var answer = client.get("/").readAnswer();

            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("not HTTP");
            assertThat(edge.records.last().attempts()).isEqualTo(1);
        }
    }

    @Test
    void invitesABodyThatWaitsForItsInvitation() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    String head = conversation.readHead();
                    conversation.read(5);
                    conversation.send(OK);
                });
                var edge = new EdgeStandIn(upstream(backend.port()));
                var client = new RawClient(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: e\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readHead()).startsWith("HTTP/1.1 100");
            client.send("hello");

            assertThat(client.readAnswer().body()).isEqualTo("ok");
            assertThat(backend.head().toLowerCase(java.util.Locale.ROOT)).doesNotContain("expect");
        }
    }

    @Test
    void closesTheBackendsConnectionWhenTheClientLeavesBeforeTheAnswer() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port()))) {
            try (var client = new RawClient(edge.port())) {
                client.get("/");
                backend.head();
            }
            backend.awaitEnd();
            edge.awaitIdle();
        }
    }

    @Test
    void closesTheBackendsConnectionWhenTheClientLeavesInsideAStream() throws Exception {
        try (var backend = new RawBackend(conversation -> {
                    conversation.readHead();
                    conversation.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
                    conversation.watch();
                });
                var edge = new EdgeStandIn(upstream(backend.port()))) {
            try (var client = new RawClient(edge.port())) {
                client.get("/").readUntil("ab");
            }
            backend.awaitEnd();
            edge.awaitIdle();
        }
    }

    @Test
    void neverSendsARequestWhoseClientLeftWhileItWaitedForAConnection() throws Exception {
        var go = new java.util.concurrent.CountDownLatch(1);
        try (var backend = new RawBackend(conversation -> {
                    while (true) {
                        if (conversation.readHead().startsWith("GET /first")) {
                            go.await();
                        }
                        conversation.send(OK);
                    }
                });
                var edge =
                        new EdgeStandIn(upstream(backend.port(), "pool: { maxConnections: 1, pendingTimeout: 30s }"));
                var first = new RawClient(edge.port());
                var third = new RawClient(edge.port())) {
            first.get("/first");
            assertThat(backend.head()).startsWith("GET /first");
            try (var second = new RawClient(edge.port())) {
                second.get("/second");
                edge.awaitCalls(2);
            }
            edge.awaitEnded(1);
            third.get("/third");
            go.countDown();

            assertThat(first.readAnswer().body()).isEqualTo("ok");
            assertThat(third.readAnswer().body()).isEqualTo("ok");
            assertThat(backend.head()).startsWith("GET /third");
            assertThat(backend.hasNoFurtherHead()).isTrue();
        }
    }
}

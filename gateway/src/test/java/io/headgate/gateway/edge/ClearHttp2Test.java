package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 without TLS: by prior knowledge and by an upgrade, where the setting is on. */
class ClearHttp2Test {

    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private static Wire.Backend backend;
    private static TestEdge edge;

    @BeforeAll
    static void start() {
        backend = new Wire.Backend();
        edge = TestEdge.start("server.http2.enabled=true")
                .route("demo/all", """
                        match: { path: /api/** }
                        upstream: { primary: "%s" }
                        """.formatted(backend.url()))
                .route("demo/closed", """
                        match: { path: /closed.Service/** }
                        test: { caller: true }
                        upstream: { primary: "%s", protocol: h2 }
                        """.formatted(backend.url()));
    }

    @AfterAll
    static void stop() {
        edge.close();
        backend.close();
    }

    @BeforeEach
    void forget() {
        backend.received.clear();
    }

    @Test
    void anUpgradeIsTakenAndTheRequestPasses() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + "/api/a"))
                    .build();

            HttpResponse<String> first = client.send(request, BodyHandlers.ofString());
            HttpResponse<String> second = client.send(request, BodyHandlers.ofString());

            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(second.statusCode()).isEqualTo(200);
            assertThat(second.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(backend.received)
                    .allSatisfy(it -> assertThat(it.toLowerCase(java.util.Locale.ROOT))
                            .doesNotContain("http2-settings", "upgrade"));
        }
    }

    @Test
    void whatTwoReadersCouldFrameDifferentlyReachesNoBackendBesideTheUpgradeEither() {
        SmugglingTest.shapes().forEach(shape -> {
            String request = String.valueOf(shape.get()[1]);
            if (!request.startsWith("PRI")) { // that is how prior knowledge begins
                Wire.send(edge.port(), request);
            }
        });

        assertThat(backend.received)
                .allSatisfy(it -> assertThat(it).startsWith("GET /api HTTP/1.1").containsIgnoringCase("x-a: b c\r\n"));
    }

    /** gRPC clients take a refusal from one frame of headers that ends the stream. */
    @Test
    void aRefusedGrpcCallIsAnsweredInTrailersOnly() throws Exception {
        try (var call = new RawCall("/closed.Service/Say")) {
            Answer answer = call.answer();

            assertThat(answer.endsStream).isTrue();
            assertThat(answer.headers.status()).hasToString("200");
            assertThat(answer.headers.get("content-type")).hasToString("application/grpc");
            assertThat(answer.headers.get("grpc-status")).hasToString("16");
            assertThat(answer.headers.get("grpc-message")).isNotEmpty();
            assertThat(answer.headers.get("x-request-id")).isNotEmpty();
            assertThat(answer.headers.get("connection")).isNull();
        }
        try (var call = new RawCall("/no.Service/Say")) {
            Answer answer = call.answer();

            assertThat(answer.endsStream).isTrue();
            assertThat(answer.headers.get("grpc-status")).hasToString("12");
        }
    }

    private record Answer(Http2Headers headers, boolean endsStream) {}

    /** One gRPC call, frame by frame: libraries hide which frame ended the stream. */
    private static final class RawCall implements AutoCloseable {
        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), edge.port());
        private final DataInputStream in = new DataInputStream(socket.getInputStream());
        private final DataOutputStream out = new DataOutputStream(socket.getOutputStream());

        RawCall(String path) throws IOException, Http2Exception {
            socket.setSoTimeout(60_000);
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            frame(SETTINGS, 0, 0, new byte[0]);
            ByteBuf block = Unpooled.buffer();
            new DefaultHttp2HeadersEncoder()
                    .encodeHeaders(
                            1,
                            new DefaultHttp2Headers()
                                    .method("POST")
                                    .scheme("http")
                                    .authority("a")
                                    .path(path)
                                    .set("content-type", "application/grpc+proto")
                                    .set("te", "trailers"),
                            block);
            byte[] bytes = new byte[block.readableBytes()];
            block.readBytes(bytes);
            frame(HEADERS, END_HEADERS, 1, bytes); // the message does not follow
        }

        private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
            out.write(new byte[] {0, (byte) (payload.length >> 8), (byte) payload.length, (byte) type, (byte) flags});
            out.writeInt(stream);
            out.write(payload);
            out.flush();
        }

        Answer answer() throws IOException, Http2Exception {
            while (true) {
                int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = in.readNBytes(length);
                if (type == HEADERS && stream == 1) {
                    Http2Headers headers =
                            new DefaultHttp2HeadersDecoder().decodeHeaders(1, Unpooled.wrappedBuffer(payload));
                    return new Answer(headers, (flags & END_STREAM) != 0);
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}

package io.headgate.gateway.upstream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A client on a plain socket, which sees how an answer ends and can go away at any time. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    RawClient(int port) throws IOException {
        this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        this.in = socket.getInputStream();
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return this;
    }

    RawClient get(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: edge\r\n\r\n");
    }

    void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    String readHead() throws IOException {
        return readUntil("\r\n\r\n");
    }

    String readUntil(String mark) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf(mark) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after: " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }

    /** A whole answer that has a length: its status, head and body. */
    Answer readAnswer() throws IOException {
        String head = readHead();
        int at = head.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ");
        int length = at < 0
                ? 0
                : Integer.parseInt(
                        head.substring(at + 16, head.indexOf('\r', at)).strip());
        return new Answer(
                Integer.parseInt(head.substring(9, 12)),
                head,
                new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    static boolean isChunked(Answer answer) {
        return answer.head().toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked");
    }

    /** All that still comes; what a broken connection had brought until then. */
    String readRest() {
        var rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (IOException broken) {
            rest.writeBytes("<broken>".getBytes(StandardCharsets.US_ASCII));
        }
        return rest.toString(StandardCharsets.US_ASCII);
    }

    int read(byte[] into) throws IOException {
        return in.read(into);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    record Answer(int status, String head, String body) {}
}

package io.headgate.gateway.edge;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/** Bytes to the edge, and bytes that a backend sees: what libraries would tidy up on the way. */
final class Wire {

    private Wire() {}

    /** Sends the text as it stands and reads until the edge closes, or has answered once. */
    static String send(int port, String text) {
        return send(() -> new Socket(InetAddress.getLoopbackAddress(), port), text);
    }

    interface Opening {
        Socket open() throws IOException;
    }

    static String send(Opening opening, String text) {
        try (Socket socket = opening.open()) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return readAnswer(socket.getInputStream());
        } catch (IOException e) {
            return "";
        }
    }

    static String readAnswer(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        int expected = Integer.MAX_VALUE;
        for (int b = in.read(); b >= 0; b = in.read()) {
            bytes.write(b);
            String text = bytes.toString(StandardCharsets.ISO_8859_1);
            int head = text.indexOf("\r\n\r\n");
            if (head >= 0 && expected == Integer.MAX_VALUE) {
                expected = head + 4 + length(text.substring(0, head));
            }
            if (bytes.size() >= expected) {
                break;
            }
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    private static int length(String head) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(line.substring(15).trim());
            }
        }
        return Integer.MAX_VALUE - 100_000;
    }

    /** A backend that keeps what it reads, byte for byte, and answers each connection's first request. */
    static final class Backend implements AutoCloseable {
        private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

        final List<String> received = new CopyOnWriteArrayList<>();
        private final ServerSocket server;

        Backend() {
            try {
                server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread.ofVirtual().start(this::accept);
        }

        String url() {
            return "http://127.0.0.1:" + server.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> serve(socket));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private void serve(Socket socket) {
            var bytes = new ByteArrayOutputStream();
            try (socket) {
                InputStream in = socket.getInputStream();
                while (!isWhole(bytes.toString(StandardCharsets.ISO_8859_1))) {
                    int b = in.read();
                    if (b < 0) {
                        break;
                    }
                    bytes.write(b);
                }
                received.add(bytes.toString(StandardCharsets.ISO_8859_1));
                socket.getOutputStream().write(ANSWER.getBytes(StandardCharsets.ISO_8859_1));
            } catch (IOException e) {
                received.add(bytes.toString(StandardCharsets.ISO_8859_1));
            }
        }

        private static boolean isWhole(String text) {
            int head = text.indexOf("\r\n\r\n");
            if (head < 0) {
                return false;
            }
            if (text.substring(0, head).toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
                return text.endsWith("0\r\n\r\n");
            }
            int length = length(text.substring(0, head));
            return text.length() >= head + 4 + (length > 1_000_000 ? 0 : length);
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

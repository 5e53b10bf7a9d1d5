package io.headgate.perf;

import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A large body up and one down through a small heap: memory must not follow the size. */
final class BodyDrill {
    private static final String HEAP = "-Xmx256m";
    private static final int CHUNK = 64 * 1024;
    private static final int TIMEOUT_MILLIS = 60_000;

    private BodyDrill() {}

    static Outcome run(Options options, Arena arena, HeadgateContestant headgate) throws Exception {
        long bytes = options.number("mib", 1, 100_000) * 1024L * 1024L;
        var lines = new ArrayList<Outcome.Line>();
        var notes = new ArrayList<String>();
        for (Contestant contestant : List.of(headgate, Peers.RAW_PROXY, Peers.BARE_GATEWAY)) {
            if (contestant.missing().isPresent()) {
                notes.add(
                        contestant.title() + " skipped: " + contestant.missing().get());
                continue;
            }
            Contestant.Launch launch = arena.prepare(contestant, 1, "-Xms64m", HEAP);
            try (OsProcess process = arena.start(contestant, launch)) {
                URI route = URI.create("http://127.0.0.1:" + launch.port() + "/r/0/items");
                process.awaitReady(route, arena.header(), Duration.ofMinutes(1));
                lines.add(measure(contestant.title(), process, launch.port(), bytes, arena.header()));
            }
        }
        return new Outcome("bodies", "%,d MiB up and down with %s".formatted(bytes >> 20, HEAP), lines, notes, true);
    }

    private static Outcome.Line measure(
            String name, OsProcess process, int port, long bytes, Map<String, String> headers) throws IOException {
        for (int i = 0; i < 20; i++) { // class loading and buffers of an ordinary body are not what is asked
            upload(port, 1 << 20, headers);
            download(port, 1 << 20, headers);
        }
        process.forgetPeak();
        double before = process.residentMib();
        double up = seconds(() -> upload(port, bytes, headers));
        double peakUp = process.peakMib();
        process.forgetPeak();
        double down = seconds(() -> download(port, bytes, headers));
        return Outcome.line(
                name,
                "RSS before MiB",
                before,
                "peak up MiB",
                peakUp,
                "peak down MiB",
                process.peakMib(),
                "up MiB/s",
                (bytes >> 20) / up,
                "down MiB/s",
                (bytes >> 20) / down);
    }

    private interface Transfer {
        void run() throws IOException;
    }

    private static double seconds(Transfer transfer) throws IOException {
        long start = System.nanoTime();
        transfer.run();
        return (System.nanoTime() - start) / 1e9;
    }

    static void upload(int port, long bytes, Map<String, String> headers) throws IOException {
        try (Socket socket = connect(port)) {
            OutputStream out = socket.getOutputStream();
            out.write(head("POST", "/r/0/upload", port, headers, "Content-Length: " + bytes + "\r\n"));
            byte[] chunk = new byte[CHUNK];
            for (long left = bytes; left > 0; left -= Math.min(CHUNK, left)) {
                out.write(chunk, 0, (int) Math.min(CHUNK, left));
            }
            InputStream in = new BufferedInputStream(socket.getInputStream(), CHUNK);
            long length = lengthAfterHead(in);
            String answer = new String(in.readNBytes((int) length), StandardCharsets.US_ASCII);
            if (!answer.equals("{\"received\":" + bytes + "}")) {
                throw new IOException("sent " + bytes + " bytes, and the backend says " + answer);
            }
        }
    }

    static void download(int port, long bytes, Map<String, String> headers) throws IOException {
        try (Socket socket = connect(port)) {
            socket.getOutputStream().write(head("GET", "/r/0/bytes/" + bytes, port, headers, ""));
            InputStream in = new BufferedInputStream(socket.getInputStream(), CHUNK);
            long length = lengthAfterHead(in);
            byte[] chunk = new byte[CHUNK];
            long received = 0;
            for (int n = 0; received < length && n >= 0; received += n) {
                n = in.read(chunk, 0, (int) Math.min(CHUNK, length - received));
            }
            if (length != bytes || received != bytes) {
                throw new IOException("asked for " + bytes + " bytes, " + length + " announced, " + received + " came");
            }
        }
    }

    private static Socket connect(int port) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    private static byte[] head(String method, String path, int port, Map<String, String> headers, String last) {
        var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        return head.append(last).append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static long lengthAfterHead(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0 || head.size() > CHUNK) {
                throw new IOException("no whole head: " + head);
            }
            head.write(next);
        }
        var buffer = Unpooled.wrappedBuffer(head.toByteArray());
        if (Heads.status(buffer) != 200) {
            throw new IOException("not 200: " + head);
        }
        return Heads.contentLength(buffer, buffer.readableBytes());
    }
}

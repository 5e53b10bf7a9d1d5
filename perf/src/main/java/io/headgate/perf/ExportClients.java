package io.headgate.perf;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Clients of exports that read slowly, and such as go away: what the gateway holds for them, how soon it lets go, and what
 * others feel of them. Over the demo's dataset of a stack that is up.
 */
final class ExportClients implements AutoCloseable {

    private static final String SLOW_TENANT = "acme";
    private static final String FAST_TENANT = "globex";
    private static final List<String> SERVERS = List.of("primary", "replica-1", "replica-2");
    private static final String OPEN_CURSORS = "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
            + " AND query LIKE 'SELECT \"id\"%'";
    private static final Pattern RUNNING = Pattern.compile("(?m)^headgate_exports_running(?:\\{[^}]*})? ([0-9.]+)");

    private static final int FEW_BYTES = 1_024;
    private static final int RECEIVE_BUFFER = 4 * 1_024;
    /** Ten KiB a second. */
    private static final Duration BETWEEN = Duration.ofMillis(100);

    private static final int SLOW_READS = 300;
    private static final int CROWD = 200;
    private static final int GOING = 20;
    private static final int FAST_RUNS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final double FREED_TARGET_MILLIS = 1_000;
    private static final double GROWTH_TARGET_MIB = 8;
    private static final double FAST_TARGET = 0.7;

    private final StackPart gateway;
    private final String slowToken;
    private final String fastToken;
    private final List<Connection> servers = new ArrayList<>();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(LIMIT)
            .build();

    private ExportClients(LiveStack stack) throws IOException, InterruptedException, SQLException {
        gateway = stack.gateways().getFirst();
        slowToken = token(stack.launcher(), SLOW_TENANT);
        fastToken = token(stack.launcher(), FAST_TENANT);
        for (String name : SERVERS) {
            StackPart server = stack.launcher().part(name);
            servers.add(DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/"
                    + server.database() + "?user=" + server.user()));
        }
    }

    private static String token(Launcher launcher, String tenant) throws IOException, InterruptedException {
        return launcher.run("token", "--tenant", tenant, "--subject", "bench", "--roles", "analyst", "--ttl", "2h");
    }

    static Outcome run(Options options, Arena arena) throws Exception {
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return new Outcome("clients", "clients of exports", List.of(), List.of("skipped: no stack is up"), true);
        }
        try (var stack = found.get();
                var clients = new ExportClients(stack)) {
            return clients.measure();
        }
    }

    private Outcome measure() throws Exception {
        fast(); // so that what an ordinary export needs is there already
        List<Outcome.Line> lines = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        boolean waited = slow(lines, notes);
        going(lines, notes);
        boolean kept = crowd(lines, notes);
        return new Outcome("clients", "slow clients of exports, and such as go", lines, notes, waited && kept);
    }

    // ---- one that is slow

    private boolean slow(List<Outcome.Line> lines, List<String> notes) throws Exception {
        try (Reader reader = new Reader(slowToken)) {
            reader.read(FEW_BYTES);
            double before = memory("VmRSS");
            Files.writeString(Path.of("/proc/" + gateway.pid() + "/clear_refs"), "5");
            boolean isOpen = true;
            for (int i = 0; i < SLOW_READS; i++) {
                LockSupport.parkNanos(BETWEEN.toNanos());
                reader.read(FEW_BYTES);
                isOpen &= cursors() == 1;
            }
            double growth = memory("VmHWM") - before;
            lines.add(Outcome.line(
                    "one that reads 10 KiB a second", "KiB read", SLOW_READS * FEW_BYTES / 1_024, "grown MiB", growth));
            notes.add("its cursor was open at each of %d looks: %s".formatted(SLOW_READS, isOpen ? "yes" : "**no**"));
            notes.add("target, the gateway grows by at most %.0f MiB for it: %s"
                    .formatted(GROWTH_TARGET_MIB, met(growth <= GROWTH_TARGET_MIB)));
            return isOpen;
        } finally {
            freed();
        }
    }

    private double memory(String what) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + gateway.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith(what + ":"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1_024)
                    .sum();
        }
    }

    // ---- such as go

    /** @param slot when the gateway's slot was free, in milliseconds, and the cursor's connection */
    private record Freed(double slot, double connection) {}

    private void going(List<Outcome.Line> lines, List<String> notes) throws Exception {
        List<Freed> freed = new ArrayList<>();
        for (int i = 0; i < GOING; i++) {
            Reader reader = new Reader(slowToken);
            reader.read(64 * FEW_BYTES);
            reader.vanish();
            freed.add(freed());
        }
        double[] slots = freed.stream().mapToDouble(Freed::slot).toArray();
        double[] connections = freed.stream().mapToDouble(Freed::connection).toArray();
        double longest = freed.stream()
                .mapToDouble(one -> Math.max(one.slot(), one.connection()))
                .max()
                .orElseThrow();
        lines.add(Outcome.line(
                GOING + " that go in the middle",
                "slot free ms",
                Series.median(slots),
                "connection free ms",
                Series.median(connections),
                "longest ms",
                longest));
        notes.add("target, all is free within a second: " + met(longest <= FREED_TARGET_MILLIS)
                + "; each look takes some milliseconds, which are counted in");
    }

    private Freed freed() throws Exception {
        long start = System.nanoTime();
        double slot = Double.NaN;
        double connection = Double.NaN;
        while (Double.isNaN(slot) || Double.isNaN(connection)) {
            if (Double.isNaN(connection) && cursors() == 0) {
                connection = millis(start);
            }
            if (Double.isNaN(slot) && running() == 0) {
                slot = millis(start);
            }
            if (millis(start) > LIMIT.toMillis()) {
                throw new IOException("nothing was freed in " + LIMIT);
            }
        }
        return new Freed(slot, connection);
    }

    private static double millis(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private int running() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.admin() + "/actuator/prometheus"))
                .build();
        Matcher running = RUNNING.matcher(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        if (!running.find()) {
            throw new IOException("the gateway does not tell how many exports run");
        }
        return (int) Double.parseDouble(running.group(1));
    }

    private int cursors() throws SQLException {
        int open = 0;
        for (Connection server : servers) {
            try (var statement = server.createStatement();
                    var row = statement.executeQuery(OPEN_CURSORS)) {
                row.next();
                open += row.getInt(1);
            }
        }
        return open;
    }

    // ---- many that are slow

    private boolean crowd(List<Outcome.Line> lines, List<String> notes) throws Exception {
        double alone = fast();
        List<Reader> crowd = new ArrayList<>();
        try {
            for (int i = 0; i < CROWD; i++) {
                crowd.add(new Reader(slowToken));
            }
            long streaming = crowd.stream().filter(Reader::isStreaming).count();
            Thread drip = Thread.startVirtualThread(() -> drip(crowd));
            double beside = fast();
            drip.interrupt();
            drip.join();
            lines.add(Outcome.line("a fast one, alone", "s", alone));
            lines.add(Outcome.line(
                    "a fast one beside " + CROWD + " of another tenant", "s", beside, "of alone", alone / beside));
            notes.add(streaming + " of the " + CROWD + " are served at 10 KiB a second, the others are answered 429");
            notes.add("target, the fast one keeps %.1f of its speed: %s"
                    .formatted(FAST_TARGET, met(alone / beside >= FAST_TARGET)));
            return streaming > 0 && crowd.stream().allMatch(one -> one.isStreaming() || one.status == 429);
        } finally {
            crowd.forEach(Reader::vanish);
            freed();
        }
    }

    private static void drip(List<Reader> crowd) {
        List<Reader> served = crowd.stream().filter(Reader::isStreaming).toList();
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(BETWEEN.toNanos());
            for (Reader reader : served) {
                try {
                    reader.read(FEW_BYTES);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    /** Seconds of a whole export, the median of some. */
    private double fast() throws IOException, InterruptedException {
        double[] seconds = new double[FAST_RUNS];
        for (int i = 0; i < FAST_RUNS; i++) {
            long start = System.nanoTime();
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + path()))
                    .header("Authorization", "Bearer " + fastToken)
                    .build();
            HttpResponse<Void> answer = client.send(request, HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() != 200) {
                throw new IOException("export: " + answer.statusCode());
            }
            seconds[i] = millis(start) / 1e3;
        }
        return Series.median(seconds);
    }

    private static String path() {
        return "/api/v1/exports/stream?dataset=platform/events&format=csv";
    }

    private static String met(boolean isMet) {
        return isMet ? "met" : "**missed**";
    }

    /** A client on a plain socket with a small buffer, which takes no more than it reads. */
    private final class Reader implements AutoCloseable {

        private final Socket socket = new Socket();
        private final InputStream in;
        private final int status;

        Reader(String token) throws IOException {
            socket.setReceiveBufferSize(RECEIVE_BUFFER);
            socket.setSoTimeout((int) LIMIT.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.edge()));
            socket.getOutputStream()
                    .write(("GET " + path() + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            in = socket.getInputStream();
            String line = new String(in.readNBytes("HTTP/1.1 200".length()), StandardCharsets.US_ASCII);
            status = Integer.parseInt(line.substring(line.length() - 3));
        }

        boolean isStreaming() {
            return status == 200;
        }

        void read(int bytes) throws IOException {
            if (in.readNBytes(bytes).length < bytes) {
                throw new IOException("the export ended (expected: it goes on)");
            }
        }

        /** Without a word. */
        void vanish() {
            try {
                socket.setSoLinger(true, 0);
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            vanish();
        }
    }

    @Override
    public void close() throws SQLException {
        for (Connection server : servers) {
            server.close();
        }
    }
}

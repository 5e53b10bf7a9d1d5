package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * P8: clients of the demo's reports, each of which changes one of its own and reads it back nine times with the token
 * that it was given last, through any gateway. Whoever reads less than it wrote or read before has read stale.
 */
final class ReadShares {

    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*\"([0-9a-f-]{36})\"");
    private static final Pattern VIEWS = Pattern.compile("\"views\"\\s*:\\s*(\\d+)");
    private static final Pattern COUNTS =
            Pattern.compile("(?m)^headgate_reads_(captures|questions)_total(?:\\{[^}]*})?\\s+(\\S+)$");
    private static final String TOKEN = "Headgate-Consistency";
    private static final List<Integer> LAGS = List.of(0, 5, 50);
    private static final int READS_A_WRITE = 9;
    private static final double TARGET = 0.9;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<StackPart> gateways;
    private final List<Long> replicas;
    private final ProcessHandle primary;
    private final String token;
    private final int clients;
    private final int reads;

    private ReadShares(LiveStack stack, Options options) throws IOException, InterruptedException {
        this.gateways = stack.gateways();
        this.replicas = List.of(
                stack.launcher().part("replica-1").pid(),
                stack.launcher().part("replica-2").pid());
        this.primary = ProcessHandle.of(stack.launcher().part("primary").pid())
                .orElseThrow(() -> new IOException("the primary does not run"));
        this.token = "Bearer "
                + stack.launcher().run("token", "--tenant", "acme", "--subject", "bench", "--roles", "editor");
        this.clients = Math.min(options.connections(), 512);
        this.reads = options.number("reads", 1_000, 10_000_000);
    }

    static Outcome p8(Options options, Arena arena) throws Exception {
        String title = "reads that replicas serve, and stale ones (targets: >= 90 % at up to 50 ms of lag, none)";
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return new Outcome("P8", title, List.of(), List.of("skipped: no stack is up"), true);
        }
        try (var stack = found.get()) {
            return new ReadShares(stack, options).measure(title);
        }
    }

    /** What one run came to. */
    private static final class Tally {
        final ConcurrentHistogram micros = new ConcurrentHistogram(60_000_000, 3);
        final LongAdder onReplicas = new LongAdder();
        final LongAdder stale = new LongAdder();
        final LongAdder writes = new LongAdder();
        final LongAdder failed = new LongAdder();
        Duration primaryCpu = Duration.ZERO;
    }

    private record Counts(double captures, double questions) {}

    private Outcome measure(String title) throws Exception {
        run("strong", Math.max(1_000, reads / 10), 0); // warms up
        List<Outcome.Line> lines = new ArrayList<>();
        boolean good = true;
        boolean met = true;
        Tally off = run("strong", reads / 10, 0);
        lines.add(line("all on the primary", off, new Counts(0, 0)));
        for (int lag : LAGS) {
            Counts before = counts();
            Tally tally = run("session", reads, lag);
            Counts after = counts();
            lines.add(line(
                    "lag up to " + lag + " ms",
                    tally,
                    new Counts(after.captures() - before.captures(), after.questions() - before.questions())));
            good &= tally.failed.sum() == 0;
            met &= tally.stale.sum() == 0 && share(tally) >= TARGET;
        }
        return new Outcome(
                "P8",
                title,
                lines,
                List.of(
                        clients + " clients, one write to " + READS_A_WRITE + " reads, " + gateways.size()
                                + " gateways; every read with a token, as the client's own last answer gave it",
                        met ? "targets: met" : "targets: **missed**"),
                good);
    }

    private static double share(Tally tally) {
        return tally.onReplicas.sum() / (double) Math.max(1, tally.micros.getTotalCount());
    }

    private static Outcome.Line line(String name, Tally tally, Counts counts) {
        double requests = tally.micros.getTotalCount() + (double) tally.writes.sum();
        return Outcome.line(
                name,
                "reads",
                tally.micros.getTotalCount(),
                "on replicas %",
                share(tally) * 100,
                "stale",
                tally.stale.sum(),
                "p50 ms",
                tally.micros.getValueAtPercentile(50) / 1e3,
                "p99 ms",
                tally.micros.getValueAtPercentile(99) / 1e3,
                "writes",
                tally.writes.sum(),
                "captures a write",
                tally.writes.sum() == 0 ? Double.NaN : counts.captures() / tally.writes.sum(),
                "questions a request",
                counts.questions() / requests,
                "CPU of the primary us/req",
                tally.primaryCpu.toNanos() / 1e3 / requests,
                "failed",
                tally.failed.sum());
    }

    private Tally run(String level, int count, int lagMillis) throws Exception {
        var tally = new Tally();
        var left = new AtomicLong(count);
        Duration before = OsProcess.cpu(primary);
        try (var lag = ReceiverLag.of(replicas, Duration.ofMillis(lagMillis));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int number = i;
                running.add(threads.submit(() -> {
                    new Client(number, level, tally).run(left);
                    return number;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        tally.primaryCpu = OsProcess.cpu(primary).minus(before);
        return tally;
    }

    /** One report, its only writer, and what it has seen of it. */
    private final class Client {
        private final String level;
        private final Tally tally;
        private int turn;
        private int seen;
        private String carried = "";
        private String id = "";

        Client(int number, String level, Tally tally) {
            this.turn = number;
            this.level = level;
            this.tally = tally;
        }

        void run(AtomicLong left) throws IOException, InterruptedException {
            id = found(ID, keep(send("/api/reports", "POST", "{\"name\":\"Bench\",\"views\":0}")));
            for (int value = 1; left.get() > 0; value++) {
                var written = keep(send("/api/reports/" + id, "PATCH", "{\"views\":" + value + "}"));
                tally.writes.increment();
                if (written.statusCode() == 200) {
                    seen = value;
                } else {
                    tally.failed.increment();
                }
                for (int i = 0; i < READS_A_WRITE && left.getAndDecrement() > 0; i++) {
                    read();
                }
            }
        }

        private void read() throws IOException, InterruptedException {
            long since = System.nanoTime();
            var answer = keep(send("/api/reports/" + id, "GET", ""));
            tally.micros.recordValue(Math.min((System.nanoTime() - since) / 1_000, 60_000_000));
            if (answer.statusCode() != 200) {
                tally.failed.increment();
                return;
            }
            int views = Integer.parseInt(found(VIEWS, answer));
            if (views < seen) {
                tally.stale.increment();
            }
            seen = Math.max(seen, views);
            String outcome =
                    answer.headers().firstValue("Headgate-Consistency-Outcome").orElse("");
            if (outcome.startsWith("replica") || outcome.startsWith("waited")) {
                tally.onReplicas.increment();
            }
        }

        private HttpResponse<String> send(String path, String method, String body)
                throws IOException, InterruptedException {
            StackPart gateway = gateways.get(Math.floorMod(turn++, gateways.size()));
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + path))
                    .timeout(Duration.ofSeconds(30))
                    .header("Authorization", token)
                    .header("Headgate-Consistency-Level", level)
                    .method(
                            method,
                            body.isEmpty()
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body));
            if (!body.isEmpty()) {
                request.header("Content-Type", "application/json");
            }
            if (!carried.isEmpty()) {
                request.header(TOKEN, carried);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }

        private HttpResponse<String> keep(HttpResponse<String> answer) {
            answer.headers().firstValue(TOKEN).ifPresent(it -> carried = it);
            return answer;
        }
    }

    private static String found(Pattern pattern, HttpResponse<String> answer) throws IOException {
        Matcher matcher = pattern.matcher(answer.body());
        if (!matcher.find()) {
            throw new IOException(answer.statusCode() + " " + answer.body());
        }
        return matcher.group(1);
    }

    private Counts counts() throws IOException, InterruptedException {
        double captures = 0;
        double questions = 0;
        for (StackPart gateway : gateways) {
            var request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + gateway.admin() + "/actuator/prometheus"))
                    .build();
            Matcher lines = COUNTS.matcher(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
            while (lines.find()) {
                double count = Double.parseDouble(lines.group(2));
                captures += lines.group(1).equals("captures") ? count : 0;
                questions += lines.group(1).equals("questions") ? count : 0;
            }
        }
        return new Counts(captures, questions);
    }
}

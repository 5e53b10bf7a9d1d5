package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which part of the decisions on the demo's traffic is remembered, by what the gateways count themselves. */
final class HitRate {

    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*\"([0-9a-f-]{36})\"");
    private static final Pattern DECISIONS =
            Pattern.compile("(?m)^headgate_authz_decisions_total\\{([^}]*)}\\s+(\\S+)$");
    private static final int RATE = 200;
    private static final int AT_ONCE = 64;
    private static final int KNOWN_IDS = 500;
    private static final double TARGET = 0.95;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<StackPart> gateways;
    private final List<String> tokens = new ArrayList<>();
    private final ConcurrentLinkedQueue<Known> known = new ConcurrentLinkedQueue<>();
    private final SplittableRandom random = new SplittableRandom(42);
    private final LongAdder good = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** A report that may be asked for, and the token of its tenant. */
    private record Known(String id, String token) {}

    private record Counts(double hits, double misses) {}

    private HitRate(LiveStack stack) throws IOException, InterruptedException {
        this.gateways = stack.gateways();
        for (String tenant : List.of("acme", "globex", "initech")) {
            tokens.add(stack.launcher().run("token", "--tenant", tenant, "--subject", "hits", "--roles", "editor"));
        }
    }

    static Outcome run(Options options, Arena arena) throws Exception {
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return new Outcome("hits", title(), List.of(), List.of("skipped: no stack is up"), true);
        }
        try (var stack = found.get()) {
            return new HitRate(stack).measure(options);
        }
    }

    private static String title() {
        return "decisions that are remembered, on the demo's mix";
    }

    private Outcome measure(Options options) throws IOException, InterruptedException {
        Counts before = counts();
        traffic(options.seconds("seconds"), options.number("rate", 0, 10_000));
        Counts after = counts();
        double hits = after.hits() - before.hits();
        double misses = after.misses() - before.misses();
        double rate = hits / Math.max(1, hits + misses);
        return new Outcome(
                "hits",
                title(),
                List.of(Outcome.line(
                        gateways.size() + " instance" + (gateways.size() == 1 ? "" : "s"),
                        "hit rate %",
                        rate * 100,
                        "remembered",
                        hits,
                        "decided",
                        misses,
                        "requests",
                        good.sum(),
                        "failed",
                        failed.sum())),
                List.of(rate > TARGET ? "target, above 95 %: met" : "target, above 95 %: **missed**"),
                failed.sum() == 0 && good.sum() > 0);
    }

    private void traffic(Duration length, int asked) throws InterruptedException {
        long interval = TimeUnit.SECONDS.toNanos(1) / (asked == 0 ? RATE : asked);
        var atOnce = new Semaphore(AT_ONCE);
        long due = System.nanoTime();
        for (long until = due + length.toNanos(); due < until; due += interval) {
            LockSupport.parkNanos(due - System.nanoTime());
            atOnce.acquire();
            send(request()).whenComplete((answer, error) -> atOnce.release());
        }
        atOnce.acquire(AT_ONCE);
    }

    private CompletableFuture<Boolean> send(HttpRequest request) {
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).handle((answer, error) -> {
            boolean isGood = error == null && answer.statusCode() / 100 == 2;
            (isGood ? good : failed).increment();
            if (isGood) {
                remember(answer, request);
            }
            return isGood;
        });
    }

    private void remember(HttpResponse<String> answer, HttpRequest request) {
        Matcher ids = ID.matcher(answer.body());
        while (request.uri().getPath().equals("/api/reports") && ids.find()) {
            known.add(new Known(
                    ids.group(1), request.headers().firstValue("Authorization").orElse("")));
        }
        while (known.size() > KNOWN_IDS) {
            known.poll();
        }
    }

    /** In the shares of the Gatling simulation. */
    private HttpRequest request() {
        String token = "Bearer " + tokens.get(random.nextInt(tokens.size()));
        int share = random.nextInt(100);
        Known report = known.peek();
        if (share < 40 || report == null) {
            return to("/api/reports?limit=20&filter="
                            + encoded("{\"filters\":[{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}]}"))
                    .header("Authorization", token)
                    .build();
        }
        if (share < 65) {
            known.poll();
            return to("/api/reports/" + report.id())
                    .header("Authorization", report.token())
                    .build();
        }
        if (share < 80) {
            return to("/api/reports/query", "POST", "{\"filters\":[],\"page\":{\"limit\":20}}")
                    .header("Authorization", token)
                    .build();
        }
        if (share < 90) {
            return to("/api/metrics?page=1&per_page=20")
                    .header("Authorization", token)
                    .build();
        }
        return share < 96
                ? to("/api/reports", "POST", "{\"name\":\"Hit rate\",\"status\":\"draft\"}")
                        .header("Authorization", token)
                        .build()
                : to("/api/reports/" + report.id(), "PATCH", "{\"status\":\"active\"}")
                        .header("Authorization", report.token())
                        .build();
    }

    private HttpRequest.Builder to(String path) {
        StackPart gateway = gateways.get(random.nextInt(gateways.size()));
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + path))
                .timeout(Duration.ofSeconds(10));
    }

    private HttpRequest.Builder to(String path, String method, String body) {
        return to(path).header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Counts counts() throws IOException, InterruptedException {
        double hits = 0;
        double misses = 0;
        for (StackPart gateway : gateways) {
            var request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + gateway.admin() + "/actuator/prometheus"))
                    .build();
            Matcher lines = DECISIONS.matcher(
                    client.send(request, HttpResponse.BodyHandlers.ofString()).body());
            while (lines.find()) {
                double count = Double.parseDouble(lines.group(2));
                hits += lines.group(1).contains("cache=\"hit\"") ? count : 0;
                misses += lines.group(1).contains("cache=\"miss\"") ? count : 0;
            }
        }
        return new Counts(hits, misses);
    }
}

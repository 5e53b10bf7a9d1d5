package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether the audit has every decision that a client got an answer to, once: Kafka is dead for the whole run, a gateway is
 * killed in the middle of it, and both come back. Then a row of the audit is altered, which must be found, and put back.
 */
final class AuditDrill {

    private static final int WORKERS = 8;
    private static final int STEADY_RATE = 200;
    private static final int PAGE = 500;
    private static final int MOST_ANSWERS = 200_000;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration DELIVERY_LIMIT = Duration.ofMinutes(2);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);
    private static final String KAFKA = "kafka";

    private final LiveStack stack;
    private final Duration length;
    private final int rate;
    private final String run = UUID.randomUUID().toString().substring(0, 8);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Map<String, Integer> answered = new ConcurrentHashMap<>();
    private final LongAdder unanswered = new LongAdder();
    private final ConcurrentSkipListMap<Integer, LongAdder> others = new ConcurrentSkipListMap<>();
    private final List<String> troubles = new ArrayList<>();
    private volatile boolean over;

    /** The members of an answer that the drill needs. */
    record Page(List<Entry> data, Cursor page) {
        record Cursor(@Nullable String next_cursor) {}
    }

    record Entry(String event_id, @Nullable String request_id) {}

    record Verification(boolean ok, long checked, @Nullable Broken first_broken) {
        record Broken(String partition, String event_id) {}
    }

    private AuditDrill(LiveStack stack, Options options) {
        this.stack = stack;
        this.length = options.seconds("seconds");
        int asked = options.number("rate", 0, 10_000);
        this.rate = asked == 0 ? STEADY_RATE : asked;
    }

    static void run(Options options, Path folder, Consumer<Outcome> done) throws Exception {
        try (var arena = new Arena(options, folder);
                var stack = LiveStack.foundOrStarted(options, arena.backend(), LiveStack.ENFORCE)) {
            done.accept(new AuditDrill(stack, options).run());
        }
    }

    private Outcome run() throws Exception {
        stack.change(0);
        Map<String, String> viewer = subject("viewer");
        Map<String, String> stranger = subject("analyst");
        FaultDrills.awaitAll("policies decide everywhere", () -> everywhere(viewer, 200) && everywhere(stranger, 403));
        StackPart victim = stack.gateways().getLast();

        System.err.println("kafka, kill -9");
        Fault.KILL.inflict(Fault.processes(stack.launcher().part(KAFKA).pid()));
        List<Thread> load = load(List.of(viewer, stranger));
        LockSupport.parkNanos(length.toNanos());
        System.err.println(victim.name() + ", kill -9");
        Fault.KILL.inflict(Fault.processes(stack.launcher().part(victim.name()).pid()));
        LockSupport.parkNanos(length.toNanos());
        stack.launcher().run("start", victim.name());
        FaultDrills.awaitAll(victim.name() + " decides again", () -> everywhere(viewer, 200));
        LockSupport.parkNanos(length.toNanos());
        over = true;
        for (Thread worker : load) {
            worker.join();
        }
        stack.launcher().run("start", KAFKA);
        long since = System.nanoTime();
        Map<String, Integer> found = delivered();
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        Outcome.Line line = counted(found, took);
        proveTheChain();
        return new Outcome(
                "audit",
                "every answered decision in the audit, once",
                List.of(line),
                notes(victim.name()),
                troubles.isEmpty());
    }

    private List<String> notes(String victim) {
        var notes = new ArrayList<>(List.of(
                "%d requests a second; kafka dead from before the first to after the last, %s killed after %d s and started again after %d more"
                        .formatted(rate, victim, length.toSeconds(), length.toSeconds()),
                "unanswered: sent to an instance that was dead or died; their decisions may be in the audit or not",
                "delivered s: from the command that starts kafka until the audit had them all"));
        if (!others.isEmpty()) {
            notes.add("answered otherwise, by status: " + others);
        }
        notes.addAll(troubles);
        return notes;
    }

    private Map<String, String> subject(String role) throws IOException, InterruptedException {
        String token = stack.launcher().run("token", "--tenant", "acme", "--subject", subjectOf(role), "--roles", role);
        return Map.of("Authorization", "Bearer " + token);
    }

    private String subjectOf(String role) {
        return "drill-" + run + "-" + role;
    }

    private boolean everywhere(Map<String, String> caller, int status) throws InterruptedException {
        for (StackPart gateway : stack.gateways()) {
            if (stack.ask(gateway, caller) != status) {
                return false;
            }
        }
        return true;
    }

    private List<Thread> load(List<Map<String, String>> callers) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            int worker = i;
            threads.add(Thread.startVirtualThread(() -> work(worker, callers)));
        }
        return threads;
    }

    private void work(int worker, List<Map<String, String>> callers) {
        long interval = TimeUnit.SECONDS.toNanos(1) * WORKERS / rate;
        long due = System.nanoTime();
        for (int i = 0; !over && answered.size() < MOST_ANSWERS; i++) {
            LockSupport.parkNanos(due - System.nanoTime());
            due += interval;
            StackPart gateway = stack.gateways().get(i % stack.gateways().size());
            ask(gateway, callers.get(i / 2 % callers.size()), "drill-" + run + "-" + worker + "-" + i);
        }
    }

    private void ask(StackPart gateway, Map<String, String> caller, String id) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + LiveStack.PATH))
                .timeout(PATIENCE)
                .header("X-Request-Id", id);
        caller.forEach(request::header);
        try {
            int status = client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (status == 200 || status == 403) {
                answered.put(id, status);
            } else {
                others.computeIfAbsent(status, it -> new LongAdder()).increment(); // no decision is what it says
            }
        } catch (IOException e) {
            unanswered.increment();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How often the audit has each request of this run, once it has all that were answered or time is up. */
    private Map<String, Integer> delivered() throws Exception {
        long until = System.nanoTime() + DELIVERY_LIMIT.toNanos();
        while (true) {
            Map<String, Integer> found = new HashMap<>();
            for (String role : List.of("viewer", "analyst")) {
                collect(subjectOf(role), found);
            }
            if (found.keySet().containsAll(answered.keySet()) || System.nanoTime() > until) {
                return found;
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private void collect(String subject, Map<String, Integer> found) throws IOException, InterruptedException {
        Optional<String> cursor = Optional.empty();
        do {
            String path = "/admin/v1/audit?user_id=" + subject + "&limit=" + PAGE
                    + cursor.map(next -> "&cursor=" + URLEncoder.encode(next, StandardCharsets.UTF_8))
                            .orElse("");
            Page page = stack.read(stack.gateways().getFirst(), path, Page.class);
            for (Entry entry : page.data()) {
                String id = entry.request_id();
                if (id != null && id.startsWith("drill-" + run)) {
                    found.merge(id, 1, Integer::sum);
                }
            }
            cursor = Optional.ofNullable(page.page().next_cursor());
        } while (cursor.isPresent());
    }

    private Outcome.Line counted(Map<String, Integer> found, Duration took) {
        List<String> missing =
                answered.keySet().stream().filter(id -> !found.containsKey(id)).toList();
        List<String> twice = found.entrySet().stream()
                .filter(entry -> entry.getValue() > 1)
                .map(Map.Entry::getKey)
                .toList();
        long permits =
                answered.values().stream().filter(status -> status == 200).count();
        if (answered.isEmpty() || permits == 0 || permits == answered.size()) {
            troubles.add("%d permits and %d refusals were answered (expected: some of both)"
                    .formatted(permits, answered.size() - permits));
        }
        if (!missing.isEmpty()) {
            troubles.add(missing.size() + " answered decisions are not in the audit, such as " + missing.getFirst());
        }
        if (!twice.isEmpty()) {
            troubles.add(twice.size() + " decisions are in the audit more than once, such as " + twice.getFirst());
        }
        return Outcome.line(
                "decisions",
                "permits answered",
                permits,
                "refusals answered",
                answered.size() - permits,
                "in the audit once",
                answered.keySet().stream()
                        .filter(id -> found.getOrDefault(id, 0) == 1)
                        .count(),
                "missing",
                missing.size(),
                "twice",
                twice.size(),
                "unanswered",
                unanswered.sum(),
                "of these in the audit",
                found.keySet().stream().filter(id -> !answered.containsKey(id)).count(),
                "answered otherwise",
                others.values().stream().mapToLong(LongAdder::sum).sum(),
                "delivered s",
                took.toNanos() / 1e9);
    }

    /** Whole, then altered behind its back and found out, then whole again. */
    private void proveTheChain() throws Exception {
        expectWhole("before a row was altered");
        String event = stack.read(
                        stack.gateways().getFirst(),
                        "/admin/v1/audit?user_id=" + subjectOf("viewer") + "&limit=1",
                        Page.class)
                .data()
                .getFirst()
                .event_id();
        try (Connection database = superuser()) {
            alter(database, event, "\"permit\"", "\"PERMIT\"");
            try {
                Verification verification = verify();
                if (verification.ok()
                        || verification.first_broken() == null
                        || !verification.first_broken().event_id().equals(event)) {
                    troubles.add("event " + event + " was altered, and the verification says " + verification);
                }
            } finally {
                alter(database, event, "\"PERMIT\"", "\"permit\"");
            }
        }
        expectWhole("after the row was put back");
    }

    private void expectWhole(String when) throws Exception {
        Verification verification = verify();
        System.err.println("  " + when + ": " + verification);
        if (!verification.ok() || verification.checked() < answered.size()) {
            troubles.add("the chain " + when + ": " + verification + " (expected: whole, and at least "
                    + answered.size() + " events)");
        }
    }

    private Verification verify() throws IOException, InterruptedException {
        return stack.post(stack.gateways().getFirst(), "/admin/v1/audit/verify", Verification.class);
    }

    private Connection superuser() throws Exception {
        StackPart primary = stack.launcher().part("primary");
        Connection connection = DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + primary.port() + "/" + primary.database(), primary.user(), "");
        try (var statement = connection.createStatement()) {
            statement.execute("SET session_replication_role = replica"); // no trigger of the audit is asked
        }
        return connection;
    }

    private static void alter(Connection database, String event, String from, String to) throws SQLException {
        try (PreparedStatement update = database.prepareStatement(
                "UPDATE headgate_audit.event SET data = replace(data::text, ?, ?)::json WHERE event_id = ?")) {
            update.setString(1, from);
            update.setString(2, to);
            update.setObject(3, UUID.fromString(event));
            if (update.executeUpdate() != 1) {
                throw new SQLException("event " + event + " was not altered");
            }
        }
    }
}

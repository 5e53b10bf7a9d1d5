package io.headgate.perf;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * P9: rows a second of an export through the gateway, in each format, beside {@code psql \copy} of the same query, or beside
 * a plain JDBC cursor where there is no psql. P10: what memory an export of ten times the rows takes. Both over the demo's
 * dataset of a stack that is up; {@code ./headgate up --rows N} says how large it is.
 */
final class ExportBench {

    private static final String TENANT = "acme";
    private static final String COLUMNS = "id,occurred_at,kind,country,user_id,plan,amount,duration_ms,success,note";
    private static final String QUERY =
            "SELECT " + COLUMNS + " FROM events WHERE tenant_id = '" + TENANT + "' ORDER BY id";
    private static final int BUFFER = 64 * 1024;
    private static final int FETCH = 1_024;
    private static final int AT_ONCE = 8;
    private static final double CSV_TARGET = 0.8;
    private static final double XLSX_TARGET = 0.2;
    private static final double MEMORY_TARGET = 1.1;

    private final StackPart gateway;
    private final StackPart primary;
    private final String token;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    /** @param cpu of the gateway's process meanwhile */
    private record Export(long bytes, double firstByte, double seconds, double cpu) {}

    private ExportBench(LiveStack stack) throws IOException, InterruptedException {
        this.gateway = stack.gateways().getFirst();
        this.primary = stack.launcher().part("primary");
        this.token = stack.launcher()
                .run("token", "--tenant", TENANT, "--subject", "bench", "--roles", "analyst", "--ttl", "2h");
    }

    private interface Measuring {
        Outcome of(ExportBench bench) throws Exception;
    }

    static Outcome p9(Options options, Arena arena) throws Exception {
        return withStack("P9", "rows of an export", options, arena, bench -> bench.speed(options.rounds()));
    }

    static Outcome p10(Options options, Arena arena) throws Exception {
        return withStack("P10", "memory of an export", options, arena, ExportBench::memory);
    }

    private static Outcome withStack(String name, String title, Options options, Arena arena, Measuring measuring)
            throws Exception {
        var found = LiveStack.find(options, arena.backend());
        if (found.isEmpty()) {
            return new Outcome(name, title, List.of(), List.of("skipped: no stack is up"), true);
        }
        try (var stack = found.get()) {
            return measuring.of(new ExportBench(stack));
        }
    }

    private Outcome speed(int rounds) throws Exception {
        long rows = rows();
        Map<String, String> formats = new LinkedHashMap<>();
        formats.put("csv as COPY", "format=csv&dialect=postgres");
        formats.put("csv", "format=csv");
        formats.put("ndjson", "format=ndjson");
        formats.put("xlsx", "format=xlsx");
        Map<String, List<Export>> measured = new LinkedHashMap<>();
        String baseline = psql().isPresent() ? "psql \\copy" : "JDBC cursor";
        for (int round = 0; round <= rounds; round++) { // the first is to warm up, and does not count
            boolean counts = round > 0;
            add(measured, baseline, counts, baseline());
            for (Map.Entry<String, String> format : formats.entrySet()) {
                add(measured, format.getKey(), counts, export(format.getValue()));
            }
        }
        return outcome(rows, baseline, measured, together("format=csv&dialect=postgres"));
    }

    private static void add(Map<String, List<Export>> measured, String name, boolean counts, Export export) {
        if (counts) {
            measured.computeIfAbsent(name, _ -> new ArrayList<>()).add(export);
            System.err.printf("  %s: %.2f s%n", name, export.seconds());
        }
    }

    private static Outcome outcome(
            long rows, String baseline, Map<String, List<Export>> measured, List<Export> together) {
        double fastest = median(measured.getOrDefault(baseline, List.of()), rows);
        List<Outcome.Line> lines = new ArrayList<>();
        measured.forEach((name, exports) -> lines.add(line(name, exports, rows, fastest)));
        List<String> notes = new ArrayList<>();
        notes.add("CPU is the gateway's, in seconds for a million rows; the database's is in neither");
        if (together.isEmpty()) {
            notes.add(AT_ONCE + " at once skipped: the gateway has no room for them (HEADGATE_EXPORTS_MAX_RUNNING,"
                    + " HEADGATE_EXPORTS_MAX_RUNNING_PER_TENANT, HEADGATE_READS_DATABASES_EXPORTS_MAX_SIZE)");
        } else {
            double speed = AT_ONCE
                    * rows
                    / together.stream().mapToDouble(Export::seconds).max().orElseThrow();
            lines.add(Outcome.line(
                    AT_ONCE + " at once, csv as COPY", "rows/s", speed, "of the first line", speed / fastest));
        }
        long copied = measured.getOrDefault(baseline, List.of()).getFirst().bytes();
        boolean isSame = !baseline.startsWith("psql")
                || measured.getOrDefault("csv as COPY", List.of()).stream().allMatch(one -> one.bytes() == copied);
        notes.add(target("csv", median(measured.getOrDefault("csv as COPY", List.of()), rows) / fastest, CSV_TARGET));
        notes.add(target("xlsx", median(measured.getOrDefault("xlsx", List.of()), rows) / fastest, XLSX_TARGET));
        return new Outcome("P9", "%,d rows of an export".formatted(rows), lines, notes, isSame && rows > 0);
    }

    private static String target(String format, double ratio, double target) {
        return "target, %s at least %.1f of it: %s".formatted(format, target, ratio >= target ? "met" : "**missed**");
    }

    private static Outcome.Line line(String name, List<Export> exports, long rows, double fastest) {
        double speed = median(exports, rows);
        return Outcome.line(
                name,
                "rows/s",
                speed,
                "of the first line",
                speed / fastest,
                "first byte ms",
                Series.median(exports.stream().mapToDouble(Export::firstByte).toArray()) * 1e3,
                "CPU s/million",
                Series.median(exports.stream().mapToDouble(Export::cpu).toArray()) * 1e6 / rows,
                "MB",
                exports.getFirst().bytes() / 1e6);
    }

    private static double median(List<Export> exports, long rows) {
        return rows
                / Series.median(exports.stream().mapToDouble(Export::seconds).toArray());
    }

    private Outcome memory() throws Exception {
        long[] bounds = bounds();
        List<Outcome.Line> lines = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (String format : List.of("csv", "ndjson", "xlsx")) {
            export("format=" + format
                    + upTo(bounds[0])); // classes and buffers of an ordinary export are not what is asked
            double small = peak("format=" + format + upTo(bounds[0]));
            double large = peak("format=" + format);
            lines.add(Outcome.line(
                    format, "peak of a tenth MiB", small, "peak of all MiB", large, "ratio", large / small));
            notes.add("target, %s at most %.1f: %s"
                    .formatted(format, MEMORY_TARGET, large / small <= MEMORY_TARGET ? "met" : "**missed**"));
        }
        notes.add("resident memory of the gateway, whose heap is what the stack was started with");
        return new Outcome("P10", "memory of %,d rows and a tenth".formatted(bounds[1]), lines, notes, bounds[1] > 0);
    }

    private static String upTo(long id) {
        String filter = "[{\"field\":\"id\",\"op\":\"lte\",\"value\":" + id + "}]";
        return "&filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8);
    }

    private double peak(String parameters) throws Exception {
        Files.writeString(Path.of("/proc/" + gateway.pid() + "/clear_refs"), "5");
        export(parameters);
        try (var lines = Files.lines(Path.of("/proc/" + gateway.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                    .sum();
        }
    }

    /** None where one of them is refused. */
    private List<Export> together(String parameters) throws InterruptedException {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Export>> exports = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                exports.add(() -> export(parameters));
            }
            List<Export> done = new ArrayList<>();
            for (Future<Export> export : threads.invokeAll(exports)) {
                done.add(export.get());
            }
            return done;
        } catch (ExecutionException refused) {
            System.err.println("  " + refused.getCause());
            return List.of();
        }
    }

    private Export export(String parameters) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge()
                        + "/api/v1/exports/stream?dataset=platform/events&columns=" + COLUMNS + "&" + parameters))
                .header("Authorization", "Bearer " + token)
                .build();
        double cpu = cpu();
        long start = System.nanoTime();
        HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException("export: " + answer.statusCode() + " "
                        + new String(body.readNBytes(2_000), StandardCharsets.UTF_8));
            }
            return read(body, start, cpu);
        }
    }

    private Export read(InputStream body, long start, double cpuBefore) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long bytes = Math.max(0, body.read(buffer));
        double first = seconds(start);
        for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
            bytes += n;
        }
        return new Export(bytes, first, seconds(start), cpu() - cpuBefore);
    }

    private double cpu() {
        return ProcessHandle.of(gateway.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElse(Duration.ZERO)
                        .toNanos()
                / 1e9;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static Optional<Path> psql() {
        return OsProcess.which("psql");
    }

    private Export baseline() throws Exception {
        Optional<Path> psql = psql();
        return psql.isPresent() ? copy(psql.get()) : cursor();
    }

    private Export copy(Path psql) throws IOException, InterruptedException {
        var command = List.of(
                psql.toString(),
                "-X",
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(primary.port()),
                "-U",
                user(),
                "-d",
                database(),
                "-c",
                "SET TimeZone = 'UTC'",
                "-c",
                "\\copy (" + QUERY + ") TO STDOUT CSV HEADER");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream rows = process.getInputStream()) {
            Export export = read(rows, start, cpu());
            if (process.waitFor() != 0) {
                throw new IOException("psql ended with " + process.exitValue());
            }
            return export;
        }
    }

    /** Every cell as text, which is the least that an exporter would do. */
    private Export cursor() throws SQLException {
        long start = System.nanoTime();
        long bytes = 0;
        double first = Double.NaN;
        try (var connection = DriverManager.getConnection(jdbc())) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.setFetchSize(FETCH);
                try (var rows = statement.executeQuery(QUERY)) {
                    int columns = rows.getMetaData().getColumnCount();
                    while (rows.next()) {
                        first = Double.isNaN(first) ? seconds(start) : first;
                        for (int column = 1; column <= columns; column++) {
                            String cell = rows.getString(column);
                            bytes += cell == null ? 1 : cell.length() + 1;
                        }
                    }
                }
            }
        }
        return new Export(bytes, first, seconds(start), 0);
    }

    private long rows() throws SQLException {
        return numbers("SELECT count(*) FROM events WHERE tenant_id = '" + TENANT + "'", 1)[0];
    }

    /** The id up to which there is a tenth of the rows, and the number of all. */
    private long[] bounds() throws SQLException {
        return numbers(
                "SELECT coalesce(percentile_disc(0.1) WITHIN GROUP (ORDER BY id), 0), count(*) FROM events"
                        + " WHERE tenant_id = '" + TENANT + "'",
                2);
    }

    private long[] numbers(String query, int columns) throws SQLException {
        try (var connection = DriverManager.getConnection(jdbc());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(query)) {
            rows.next();
            long[] numbers = new long[columns];
            for (int column = 0; column < columns; column++) {
                numbers[column] = rows.getLong(column + 1);
            }
            return numbers;
        }
    }

    private String jdbc() {
        return "jdbc:postgresql://127.0.0.1:" + primary.port() + "/" + database() + "?user=" + user();
    }

    private String database() {
        return Optional.ofNullable(primary.database()).orElse("headgate");
    }

    private String user() {
        return Optional.ofNullable(primary.user()).orElse("postgres");
    }
}

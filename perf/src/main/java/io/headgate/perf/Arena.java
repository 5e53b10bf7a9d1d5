package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stub backend and the generator, each started once, and the contestants of one bench between them. */
final class Arena implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Duration WARM_UP_STEP = Duration.ofSeconds(5);
    /** Warm when a step costs more than this share of the cheapest one. */
    private static final double STILL_WARMING = 0.97;

    private final Options options;
    private final Path folder;
    private final BenchToken token = BenchToken.create();
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final int backend;
    private final LoadProcess generator;
    private Optional<Database> database = Optional.empty();

    /** A started contestant with the load it gets. */
    record Lane(String name, OsProcess process, LoadPlan plan) {}

    Arena(Options options, Path folder) throws Exception {
        this.options = options;
        this.folder = folder;
        this.backend = OsProcess.freePort();
        Path keySet = Files.writeString(folder.resolve("jwks.json"), token.keySet());
        var command = new ArrayList<>(java("-Xmx128m"));
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                StubBackend.class.getName(),
                Integer.toString(backend),
                keySet.toString()));
        OsProcess stub = keep(OsProcess.start("stub", command, Map.of(), folder));
        stub.awaitReady(URI.create("http://127.0.0.1:" + backend + "/jwks.json"), START_LIMIT);
        generator = keep(LoadProcess.start(java("-Xmx256m"), folder));
    }

    int backend() {
        return backend;
    }

    LoadProcess generator() {
        return generator;
    }

    Path folder() {
        return folder;
    }

    /** The JVM that contestants get. */
    List<String> java() {
        return java(options.text("jvm").split(" "));
    }

    Map<String, String> header() {
        return token.header();
    }

    /** The JVM of this bench with flags that every one of our processes gets, so that the logs show no warnings. */
    private static List<String> java(String... flags) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(List.of(flags));
        return command;
    }

    OsProcess start(Contestant contestant, Contestant.Launch launch) throws IOException {
        return keep(OsProcess.start(
                contestant.title() + "-" + launch.port(), launch.command(), launch.environment(), folder));
    }

    Contestant.Launch prepare(Contestant contestant, int routes, String... extraFlags) throws IOException {
        var flags = new ArrayList<>(List.of(options.text("jvm").split(" ")));
        flags.addAll(List.of(extraFlags));
        return contestant.launch(
                new Contestant.Setup(backend, routes, folder, java(flags.toArray(String[]::new)), this::database));
    }

    /** The port of a Redis of its own. */
    int redis() throws IOException {
        return database().redis();
    }

    private Database database() throws IOException {
        if (database.isEmpty()) {
            database = Optional.of(keep(Database.start(java("-Xmx128m"), folder)));
        }
        return database.get();
    }

    /** Starts a contestant and waits until its last route answers. */
    Lane lane(String name, Contestant contestant, int routes) throws Exception {
        Contestant.Launch launch = prepare(contestant, routes);
        OsProcess process = start(contestant, launch);
        URI lastRoute = URI.create("http://127.0.0.1:%d/r/%d/items".formatted(launch.port(), routes - 1));
        process.awaitReady(lastRoute, token.header(), START_LIMIT);
        var plan = LoadPlan.closed(launch.port(), options.connections(), options.seconds("seconds"), token.header());
        return new Lane(name, process, plan.overRoutes(routes));
    }

    /** Warm-up of each, then rounds A B C A B C ..., so that a noisy minute hits all alike. */
    List<Series> compare(List<Lane> lanes) throws IOException {
        for (Lane lane : lanes) {
            warmUp(lane);
        }
        var rounds = new ArrayList<List<Series.Round>>();
        lanes.forEach(lane -> rounds.add(new ArrayList<>()));
        for (int round = 0; round < options.rounds(); round++) {
            System.err.printf("  round %d of %d:", round + 1, options.rounds());
            for (int i = 0; i < lanes.size(); i++) {
                Series.Round one = round(lanes.get(i));
                rounds.get(i).add(one);
                System.err.printf(
                        "  %s %,.0f req/s %.1f us",
                        lanes.get(i).name(), one.load().throughput(), one.cpuMicros());
            }
            System.err.println();
        }
        var series = new ArrayList<Series>();
        for (int i = 0; i < lanes.size(); i++) {
            series.add(new Series(lanes.get(i).name(), rounds.get(i)));
        }
        return series;
    }

    /** Until two steps in a row made a request no cheaper: its CPU time tells that, also on a busy machine. */
    private void warmUp(Lane lane) throws IOException {
        LoadPlan step = lane.plan().at(0).lasting(WARM_UP_STEP);
        long steps = Math.max(1, options.seconds("warm-up").dividedBy(WARM_UP_STEP));
        double least = Double.MAX_VALUE;
        int settled = 0;
        var took = new ArrayList<String>();
        for (long i = 0; i < steps && settled < 2; i++) {
            double now = measure(lane, step).cpuMicros();
            settled = now > least * STILL_WARMING ? settled + 1 : 0;
            least = Math.min(least, now);
            took.add("%.1f".formatted(now));
        }
        System.err.printf("  %s: us of CPU a request while warming up: %s%n", lane.name(), String.join(", ", took));
    }

    private Series.Round round(Lane lane) throws IOException {
        generator.run(lane.plan().lasting(Duration.ofSeconds(1)));
        return measure(lane, lane.plan());
    }

    private Series.Round measure(Lane lane, LoadPlan plan) throws IOException {
        Duration before = lane.process().cpu();
        LoadResult load = generator.run(plan);
        double cpu = lane.process().cpu().minus(before).toNanos() / 1e3 / Math.max(1, load.requests());
        return new Series.Round(load, cpu, lane.process().peakMib());
    }

    private <T extends AutoCloseable> T keep(T process) {
        started.push(process);
        return process;
    }

    @Override
    public void close() throws Exception {
        while (!started.isEmpty()) {
            started.pop().close();
        }
    }
}

package io.headgate.local;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Starts all parts, each as soon as those it needs are there, and then watches over nothing: a part that dies stays
 * down until somebody starts it, since drills need to see that.
 */
final class Supervisor {

    /** How long the parts of a stack that was killed may take to be gone. */
    private static final Duration LEFTOVER_LIMIT = Duration.ofSeconds(10);

    private final Settings settings;
    private final Parts parts;
    private final PrintStream out;
    private final Executor threads = Executors.newVirtualThreadPerTaskExecutor();
    /** Never released by hand: the system does so when the program has ended, after its parts have. */
    private @Nullable FileLock held;

    private final CompletableFuture<String> started = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    Supervisor(Settings settings, PrintStream out) {
        this.settings = settings;
        this.parts = new Parts(settings);
        this.out = out;
    }

    /** Brings everything up, prints the tour, and returns when the stack is to end. */
    void run(boolean fresh) throws IOException {
        Places places = settings.places();
        held = lock(places)
                .orElseThrow(() -> new StackException("a stack runs already in " + places.home() + " (process "
                        + Control.pid(places) + "): see ./headgate status, end it with ./headgate down"));
        requireFreePorts(Files.exists(places.supervisor()));
        if (fresh) {
            Trees.delete(places.home().resolve("data"));
        }
        DemoKeys.fill(places.keys());
        DemoIssuer.open(places.issuer(), settings.issuerUrl());
        Files.writeString(places.issuer().resolve(Headgate.ISSUER_URL_FILE), settings.issuerUrl());
        DemoConfig.write(settings);
        Spawner.shared().deleteAtExit(places.supervisor());
        Control.serve(places, this::handle);
        startAll();
        String tour = Tour.of(settings);
        started.complete(tour);
        out.println(tour);
        ended.join();
    }

    /** Held for as long as the program lives, however it ends. */
    static Optional<FileLock> lock(Places places) throws IOException {
        Files.createDirectories(places.home());
        var channel = FileChannel.open(places.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return Optional.of(lock);
            }
        } catch (OverlappingFileLockException e) {
            // Held within this program, which tests do.
        }
        channel.close();
        return Optional.empty();
    }

    private void requireFreePorts(boolean afterCrash) {
        Set<Integer> asked = new HashSet<>();
        for (Settings.Listener listener : settings.listeners()) {
            if (!asked.add(listener.port())) {
                throw new StackException("port " + listener.port() + " is asked for twice (" + listener + ")");
            }
            if (!Ports.isFree(listener.port())
                    && !(afterCrash && Await.holdsWithin(LEFTOVER_LIMIT, () -> Ports.isFree(listener.port())))) {
                throw new StackException("port " + listener.port() + " is in use (" + listener + ")");
            }
        }
    }

    private void startAll() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        var primary = begin(all, parts.primary);
        var data = add(all, primary.thenRunAsync(() -> DemoData.load(parts.primary, settings.rows()), threads));
        var redis = begin(all, parts.redis);
        var kafka = begin(all, parts.kafka);
        var issuer = begin(all, parts.issuer);
        begin(all, parts.reports, data);
        begin(all, parts.metrics, data);
        for (int i = 0; i < parts.replicas.size(); i++) {
            var replica = begin(all, parts.replicas.get(i), primary);
            begin(all, parts.reportsReplicas.get(i), replica, data);
        }
        parts.gateways.forEach(gateway -> begin(all, gateway, data, redis, kafka, issuer));
        var failed = new CompletableFuture<Void>();
        all.forEach(step -> step.exceptionally(e -> {
            failed.completeExceptionally(e);
            return null;
        }));
        try {
            CompletableFuture.anyOf(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)), failed)
                    .join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof StackException reason ? reason : e;
        }
    }

    @SafeVarargs
    private CompletableFuture<Void> begin(
            List<CompletableFuture<Void>> all, Part part, CompletableFuture<Void>... needed) {
        return add(all, CompletableFuture.allOf(needed).thenRunAsync(() -> start(part), threads));
    }

    private static CompletableFuture<Void> add(List<CompletableFuture<Void>> all, CompletableFuture<Void> step) {
        all.add(step);
        return step;
    }

    private void start(Part part) {
        long from = System.nanoTime();
        part.start();
        out.printf("%-18s up after %.1f s%n", part.name(), (System.nanoTime() - from) / 1e9);
    }

    private String handle(List<String> words) {
        String command = words.isEmpty() ? "" : words.getFirst();
        String argument = words.size() < 2 ? "" : words.get(1);
        return switch (command) {
            case "status" -> StatusDocument.of(settings, parts.all()).toString();
            case "wait" -> started.join();
            case "start" -> {
                parts.named(argument).start();
                yield argument + " is up";
            }
            case "stop" -> {
                parts.named(argument).stop();
                yield argument + " is down";
            }
            case "down" -> {
                ended.complete(null);
                yield "";
            }
            default -> throw new StackException("unknown request '" + command + "'");
        };
    }
}

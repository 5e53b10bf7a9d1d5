package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ProblemException;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import io.headgate.gateway.registry.InstanceStatus.FileProblem;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/**
 * Resources as files. The directory is looked at again and again, since notifications of file systems get lost on
 * mounts; a file is read again when its time or size differs. While any file cannot be read nothing is deleted, because
 * what is missing may be what that file says.
 */
final class ConfigDirectory {

    private static final Logger log = LoggerFactory.getLogger(ConfigDirectory.class);
    private static final int MAX_DEPTH = 8;
    private static final Duration COARSE_CLOCK = Duration.ofSeconds(2);

    private record Taken(
            Instant modified, long size, Instant readAt, List<FileDocument> documents, List<FileProblem> problems) {

        boolean stillHolds(BasicFileAttributes now) {
            return modified.equals(now.lastModifiedTime().toInstant())
                    && size == now.size()
                    && modified.isBefore(readAt.minus(COARSE_CLOCK)); // a later change would have had another time
        }
    }

    /** @param settled whether no file was touched a moment ago */
    private record Scan(List<FileDocument> documents, List<FileProblem> problems, boolean settled) {}

    /** @param before the registry as it stood when the directory began to be read */
    private record Look(Head before, Scan scan) {}

    /** What the last reconciliation was about, and what it left open. */
    private record Outcome(Scan scan, UUID store, long revision, List<FileProblem> refused) {}

    private final Path root;
    private final LiveRegistry registry;
    private final Kinds kinds;
    private final RegistryProperties properties;
    private final Clock clock;
    private final Scheduler files = Schedulers.newBoundedElastic(1, 16, "registry-files", 60, true);
    private final Map<Path, Taken> taken = new HashMap<>();
    private Optional<Outcome> last = Optional.empty();

    ConfigDirectory(Path root, LiveRegistry registry, Kinds kinds, RegistryProperties properties, Clock clock) {
        this.root = root;
        this.registry = registry;
        this.kinds = kinds;
        this.properties = properties;
        this.clock = clock;
    }

    /** Keeps the registry as the directory says, for as long as it is subscribed to. */
    Flux<Void> watched() {
        return Flux.merge(registry.states(), Flux.interval(properties.scanInterval()))
                .onBackpressureLatest()
                .filter(signal -> registry.state() instanceof RegistryState.Live)
                .concatMap(signal -> look(), 1)
                .doFinally(end -> files.dispose());
    }

    private Mono<Void> look() {
        return Mono.fromCallable(() -> new Look(registry.newest(), scan()))
                .subscribeOn(files)
                .filter(look -> look.scan().settled() && isNews(look.scan()))
                .flatMap(this::reconcile)
                .onErrorResume(error -> {
                    log.atWarn().addKeyValue("reason", error.toString()).log("configuration directory not taken, yet");
                    return Mono.empty();
                });
    }

    private boolean isNews(Scan scan) {
        return last.isEmpty()
                || !last.get().scan().equals(scan)
                || !last.get().store().equals(registry.newest().store())
                || !last.get().refused().isEmpty()
                        && last.get().revision() != registry.newest().revision();
    }

    private Mono<Void> reconcile(Look look) {
        Scan scan = look.scan();
        return registry.reconcile(
                        look.before(), scan.documents(), scan.problems().isEmpty())
                .doOnNext(refused -> report(scan, refused))
                .then();
    }

    private void report(Scan scan, List<FileProblem> refused) {
        List<FileProblem> all = new ArrayList<>(scan.problems());
        all.addAll(refused);
        boolean known = last.isPresent()
                && last.get().scan().problems().equals(scan.problems())
                && last.get().refused().equals(refused);
        if (!known) {
            all.forEach(problem -> log.atError()
                    .addKeyValue("file", problem.file())
                    .addKeyValue("reason", problem.reason())
                    .log("file of the configuration directory refused"));
        }
        last = Optional.of(
                new Outcome(scan, registry.newest().store(), registry.newest().revision(), refused));
        registry.filesRefused(all);
    }

    private Scan scan() throws IOException {
        Instant now = clock.instant();
        Map<Path, BasicFileAttributes> found = new TreeMap<>();
        List<FileProblem> problems = new ArrayList<>();
        Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), MAX_DEPTH, new Finder(found, problems));
        taken.keySet().retainAll(found.keySet());
        boolean settled = true;
        List<FileDocument> documents = new ArrayList<>();
        for (var entry : found.entrySet()) {
            settled &= isSettled(entry.getValue(), now);
            Taken file = taken.get(entry.getKey());
            if (file == null || !file.stillHolds(entry.getValue())) {
                file = read(entry.getKey(), entry.getValue(), now);
                taken.put(entry.getKey(), file);
            }
            documents.addAll(file.documents());
            problems.addAll(file.problems());
        }
        return new Scan(documents, problems, settled);
    }

    /** A file that was touched a moment ago may be half written. */
    private boolean isSettled(BasicFileAttributes file, Instant now) {
        Duration age = Duration.between(file.lastModifiedTime().toInstant(), now);
        return age.isNegative() || age.compareTo(properties.settleTime()) >= 0;
    }

    private final class Finder extends SimpleFileVisitor<Path> {

        private final Map<Path, BasicFileAttributes> found;
        private final List<FileProblem> problems;

        Finder(Map<Path, BasicFileAttributes> found, List<FileProblem> problems) {
            this.found = found;
            this.problems = problems;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return isHidden(directory) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (isHidden(file) || format(file).isEmpty() || attributes.isDirectory()) {
                return FileVisitResult.CONTINUE;
            }
            if (found.size() == properties.maxFiles()) {
                problems.add(new FileProblem(name(root), "more than " + properties.maxFiles() + " files"));
                return FileVisitResult.TERMINATE;
            }
            found.put(file, attributes);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException error) {
            problems.add(new FileProblem(
                    name(file), "cannot be read: " + error.getClass().getSimpleName()));
            return FileVisitResult.CONTINUE;
        }

        private boolean isHidden(Path path) {
            return !path.equals(root) && path.getFileName().toString().startsWith(".");
        }
    }

    private Taken read(Path file, BasicFileAttributes attributes, Instant now) {
        List<FileDocument> documents = new ArrayList<>();
        List<FileProblem> problems = new ArrayList<>();
        try {
            if (attributes.size() > properties.maxBatch().toBytes()) {
                throw new IOException(attributes.size() + " bytes (expected: at most "
                        + properties.maxBatch().toBytes() + ")");
            }
            List<JsonNode> trees = registry.documents()
                    .all(Files.readAllBytes(file), format(file).orElseThrow());
            for (int i = 0; i < trees.size(); i++) {
                read(trees.size() == 1 ? name(file) : name(file) + "#" + (i + 1), trees.get(i), documents, problems);
            }
        } catch (ProblemException e) {
            problems.add(new FileProblem(name(file), DirectoryPlan.reason(e.problem())));
        } catch (IOException e) {
            problems.add(new FileProblem(name(file), "cannot be read: " + e.getMessage()));
        }
        return new Taken(attributes.lastModifiedTime().toInstant(), attributes.size(), now, documents, problems);
    }

    private void read(String place, JsonNode tree, List<FileDocument> documents, List<FileProblem> problems) {
        switch (Envelope.read(tree)) {
            case SpecReader.Outcome.Invalid<Envelope>(List<SpecProblem> wrong) ->
                problems.add(new FileProblem(
                        place, wrong.stream().map(DirectoryPlan::text).collect(Collectors.joining("; "))));
            case SpecReader.Outcome.Valid<Envelope>(Envelope envelope) -> {
                Optional<ConfigKind<?>> kind = kinds.ofKind(envelope.kind());
                if (kind.isPresent()) {
                    documents.add(new FileDocument(place, kind.get(), envelope));
                } else {
                    problems.add(new FileProblem(place, DirectoryPlan.text(kinds.unknown(envelope.kind()))));
                }
            }
        }
    }

    private String name(Path file) {
        return file.equals(root) ? "." : root.relativize(file).toString();
    }

    private static Optional<Documents.Format> format(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json")) {
            return Optional.of(Documents.Format.JSON);
        }
        return Arrays.asList(".yaml", ".yml").stream().anyMatch(name::endsWith)
                ? Optional.of(Documents.Format.YAML)
                : Optional.empty();
    }
}

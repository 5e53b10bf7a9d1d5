package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigView;
import io.headgate.api.Findings;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import io.headgate.api.SpecReader;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One instance's registry: what it serves comes from its {@link Follower}, what it stores is decided by the {@link Planner}. */
final class LiveRegistry implements Registry, SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(LiveRegistry.class);
    private static final int QUEUED_TASKS = 10_000;
    private static final int BROKEN_SHOWN = 100;

    private final Kinds kinds;
    private final Documents documents;
    private final Planner planner;
    private final ChangeEvents events;
    private final Store store;
    private final Follower follower;
    private final List<ConfigView<?>> views;
    private final RegistryProperties properties;
    private final RegistryProperties.Place place;
    private final Clock clock;

    private final Scheduler reviewing = Schedulers.newBoundedElastic(1, QUEUED_TASKS, "registry-review", 60, true);

    private volatile List<InstanceStatus.FileProblem> fileProblems = List.of();
    private volatile Disposable running = Disposables.disposed();

    LiveRegistry(
            Kinds kinds,
            List<ConfigView<?>> views,
            Store store,
            Migrations migrations,
            ChangeEvents events,
            Documents documents,
            RegistryProperties properties,
            RegistryProperties.Place place,
            Clock clock) {
        this.kinds = kinds;
        this.views = List.copyOf(views);
        this.store = store;
        this.events = events;
        this.documents = documents;
        this.planner = new Planner(documents, properties.maxDocument());
        this.properties = properties;
        this.place = place;
        this.clock = clock;
        this.follower = new Follower(
                kinds,
                documents,
                this.views,
                store,
                migrations,
                place.snapshotDir().map(SnapshotFile::new),
                properties,
                clock);
    }

    // ---- serving

    @Override
    @SuppressWarnings("unchecked") // a view's value was made by that view
    public <V> V view(ConfigView<V> view) {
        Object value = follower.serving().views().get(view);
        if (value == null) {
            throw new IllegalArgumentException(view.getClass().getName() + " (expected: a view that is a bean)");
        }
        return (V) value;
    }

    @Override
    public long revision() {
        return follower.serving().head().revision();
    }

    @Override
    public boolean isServing() {
        return !(state() instanceof RegistryState.Starting);
    }

    @Override
    public RegistryState state() {
        return follower.state();
    }

    @Override
    public List<ConfigKind<?>> kinds() {
        return kinds.all();
    }

    @Override
    public Optional<ConfigKind<?>> kind(String plural) {
        return kinds.ofPlural(plural);
    }

    @Override
    public Documents documents() {
        return documents;
    }

    Findings findings(FindingsProperties bounds) {
        return new StoredFindings(store, place.instance(), bounds, properties.instanceLifetime());
    }

    /** The revisions that this instance serves, from the present one on. */
    Flux<Long> applied() {
        return follower.applied();
    }

    Flux<RegistryState> states() {
        return follower.states();
    }

    Head newest() {
        return follower.newest();
    }

    // ---- reading

    @Override
    public Mono<StoredResource> find(ConfigKind<?> kind, ResourceId id) {
        var key = new Key(kind.kind(), id);
        return store.find(key).map(this::shown).switchIfEmpty(Mono.error(() -> notFound(key)));
    }

    @Override
    public Mono<ListPage> list(ListRequest request) {
        return store.list(request.kind().kind(), request.team(), request.after(), request.limit() + 1)
                .map(rows -> {
                    List<StoredResource> items = rows.stream()
                            .limit(request.limit())
                            .map(this::shown)
                            .toList();
                    return new ListPage(
                            items,
                            rows.size() > request.limit()
                                    ? Optional.of(items.getLast().id())
                                    : Optional.empty());
                });
    }

    @Override
    public Mono<VersionPage> versions(VersionsRequest request) {
        var key = new Key(request.kind().kind(), request.id());
        return store.versions(key, request.before().orElse(Long.MAX_VALUE), request.limit() + 1)
                .map(rows -> {
                    if (rows.isEmpty() && request.before().isEmpty()) {
                        throw notFound(key);
                    }
                    List<VersionPage.Entry> items = rows.stream()
                            .limit(request.limit())
                            .map(row -> entry(request.kind(), row))
                            .toList();
                    return new VersionPage(
                            items,
                            rows.size() > request.limit()
                                    ? Optional.of(items.getLast().version())
                                    : Optional.empty());
                });
    }

    @Override
    public Mono<RegistryStatus> status() {
        return store.instances(properties.instanceLifetime())
                .onErrorResume(ProblemException.class, away -> Mono.just(List.of()))
                .map(instances -> {
                    List<InstanceStatus> all = new ArrayList<>(instances);
                    all.removeIf(other -> other.instance().equals(place.instance()));
                    all.add(0, ownStatus());
                    return new RegistryStatus(place.instance(), state(), all);
                });
    }

    private InstanceStatus ownStatus() {
        Follower.Live serving = follower.serving();
        List<InstanceStatus.Broken> broken = new ArrayList<>();
        serving.head()
                .broken()
                .forEach((key, reason) -> broken.add(new InstanceStatus.Broken(key.kind(), key.id(), reason)));
        views.forEach(view -> addLeftOut(view, serving, broken));
        return new InstanceStatus(
                place.instance(),
                serving.head().revision(),
                serving.appliedAt(),
                clock.instant(),
                state().word(),
                broken.stream().limit(BROKEN_SHOWN).toList(),
                fileProblems.stream().limit(BROKEN_SHOWN).toList());
    }

    @SuppressWarnings("unchecked") // a view's value was made by that view
    private static <V> void addLeftOut(ConfigView<V> view, Follower.Live serving, List<InstanceStatus.Broken> broken) {
        V value = (V) serving.views().get(view);
        if (value != null) {
            view.leftOut(value)
                    .forEach((resource, reason) ->
                            broken.add(new InstanceStatus.Broken(resource.kind(), resource.id(), reason)));
        }
    }

    private StoredResource shown(Row row) {
        ObjectNode spec = documents.stored(row.spec().orElse("{}"));
        return new StoredResource(
                row.kind(),
                row.id(),
                row.version(),
                row.revision(),
                row.origin(),
                row.changedAt(),
                row.changedBy(),
                kinds.ofKind(row.kind()).map(kind -> kind.redact(spec)).orElse(spec));
    }

    private VersionPage.Entry entry(ConfigKind<?> kind, Row row) {
        return new VersionPage.Entry(
                row.version(),
                row.revision(),
                row.origin(),
                row.changedAt(),
                row.changedBy(),
                row.spec().map(documents::stored).map(kind::redact));
    }

    private static ProblemException notFound(Key key) {
        return Problem.of(ProblemType.NOT_FOUND, "There is no " + key + ".").asException();
    }

    // ---- writing

    @Override
    public Mono<WriteResult> write(WriteRequest request) {
        return request.kind().inform(request.id()).then(Mono.defer(() -> switch (request) {
            case WriteRequest.Put put -> one(intent(put));
            case WriteRequest.Delete delete -> one(intent(delete, Optional.empty(), false));
            case WriteRequest.Rollback rollback -> rollBack(rollback);
        }));
    }

    private Mono<WriteResult> one(Intent intent) {
        return change(patience(1), (transaction, base) -> Mono.just(List.of(intent)), Decision::allOrNothing)
                .map(done -> result(done.getFirst()));
    }

    private Mono<WriteResult> rollBack(WriteRequest.Rollback request) {
        var key = new Key(request.kind().kind(), request.id());
        if (!request.kind().canRollBack()) {
            return Mono.error(Problem.of(
                            ProblemType.CONFLICT,
                            "A " + key.kind() + " does not go back: that could revive what was revoked.")
                    .asException());
        }
        return change(
                        patience(1),
                        (transaction, base) -> transaction
                                .version(key, request.to())
                                .flatMap(row -> Mono.justOrEmpty(row.spec()))
                                .switchIfEmpty(Mono.error(() -> Problem.of(
                                                ProblemType.NOT_FOUND,
                                                key + " has no version " + request.to() + " to go back to.")
                                        .asException()))
                                .map(spec -> List.of(intent(request, Optional.of(documents.stored(spec)), true))),
                        Decision::allOrNothing)
                .map(done -> result(done.getFirst()));
    }

    private static Intent intent(WriteRequest.Put put) {
        return switch (Envelope.read(put.document())) {
            case SpecReader.Outcome.Invalid<Envelope>(List<SpecProblem> problems) ->
                throw new Problem.InvalidResource("The document is not a resource.", problems).asException();
            case SpecReader.Outcome.Valid<Envelope>(Envelope envelope) -> {
                List<SpecProblem> strays = strays(put, envelope);
                if (!strays.isEmpty()) {
                    throw new Problem.InvalidResource("The document is not the resource of this path.", strays)
                            .asException();
                }
                yield intent(put, Optional.of(envelope.spec()), false);
            }
        };
    }

    private static List<SpecProblem> strays(WriteRequest.Put put, Envelope envelope) {
        List<SpecProblem> strays = new ArrayList<>();
        requireSame("/kind", put.kind().kind(), envelope.kind(), strays);
        requireSame("/metadata/team", put.id().team(), envelope.id().team(), strays);
        requireSame("/metadata/name", put.id().name(), envelope.id().name(), strays);
        return strays;
    }

    private static void requireSame(String pointer, String expected, String actual, List<SpecProblem> strays) {
        if (!expected.equals(actual)) {
            strays.add(new SpecProblem(pointer, "'" + actual + "' (expected: " + expected + ", as in the path)"));
        }
    }

    private static Intent intent(WriteRequest request, Optional<ObjectNode> spec, boolean restores) {
        return new Intent(
                request.kind(),
                request.id(),
                spec,
                restores,
                Resource.Origin.API,
                request.precondition(),
                request.actor());
    }

    private WriteResult result(Done done) {
        return switch (done.verdict()) {
            case Verdict.Accepted accepted ->
                new WriteResult(
                        accepted.outcome(),
                        shown(done.row().isDeletion() ? accepted.before().orElseThrow() : done.row()),
                        accepted.shownOnce(),
                        accepted.warnings());
            case Verdict.Unchanged unchanged ->
                new WriteResult(WriteResult.Outcome.UNCHANGED, shown(unchanged.row()), Map.of(), List.of());
            case Verdict.Refused refused -> throw refused.problem().asException();
        };
    }

    /** What became of an intent: a verdict that is not a refusal, with the row as it stands. */
    private record Done(Verdict verdict, Row row) {}

    private interface Intents {
        Mono<List<Intent>> of(Store.Transaction transaction, Head base);
    }

    /** Turns intents into verdicts; those that are accepted will be stored. */
    private interface Decision {
        List<Verdict> decide(Planner planner, Head base, List<Intent> intents, Map<Key, Long> lastVersions);

        static List<Verdict> allOrNothing(
                Planner planner, Head base, List<Intent> intents, Map<Key, Long> lastVersions) {
            List<Verdict> verdicts = planner.plan(base, intents, lastVersions);
            verdicts.forEach(verdict -> {
                if (verdict instanceof Verdict.Refused refused) {
                    throw refused.problem().asException();
                }
            });
            return verdicts;
        }
    }

    private Mono<List<Done>> change(Duration patience, Intents intents, Decision decision) {
        return Mono.defer(() -> store.writing(
                        patience,
                        newest().store(),
                        newest().revision(),
                        (transaction, changes) -> Mono.just(changes)
                                .publishOn(reviewing)
                                .map(follower::advance)
                                .flatMap(base -> intents.of(transaction, base)
                                        .flatMap(wanted -> transaction
                                                .lastVersions(absent(base, wanted))
                                                .publishOn(reviewing)
                                                .map(last ->
                                                        new Step(base, decision.decide(planner, base, wanted, last)))))
                                .flatMap(step -> store(transaction, step))))
                .map(this::committed);
    }

    private static List<Key> absent(Head base, List<Intent> intents) {
        return intents.stream()
                .map(Intent::key)
                .filter(key -> base.row(key).isEmpty())
                .toList();
    }

    private record Step(Head base, List<Verdict> verdicts) {}

    private record Stored(Head next, List<Done> done) {}

    private Mono<Stored> store(Store.Transaction transaction, Step step) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Head next = step.base();
        List<Row> rows = new ArrayList<>();
        List<io.headgate.api.Event> told = new ArrayList<>();
        List<Done> done = new ArrayList<>();
        for (Verdict verdict : step.verdicts()) {
            switch (verdict) {
                case Verdict.Accepted accepted -> {
                    Row row = Planner.row(accepted, next.revision() + 1, now);
                    next = next.after(accepted, row);
                    rows.add(row);
                    told.add(events.of(accepted, row));
                    done.add(new Done(accepted, row));
                }
                case Verdict.Unchanged unchanged -> done.add(new Done(unchanged, unchanged.row()));
                case Verdict.Refused refused -> {}
            }
        }
        var stored = new Stored(next, done);
        return rows.isEmpty()
                ? Mono.just(stored)
                : transaction.store(rows, told).thenReturn(stored);
    }

    private List<Done> committed(Stored stored) {
        follower.committed(stored.next());
        return stored.done();
    }

    private Duration patience(int changes) {
        return properties.timeout().multipliedBy(2).plusMillis(10L * changes);
    }

    // ---- dry run

    @Override
    public Mono<ValidationReport> validate(List<JsonNode> candidates, Actor actor) {
        return Flux.fromIterable(candidates)
                .concatMap(this::inform)
                .then(Mono.defer(() -> store.changes(newest().store(), newest().revision())))
                .publishOn(reviewing)
                .map(follower::advance)
                .map(base -> new DryRun(planner, kinds, base, actor).report(candidates));
    }

    private Mono<Void> inform(JsonNode candidate) {
        return Envelope.read(candidate) instanceof SpecReader.Outcome.Valid<Envelope>(Envelope envelope)
                ? kinds.ofKind(envelope.kind())
                        .map(kind -> kind.inform(envelope.id()))
                        .orElse(Mono.empty())
                : Mono.empty();
    }

    // ---- the configuration directory

    /**
     * Makes what the directory says so, as far as it can be.
     *
     * @param complete whether what is not among the documents is gone from the directory
     */
    Mono<List<InstanceStatus.FileProblem>> reconcile(List<FileDocument> files, boolean complete) {
        List<InstanceStatus.FileProblem> problems = new ArrayList<>();
        return Flux.fromIterable(files)
                .concatMap(file -> file.kind().inform(file.envelope().id()))
                .then(change(
                        patience(files.size()),
                        (transaction, base) -> Mono.just(DirectoryPlan.intents(kinds, base, files, complete)),
                        (planning, base, intents, last) ->
                                DirectoryPlan.decide(planning, base, intents, last, problems)))
                .thenReturn(problems);
    }

    void filesRefused(List<InstanceStatus.FileProblem> problems) {
        fileProblems = List.copyOf(problems);
    }

    // ---- life

    @Override
    public void start() {
        var directory = place.configDir()
                .map(path -> new ConfigDirectory(path, this, kinds, properties, clock).watched())
                .orElse(Flux.empty());
        var upkeep = new Upkeep(store, properties);
        running = Disposables.composite(
                follower.following().subscribe(),
                follower.saving().subscribe(),
                upkeep.beating(Flux.merge(applied(), states()), this::ownStatus).subscribe(),
                upkeep.pruning(() -> state() instanceof RegistryState.Live).subscribe(),
                upkeep.removing(() -> Endings.of(newest(), clock.instant()), this::one)
                        .subscribe(),
                directory.subscribe());
    }

    @Override
    public void stop(Runnable callback) {
        running.dispose();
        follower.saved()
                .then(store.leave(place.instance())
                        .timeout(Duration.ofSeconds(1))
                        .onErrorComplete())
                .then(store.close().onErrorComplete())
                .doFinally(done -> {
                    reviewing.dispose();
                    follower.dispose();
                    callback.run();
                })
                .subscribe();
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public boolean isRunning() {
        return !running.isDisposed();
    }

    /** Before the servers start, and after they have stopped. */
    @Override
    public int getPhase() {
        return 0;
    }
}

package io.headgate.gateway.registry;

import io.headgate.api.ConfigKind;
import io.headgate.api.ConfigView;
import io.headgate.api.Findings;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tools.jackson.databind.JsonNode;

/** One instance's registry: it serves what its {@link Follower} has, shows what is stored, and stores what is decided. */
final class LiveRegistry implements Registry, SmartLifecycle {

    private static final int BROKEN_SHOWN = 100;

    private final Kinds kinds;
    private final Documents documents;
    private final Store store;
    private final Follower follower;
    private final RegistryReader reader;
    private final RegistryWriter writer;
    private final List<ConfigView<?>> views;
    private final RegistryProperties properties;
    private final RegistryProperties.Place place;
    private final Clock clock;

    private volatile List<InstanceStatus.FileProblem> fileProblems = List.of();
    private volatile Disposable running = Disposables.disposed();
    /** Ends the beats, and waits for the one that is under way: it must not bring back what leaves behind it. */
    private volatile Mono<Void> lastBeat = Mono.empty();

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
        this.documents = documents;
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
        this.reader = new RegistryReader(kinds, documents, store);
        this.writer = new RegistryWriter(kinds, documents, events, store, follower, reader, properties, clock);
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
        return reader.find(kind, id);
    }

    @Override
    public Mono<ListPage> list(ListRequest request) {
        return reader.list(request);
    }

    @Override
    public Mono<VersionPage> versions(VersionsRequest request) {
        return reader.versions(request);
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

    // ---- writing

    @Override
    public Mono<WriteResult> write(WriteRequest request) {
        return writer.write(request);
    }

    @Override
    public Mono<ValidationReport> validate(List<JsonNode> candidates, Actor actor) {
        return writer.validate(candidates, actor);
    }

    /** As {@link RegistryWriter#reconcile}. */
    Mono<List<InstanceStatus.FileProblem>> reconcile(Head before, List<FileDocument> files, boolean complete) {
        return writer.reconcile(before, files, complete);
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
        Sinks.Empty<Void> end = Sinks.empty();
        var beats = upkeep.beating(Flux.merge(applied(), states()), this::ownStatus, end.asMono())
                .then()
                .toFuture();
        lastBeat = Mono.fromRunnable(end::tryEmitEmpty).then(Mono.fromFuture(beats, true));
        running = Disposables.composite(
                follower.following().subscribe(),
                follower.saving().subscribe(),
                upkeep.pruning(() -> state() instanceof RegistryState.Live).subscribe(),
                upkeep.removing(() -> Endings.of(newest(), clock.instant()), writer::one)
                        .subscribe(),
                directory.subscribe());
    }

    @Override
    public void stop(Runnable callback) {
        running.dispose();
        follower.saved()
                .then(lastBeat.then(store.leave(place.instance()))
                        .timeout(properties.timeout())
                        .onErrorComplete())
                .then(store.close().onErrorComplete())
                .doFinally(done -> {
                    writer.dispose();
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

package io.headgate.gateway.registry;

import io.headgate.api.ConfigView;
import io.headgate.api.ProblemException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Where one instance stands: it knows the newest revision ({@link Head}), serves one ({@link Live}), and moves from the
 * one to the other on a thread of its own.
 */
final class Follower {

    private static final Logger log = LoggerFactory.getLogger(Follower.class);
    private static final long EVERYTHING = Long.MAX_VALUE;
    private static final int QUEUED_TASKS = 10_000;
    private static final Duration MAX_REST = Duration.ofMillis(50);

    /** What this instance serves: published by one write, never changed. */
    record Live(Head head, Instant appliedAt, Map<ConfigView<?>, Object> views) {}

    private final Kinds kinds;
    private final Documents documents;
    private final Store store;
    private final Migrations migrations;
    private final List<ConfigView<?>> views;
    private final Optional<SnapshotFile> snapshotFile;
    private final RegistryProperties properties;
    private final Clock clock;

    private final Scheduler deriving = Schedulers.newBoundedElastic(1, QUEUED_TASKS, "registry-derive", 60, true);
    private final Scheduler disk = Schedulers.newBoundedElastic(1, 16, "registry-disk", 60, true);
    private final Sinks.Many<Boolean> wakes = Sinks.many().multicast().directBestEffort();
    private final Sinks.Many<Long> applied = Sinks.many().replay().latest();
    private final Sinks.Many<RegistryState> states = Sinks.many().replay().latest();
    private final AtomicLong wanted = new AtomicLong();

    private volatile Head head;
    private volatile Live live;
    private volatile RegistryState state = new RegistryState.Starting("nothing loaded yet");
    /** As long as deriving took: in a flood of changes at most half of a thread goes into it, and requests keep the rest. */
    private volatile Duration rest = Duration.ZERO;

    private boolean snapshotRead; // on the deriving thread alone
    private volatile long savedRevision = -1;

    Follower(
            Kinds kinds,
            Documents documents,
            List<ConfigView<?>> views,
            Store store,
            Migrations migrations,
            Optional<SnapshotFile> snapshotFile,
            RegistryProperties properties,
            Clock clock) {
        this.kinds = kinds;
        this.documents = documents;
        this.views = List.copyOf(views);
        this.store = store;
        this.migrations = migrations;
        this.snapshotFile = snapshotFile;
        this.properties = properties;
        this.clock = clock;
        this.head = Head.empty(kinds, documents);
        this.live = new Live(head, clock.instant(), derive(Map.of(), head));
    }

    Live serving() {
        return live;
    }

    /** May be ahead of what is served, never behind. */
    Head newest() {
        return head;
    }

    RegistryState state() {
        return state;
    }

    /** The revisions that this instance serves, from the present one on. */
    Flux<Long> applied() {
        return applied.asFlux();
    }

    Flux<RegistryState> states() {
        return states.asFlux();
    }

    private void wake(long revision) {
        wanted.accumulateAndGet(revision, Math::max);
        emit(wakes, true);
    }

    /** Waits for another thread that is emitting just now; a wake that nobody has room for is one of many. */
    private static <T> void emit(Sinks.Many<T> sink, T value) {
        while (sink.tryEmitNext(value) == Sinks.EmitResult.FAIL_NON_SERIALIZED) {
            Thread.onSpinWait();
        }
    }

    /** A change that this instance has made itself: it is known at once, and served as any other. */
    void committed(Head next) {
        offer(next);
        wake(next.revision());
    }

    private synchronized void offer(Head next) {
        if (next.store().equals(head.store()) && next.revision() > head.revision()) {
            head = next;
        }
    }

    /** The newest head there is, after what the store said. A late answer changes nothing. */
    synchronized Head advance(Changes changes) {
        Head known = head;
        boolean sameStore = changes.store().equals(known.store());
        if (!changes.whole() && changes.revision() < changes.since()) {
            throw Store.unavailable("The store is at revision " + changes.revision() + ", but " + changes.since()
                    + " was read from it before: it was set back, and needs a new store_id.");
        }
        if (!changes.whole() && !sameStore) {
            throw Store.unavailable("The store was replaced meanwhile.");
        }
        if (sameStore && changes.revision() <= known.revision()) {
            return known;
        }
        if (changes.whole() && !known.store().equals(Head.NO_STORE)) {
            log.atWarn()
                    .addKeyValue("store", changes.store())
                    .addKeyValue("revision", changes.revision())
                    .log("another store than before: everything is loaded anew");
        }
        head = (changes.whole() ? Head.empty(kinds, documents) : known)
                .plus(changes.store(), changes.revision(), changes.rows());
        return head;
    }

    private Mono<Void> catchUp() {
        return Mono.defer(() -> {
                    long asked = wanted.getAndSet(0);
                    return asked > head.revision() || !(state instanceof RegistryState.Live)
                            ? fetch()
                            : Mono.just(head);
                })
                .publishOn(deriving)
                .doOnNext(ignored -> {
                    serve(head);
                    become(state instanceof RegistryState.Live ? state : new RegistryState.Live(clock.instant()));
                })
                .then()
                .onErrorResume(
                        error -> Mono.<Void>fromRunnable(() -> lost(error)).subscribeOn(deriving));
    }

    private Mono<Head> fetch() {
        return migrations
                .done()
                .timeout(
                        properties.timeout().multipliedBy(2),
                        Mono.error(() -> Store.unavailable("migrating takes long")))
                .then(Mono.defer(() -> store.changes(head.store(), head.revision())))
                .publishOn(deriving)
                .map(this::advance);
    }

    private void lost(Throwable error) {
        String reason =
                error instanceof ProblemException refused ? refused.problem().detail() : error.toString();
        if (!(error instanceof ProblemException)) {
            log.atError().setCause(error).log("registry failed to catch up");
        }
        switch (state) {
            case RegistryState.Live was -> become(new RegistryState.Stale(clock.instant(), reason));
            case RegistryState.Stale already -> {}
            case RegistryState.Starting starting ->
                unreadSnapshot()
                        .ifPresentOrElse(
                                content -> startFrom(content, reason),
                                () -> become(new RegistryState.Starting(reason)));
        }
    }

    /** Once: what was damaged a moment ago still is. */
    private Optional<SnapshotFile.Content> unreadSnapshot() {
        Optional<SnapshotFile.Content> content =
                snapshotRead ? Optional.empty() : snapshotFile.flatMap(SnapshotFile::load);
        snapshotRead = true;
        return content;
    }

    private void startFrom(SnapshotFile.Content content, String reason) {
        advance(new Changes(content.store(), content.revision(), 0, true, content.rows()));
        savedRevision = content.revision();
        serve(head);
        become(new RegistryState.Stale(content.savedAt(), reason));
    }

    private void become(RegistryState next) {
        if (next.equals(state)) {
            return;
        }
        var line = next instanceof RegistryState.Live ? log.atInfo() : log.atWarn();
        line.addKeyValue("state", next.word())
                .addKeyValue("revision", live.head().revision())
                .addKeyValue("detail", next)
                .log("registry state");
        state = next;
        emit(states, next);
    }

    /** Runs on the deriving thread alone, so that revisions follow one another. */
    private void serve(Head next) {
        Live now = live;
        if (next.store().equals(now.head().store())
                && next.revision() <= now.head().revision()) {
            return;
        }
        long start = System.nanoTime();
        live = new Live(next, clock.instant(), derive(now.views(), next));
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        rest = took.compareTo(MAX_REST) < 0 ? took : MAX_REST;
        emit(applied, next.revision());
    }

    private Mono<Void> rested() {
        Duration pause = rest;
        rest = Duration.ZERO;
        return pause.isZero() ? Mono.empty() : Mono.delay(pause).then();
    }

    private Map<ConfigView<?>, Object> derive(Map<ConfigView<?>, Object> before, Head next) {
        Map<ConfigView<?>, Object> derived = new IdentityHashMap<>();
        for (ConfigView<?> view : views) {
            derived.put(view, derive(view, Optional.ofNullable(before.get(view)), next));
        }
        return derived;
    }

    @SuppressWarnings("unchecked") // a view's value was made by that view
    private static <V> Object derive(ConfigView<V> view, Optional<Object> before, Head next) {
        try {
            return (Object) view.derive((Optional<V>) before, next);
        } catch (RuntimeException e) { // one module's fault must not stop the others' changes
            log.atError()
                    .addKeyValue("view", view.getClass().getName())
                    .addKeyValue("revision", next.revision())
                    .setCause(e)
                    .log("view not derived, its earlier value stays");
            return before.orElseThrow(() -> e);
        }
    }

    Flux<Void> following() {
        Flux<Long> announced = store.announcements()
                .doOnError(error -> wake(EVERYTHING))
                .retryWhen(Retry.backoff(Long.MAX_VALUE, properties.reconnectDelay())
                        .maxBackoff(properties.pollInterval())
                        .transientErrors(true));
        Flux<Long> polls =
                Flux.interval(Duration.ZERO, properties.pollInterval()).map(tick -> EVERYTHING);
        Flux<Boolean> hints = Flux.merge(announced, polls).map(revision -> {
            wanted.accumulateAndGet(revision, Math::max);
            return true;
        });
        return Flux.merge(hints, wakes.asFlux())
                .onBackpressureLatest()
                .concatMap(wake -> catchUp().then(Mono.defer(this::rested)), 1);
    }

    Flux<Void> saving() {
        return applied.asFlux()
                .onBackpressureLatest()
                .concatMap(
                        revision -> saved().then(Mono.delay(properties.snapshotInterval()))
                                .then(),
                        1);
    }

    Mono<Void> saved() {
        return Mono.<Void>fromRunnable(this::save).subscribeOn(disk);
    }

    private void save() {
        Head serving = live.head();
        if (snapshotFile.isEmpty()
                || serving.revision() == savedRevision
                || serving.store().equals(Head.NO_STORE)) {
            return;
        }
        try {
            snapshotFile
                    .get()
                    .save(new SnapshotFile.Content(
                            serving.store(), serving.revision(), clock.instant(), List.copyOf(serving.rows())));
            savedRevision = serving.revision();
        } catch (ClosedByInterruptException e) {
            log.debug("saving interrupted by the stop, which saves again");
        } catch (IOException | RuntimeException e) {
            log.atError().addKeyValue("reason", e.toString()).log("snapshot not saved");
        }
    }

    void dispose() {
        List.of(deriving, disk).forEach(Scheduler::dispose);
    }
}

package io.headgate.authz;

import io.headgate.api.Findings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells the other instances what this one has found out, soon after it has. Where they cannot be told, nothing of the
 * traffic waits: it is told later, and until then this instance counts as silent.
 */
final class ReportKeeper implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(ReportKeeper.class);
    private static final Duration LAST_WORD = Duration.ofSeconds(1);
    /** An instance that found nothing says so less often. */
    private static final int QUIET_INTERVALS = 3;

    private static final int AT_ONCE = 50;

    private final Supplier<Optional<Findings>> findings;
    private final Supplier<Collection<Shared<?>>> sources;
    private final Duration interval;
    private final Map<Shared<?>, Long> told = new WeakHashMap<>(); // one telling after the other
    private volatile Disposable running = Disposables.disposed();
    private int quiet = QUIET_INTERVALS;
    private boolean failing;

    ReportKeeper(Supplier<Optional<Findings>> findings, Supplier<Collection<Shared<?>>> sources, Duration interval) {
        this.findings = findings;
        this.sources = sources;
        this.interval = interval;
    }

    @Override
    public void start() {
        running = findings.get()
                .map(store -> Flux.interval(interval)
                        .onBackpressureDrop()
                        .concatMap(tick -> tell(store), 1)
                        .subscribe())
                .orElse(Disposables.disposed());
    }

    /** Never fails. */
    Mono<Void> tell(Findings store) {
        return Mono.defer(() -> {
                    List<Shared<?>> changed = changed();
                    if (changed.isEmpty() && ++quiet < QUIET_INTERVALS) {
                        return Mono.empty();
                    }
                    quiet = 0;
                    return Flux.fromIterable(changed)
                            .filter(shared -> !shared.isResumed())
                            .concatMap(
                                    shared -> store.about(shared.subject()).doOnNext(said -> shared.resume(said.own())))
                            .then(Mono.defer(() -> kept(store, changed)));
                })
                .doOnSuccess(done -> failing = false)
                .onErrorResume(error -> {
                    failed(error);
                    return Mono.empty();
                });
    }

    private Mono<Void> kept(Findings store, List<Shared<?>> changed) {
        Map<Shared<?>, Long> telling = new WeakHashMap<>();
        changed.forEach(
                shared -> telling.put(shared, shared.changes())); // before the bodies: what comes between is told again
        return Flux.fromIterable(changed)
                .<Findings.Share>map(Shared::share)
                .buffer(AT_ONCE)
                .defaultIfEmpty(List.of())
                .concatMap(store::keep)
                .then()
                .doOnSuccess(done -> told.putAll(telling));
    }

    private List<Shared<?>> changed() {
        List<Shared<?>> changed = new ArrayList<>(sources.get());
        changed.removeIf(shared -> shared.changes() == told.getOrDefault(shared, 0L));
        return changed;
    }

    private void failed(Throwable error) {
        quiet = QUIET_INTERVALS;
        if (!failing) { // once, not at every attempt
            failing = true;
            log.atWarn().addKeyValue("reason", error.toString()).log("findings not told to other instances, yet");
        }
    }

    @Override
    public void stop(Runnable callback) {
        boolean wasRunning = isRunning();
        running.dispose();
        findings.get()
                .filter(store -> wasRunning)
                .map(this::tell)
                .orElse(Mono.empty())
                .timeout(LAST_WORD)
                .onErrorComplete()
                .doFinally(done -> callback.run())
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

    /** After the registry has started, and before it stops. */
    @Override
    public int getPhase() {
        return 1;
    }
}

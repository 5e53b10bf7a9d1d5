package io.headgate.reads;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Costs a request no more than the budget, and fails none. While Redis is away whoever brings no token reads strongly;
 * and once it is back it is told that something may be missing, before anybody else can read there that nothing is.
 */
final class GuardedSubjects implements SubjectPositions {

    private final Duration budget;
    private final Duration retry;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final AtomicBoolean lost = new AtomicBoolean();
    private volatile @Nullable RedisSubjects redis;
    private volatile boolean away;
    private volatile long awaySince;

    GuardedSubjects(Duration budget, Duration retry, Environment environment, ReadsMetrics metrics) {
        this.budget = budget;
        this.retry = retry;
        this.environment = environment;
        this.metrics = metrics;
    }

    /** The connection has come about. */
    void use(RedisSubjects connected) {
        redis = connected;
        connected.begin().subscribe(_ -> {}, _ -> {}); // else it begins with the first who is asked for
    }

    @Override
    public Mono<Seen> of(Subject subject) {
        RedisSubjects store = reachable();
        return store == null || lost.get()
                ? Mono.fromSupplier(this::unknown)
                : bounded(store.of(subject)).onErrorResume(_ -> Mono.fromSupplier(this::unknown));
    }

    private Seen unknown() {
        metrics.subjectUnknown();
        return Seen.UNTRUSTED;
    }

    @Override
    public Mono<Void> keep(Subject subject, Seen wrote) {
        RedisSubjects store = reachable();
        Mono<Void> kept =
                store == null ? Mono.error(new IllegalStateException("no Redis")) : bounded(store.keep(subject, wrote));
        return kept.onErrorResume(_ -> Mono.fromRunnable(this::confess));
    }

    private <T> Mono<T> bounded(Mono<T> work) {
        return work.timeout(budget, environment.scheduler())
                .doOnError(_ -> {
                    awaySince = environment.nanos().getAsLong();
                    away = true;
                })
                .doOnSuccess(_ -> away = false);
    }

    private @Nullable RedisSubjects reachable() {
        boolean leftAlone = away && environment.nanos().getAsLong() - awaySince < retry.toNanos();
        return leftAlone ? null : redis;
    }

    /** Until it has been said, this instance itself believes nothing either. */
    private void confess() {
        metrics.subjectNotKept();
        if (lost.compareAndSet(false, true)) {
            confessLater();
        }
    }

    private void confessLater() {
        environment.scheduler().schedule(this::confessNow, retry.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void confessNow() {
        RedisSubjects store = redis;
        Mono<Void> said = store == null ? Mono.error(new IllegalStateException("no Redis")) : store.confessLoss();
        said.timeout(retry, environment.scheduler()).subscribe(_ -> {}, _ -> confessLater(), () -> lost.set(false));
    }
}

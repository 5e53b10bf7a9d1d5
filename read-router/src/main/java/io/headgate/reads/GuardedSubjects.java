package io.headgate.reads;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Costs a request no more than the budget, and fails none. While Redis is away whoever brings no token reads strongly.
 * What could not be kept is owed: this instance remembers it until Redis has it. Where more is owed than can be
 * remembered, Redis is told once it is back that something is missing, before anybody can read there that nothing is.
 */
final class GuardedSubjects implements SubjectPositions {

    private static final Logger log = LoggerFactory.getLogger(GuardedSubjects.class);
    private static final int MAX_OWED = 10_000;

    private final Duration budget;
    private final Duration retry;
    private final Environment environment;
    private final ReadsMetrics metrics;
    private final Map<Subject, Seen> owed = new ConcurrentHashMap<>();
    private final AtomicBoolean isPaying = new AtomicBoolean();
    private final Sinks.Empty<Void> closing = Sinks.empty();
    private volatile boolean isClosed;
    private volatile boolean lost;
    private volatile @Nullable RedisSubjects redis;
    private volatile boolean away;
    private volatile long awaySince;
    private volatile long answeredAt;

    GuardedSubjects(Duration budget, Duration retry, Environment environment, ReadsMetrics metrics) {
        this.budget = budget;
        this.retry = retry;
        this.environment = environment;
        this.metrics = metrics;
        this.answeredAt = environment.nanos().getAsLong();
    }

    /** The connection has come about. */
    void use(RedisSubjects connected) {
        redis = connected;
        connected.begin().subscribe(_ -> {}, _ -> {}); // else it begins with the first who is asked for
        payLater();
    }

    @Override
    public Mono<Seen> of(Subject subject) {
        return Mono.defer(() -> {
            RedisSubjects store = reachable();
            if (store == null || lost) {
                return Mono.fromSupplier(this::unknown);
            }
            Seen ours = owed.getOrDefault(subject, Seen.NOTHING); // before Redis is asked, which has it once it is paid
            return bounded(store.of(subject)).map(ours::merge).onErrorResume(_ -> Mono.fromSupplier(this::unknown));
        });
    }

    private Seen unknown() {
        metrics.subjectUnknown();
        return Seen.UNTRUSTED;
    }

    @Override
    public Mono<Void> keep(Subject subject, Seen wrote) {
        return Mono.defer(() -> {
                    RedisSubjects store = reachable();
                    return store == null
                            ? Mono.<Void>error(new IllegalStateException("no Redis"))
                            : bounded(store.keep(subject, wrote));
                })
                .onErrorResume(_ -> Mono.fromRunnable(() -> owe(subject, wrote)));
    }

    private <T> Mono<T> bounded(Mono<T> work) {
        return work.timeout(budget, environment.scheduler())
                .doOnError(_ -> failed())
                .doOnSuccess(_ -> {
                    answeredAt = environment.nanos().getAsLong();
                    away = false;
                });
    }

    /** One that is late says nothing while others are answered. */
    private void failed() {
        long now = environment.nanos().getAsLong();
        if (now - answeredAt >= budget.toNanos()) {
            awaySince = now;
            away = true;
        }
    }

    private @Nullable RedisSubjects reachable() {
        boolean leftAlone = away && environment.nanos().getAsLong() - awaySince < retry.toNanos();
        return leftAlone ? null : redis;
    }

    private void owe(Subject subject, Seen wrote) {
        metrics.subjectNotKept();
        if (owed.size() < MAX_OWED) {
            owed.merge(subject, wrote, Seen::merge);
        } else {
            lost = true; // until that has been said, this instance itself believes nothing either
        }
        payLater();
    }

    private boolean owes() {
        return lost || !owed.isEmpty();
    }

    /** Where there was no Redis yet, what is owed waits for {@link #use}. */
    private void payLater() {
        RedisSubjects store = redis;
        if (owes() && store != null && !isClosed && isPaying.compareAndSet(false, true)) {
            Mono.delay(retry, environment.scheduler())
                    .then(Mono.defer(() -> paid(store)))
                    .takeUntilOther(closing.asMono())
                    .subscribe(_ -> {}, _ -> paidSoFar(), this::paidSoFar);
        }
    }

    private Mono<Void> paid(RedisSubjects store) {
        Mono<Void> confessed = lost
                ? store.confessLoss().timeout(retry, environment.scheduler()).doOnSuccess(_ -> lost = false)
                : Mono.empty();
        return confessed
                .thenMany(Flux.fromIterable(List.copyOf(owed.entrySet())))
                .concatMap(debt -> store.keep(debt.getKey(), debt.getValue())
                        .timeout(retry, environment.scheduler())
                        .doOnSuccess(_ -> owed.remove(debt.getKey(), debt.getValue())))
                .then();
    }

    private void paidSoFar() {
        isPaying.set(false);
        payLater();
    }

    /** What is owed is tried once more: no other instance knows that the subject wrote, and this one will not any more. */
    void close() {
        isClosed = true;
        closing.tryEmitEmpty();
        RedisSubjects store = redis;
        if (store != null && owes()) {
            payAtLast(paid(store).toFuture());
        }
    }

    private void payAtLast(Future<?> paid) {
        try {
            paid.get(retry.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.atWarn().addKeyValue("subjects", owed.size()).log("what was written is not known to other instances");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            paid.cancel(true);
        }
    }
}

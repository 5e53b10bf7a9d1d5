package io.headgate.reads;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** One server of a cluster: what it said last, and how many reads it has. It asks again by itself until it is closed. */
final class Node {

    /** @param askedAt before the question was sent */
    record Sample(long askedAt, Reading reading) {}

    private final Member member;
    private final Environment environment;
    private final Supplier<Duration> pause;
    private final Rounds<Sample> rounds;
    private final AtomicInteger reads = new AtomicInteger();
    private final Served served = new Served();
    private final Disposable.Swap timer = Disposables.swap();
    private volatile @Nullable Sample latest;
    private volatile boolean reachable;
    private volatile boolean drained;
    private volatile boolean tooOld;
    private volatile boolean closed;

    /** @param onSample what must have happened before whoever asked gets the answer */
    Node(
            Member member,
            Environment environment,
            ReadsProperties.Tracking settings,
            Supplier<Duration> pause,
            BiFunction<Node, Sample, Mono<Sample>> onSample,
            Runnable onQuestion) {
        this.member = member;
        this.environment = environment;
        this.pause = pause;
        this.rounds = new Rounds<>(() -> {
            onQuestion.run();
            long askedAt = environment.nanos().getAsLong();
            return member.probe()
                    .read()
                    .map(reading -> new Sample(askedAt, reading))
                    .doOnNext(this::answered)
                    .flatMap(sample -> onSample.apply(this, sample))
                    .timeout(settings.timeout(), environment.scheduler())
                    .doOnError(_ -> reachable = false)
                    .doFinally(_ -> askLater());
        });
    }

    private void answered(Sample sample) {
        latest = sample;
        reachable = true;
    }

    private void askLater() {
        if (closed) {
            member.probe().reconnect();
            return;
        }
        timer.update(environment.scheduler().schedule(rounds::start, pause.get().toNanos(), TimeUnit.NANOSECONDS));
    }

    /** The answer to a question that is sent after this. */
    Mono<Sample> ask() {
        return rounds.ask();
    }

    void startAsking() {
        rounds.start();
    }

    void close() {
        closed = true;
        reachable = false;
        timer.dispose();
        member.probe().reconnect();
    }

    boolean isClosed() {
        return closed;
    }

    /** Out until it answers again: somebody met with a failure, or with another server at its address. */
    void suspect() {
        reachable = false;
        member.probe().reconnect();
        if (!closed) {
            rounds.start();
        }
    }

    Member member() {
        return member;
    }

    String name() {
        return member.name();
    }

    boolean isPrimary() {
        return member.name().equals(Cluster.PRIMARY);
    }

    boolean isForExports() {
        return member.forExports();
    }

    Optional<Sample> latest() {
        return Optional.ofNullable(latest);
    }

    boolean isReachable() {
        return reachable;
    }

    boolean isDrained() {
        return drained;
    }

    void drain(boolean out) {
        drained = out;
    }

    boolean isTooOld() {
        return tooOld;
    }

    void tooOld(boolean now) {
        tooOld = now;
    }

    int reads() {
        return reads.get();
    }

    /** Whether there was room for one more. */
    boolean take(int limit) {
        int taken = reads.getAndUpdate(before -> Math.min(before + 1, limit));
        return taken < limit;
    }

    void release() {
        reads.decrementAndGet();
    }

    void served(ReadOutcome outcome) {
        served.count(outcome);
    }

    /** How many reads were sent here, and as what. */
    Served served() {
        return served;
    }
}

package io.headgate.reads;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** One server of a cluster: what it said last, and how many reads it has. It asks again by itself until it is closed. */
final class Node {

    /** @param askedAt before the question was sent */
    record Sample(long askedAt, Reading reading) {}

    private final String name;
    private final boolean forExports;
    private final Probe probe;
    private final Environment environment;
    private final Supplier<Duration> pause;
    private final Rounds<Sample> rounds;
    private final AtomicInteger reads = new AtomicInteger();
    private final Disposable.Swap timer = Disposables.swap();
    private volatile @Nullable Sample latest;
    private volatile boolean reachable;
    private volatile boolean drained;
    private volatile boolean tooOld;

    /** @param onSample what must have happened before whoever asked gets the answer */
    Node(
            String name,
            boolean forExports,
            Probe probe,
            Environment environment,
            ReadsProperties.Tracking settings,
            Supplier<Duration> pause,
            Function<Sample, Mono<Sample>> onSample,
            Runnable onQuestion) {
        this.name = name;
        this.forExports = forExports;
        this.probe = probe;
        this.environment = environment;
        this.pause = pause;
        this.rounds = new Rounds<>(() -> {
            onQuestion.run();
            long askedAt = environment.nanos().getAsLong();
            return probe.read()
                    .map(reading -> new Sample(askedAt, reading))
                    .doOnNext(this::answered)
                    .flatMap(onSample)
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
        timer.dispose();
        probe.reconnect();
    }

    /** Out until it answers again: somebody met with a failure, or with another server at its address. */
    void suspect() {
        reachable = false;
        probe.reconnect();
        rounds.start();
    }

    String name() {
        return name;
    }

    boolean isForExports() {
        return forExports;
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
}

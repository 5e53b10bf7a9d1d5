package io.headgate.export;

import io.headgate.export.JobQueue.Lane;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * All that goes on beside the requests: slots that run jobs, the taking over of what others left, the clearing away of
 * what nobody needs, and the telling. Each goes on for ever, and knows of no other's trouble.
 */
final class JobWorker implements SmartLifecycle {

    static final String ROLE = "export-worker";

    private static final Logger log = LoggerFactory.getLogger(JobWorker.class);
    private static final Duration FAREWELL = Duration.ofSeconds(10);
    private static final int LEFTOVERS = 100;

    private final String name;
    private final JobQueue queue;
    private final OverdueJobs overdue;
    private final JobRemains remains;
    private final Attempt attempt;
    private final JobStorage storage;
    private final JobEvents events;
    private final Webhooks webhooks;
    private final JobMetrics metrics;
    private final JobsProperties settings;
    private final boolean isOn;
    private final Clock clock;
    private final Map<UUID, Job> running = new ConcurrentHashMap<>();
    private Disposable.Composite loops = Disposables.composite();
    private volatile boolean isStarted;

    /** @param isOn whether it starts with the application: this process may be there for other things */
    JobWorker(
            String name,
            JobQueue queue,
            OverdueJobs overdue,
            JobRemains remains,
            Attempt attempt,
            JobStorage storage,
            JobEvents events,
            Webhooks webhooks,
            JobMetrics metrics,
            JobsProperties settings,
            boolean isOn,
            Clock clock) {
        this.name = name;
        this.queue = queue;
        this.overdue = overdue;
        this.remains = remains;
        this.attempt = attempt;
        this.storage = storage;
        this.events = events;
        this.webhooks = webhooks;
        this.metrics = metrics;
        this.settings = settings;
        this.isOn = isOn;
        this.clock = clock;
    }

    @Override
    public boolean isAutoStartup() {
        return isOn;
    }

    @Override
    public synchronized void start() {
        isStarted = true;
        loops = Disposables.composite();
        JobsProperties.Worker worker = settings.worker();
        IntStream.range(0, worker.slots())
                .mapToObj(slot -> slot < worker.smallSlots() ? Lane.SMALL : Lane.ANY)
                .forEach(lane -> loop("jobs", worker.poll(), next(lane)));
        loop("takeover", worker.lease().dividedBy(3), overdue.takeOver());
        loop("giving-up", settings.files().sweepInterval(), overdue.giveUp());
        loop("counting", worker.lease().dividedBy(3), counting());
        loop("events", worker.poll(), events.handOver());
        loop("expiry", settings.files().sweepInterval(), expiry());
        loop("leftovers", settings.files().leftoverAge(), leftovers());
        IntStream.range(0, settings.webhooks().concurrency())
                .forEach(call -> loop("webhooks", settings.webhooks().poll(), webhooks.next()));
    }

    /** @param work whether there is more to do at once */
    private void loop(String what, Duration interval, Mono<Boolean> work) {
        loops.add(Mono.defer(() -> work)
                .onErrorResume(error -> {
                    log.atWarn()
                            .addKeyValue("work", what)
                            .addKeyValue("error", error.toString())
                            .log("work on exports failed, it is tried again");
                    return Mono.just(false);
                })
                .flatMap(more -> more ? Mono.empty() : Mono.delay(interval))
                .repeat()
                .subscribe());
    }

    private Mono<Boolean> next(Lane lane) {
        return queue.claim(name, lane)
                .flatMap(job -> Mono.defer(() -> {
                            running.put(job.id(), job);
                            return attempt.run(job);
                        })
                        .doOnTerminate(() -> running.remove(job.id()))
                        .thenReturn(true))
                .defaultIfEmpty(false);
    }

    private Mono<Boolean> counting() {
        return queue.queued()
                .doOnNext(this::tell)
                .doOnError(_ -> tell(Double.NaN))
                .thenReturn(false);
    }

    /** A number that comes while this stops is nobody's any more. */
    private synchronized void tell(double queued) {
        metrics.queued(isStarted ? queued : Double.NaN);
    }

    private Mono<Boolean> expiry() {
        Mono<Boolean> file = remains.expired()
                .flatMap(found -> found.map(job -> storage.delete(job.location().orElseThrow())
                                .then(storage.delete(job.fileName().manifest().toString()))
                                .then(remains.forgetFile(job))
                                .thenReturn(true))
                        .orElse(Mono.just(false)));
        return remains.expire().then(remains.forgetJobs()).then(file);
    }

    private Mono<Boolean> leftovers() {
        return Flux.defer(() ->
                        storage.list(clock.instant().minus(settings.files().leftoverAge())))
                .buffer(LEFTOVERS)
                .concatMap(remains::unwanted)
                .flatMapIterable(files -> files)
                .concatMap(file -> storage.delete(file.location()))
                .then(Mono.just(false));
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    /** What runs here is called off and given back, so that others need not wait for its lease. */
    @Override
    public synchronized void stop(Runnable done) {
        isStarted = false;
        metrics.queued(Double.NaN);
        var left = java.util.List.copyOf(running.values());
        loops.dispose();
        running.clear();
        Flux.fromIterable(left)
                .flatMap(job -> queue.release(job).onErrorComplete())
                .timeout(FAREWELL)
                .onErrorComplete()
                .doFinally(signal -> done.run())
                .subscribe();
    }

    @Override
    public boolean isRunning() {
        return isStarted;
    }
}

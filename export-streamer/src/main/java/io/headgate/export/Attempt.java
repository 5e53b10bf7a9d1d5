package io.headgate.export;

import io.headgate.api.ProblemException;
import io.headgate.export.JobMetrics.End;
import io.headgate.export.JobQueue.Beat;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * Runs a job once: writes its file under the name of this attempt, and only then asks the queue to make it the job's.
 * The heartbeat goes beside, and ends the run where the job is no longer this worker's to run.
 */
final class Attempt {

    private static final Logger log = LoggerFactory.getLogger(Attempt.class);

    /** Why a run was ended from outside. It has no stack trace: it is a decision. */
    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final Beat why;

        Stopped(Beat why) {
            super(why.name(), null, false, false);
            this.why = why;
        }
    }

    private final JobQueue queue;
    private final JobRemains remains;
    private final JobStorage storage;
    private final ExportRunner runner;
    private final JobMetrics metrics;
    private final JobsProperties.Worker settings;
    private final Clock clock;

    Attempt(
            JobQueue queue,
            JobRemains remains,
            JobStorage storage,
            ExportRunner runner,
            JobMetrics metrics,
            JobsProperties.Worker settings,
            Clock clock) {
        this.queue = queue;
        this.remains = remains;
        this.storage = storage;
        this.runner = runner;
        this.metrics = metrics;
        this.settings = settings;
        this.clock = clock;
    }

    /** Completes whatever becomes of the job; errs only where that could not be written down. */
    Mono<Void> run(Job job) {
        return Mono.defer(() -> {
            var tally = new ExportTally();
            Instant start = clock.instant();
            var came = new AtomicReference<>(End.GIVEN_BACK);
            metrics.began();
            return end(job, tally)
                    .doOnNext(came::set)
                    .doOnError(_ -> came.set(End.LOST))
                    .doFinally(_ -> {
                        metrics.left();
                        count(job, tally, came.get(), start);
                    })
                    .then();
        });
    }

    private Mono<End> end(Job job, ExportTally tally) {
        return Mono.firstWithSignal(write(job, tally), this.<JobStorage.Stored>heartbeat(job, tally))
                .flatMap(file -> publish(job, tally, file))
                .onErrorResume(error -> ended(job, tally, error));
    }

    private void count(Job job, ExportTally tally, End end, Instant start) {
        metrics.ended(job.order().format(), end, tally, Duration.between(start, clock.instant()));
    }

    private Mono<JobStorage.Stored> write(Job job, ExportTally tally) {
        boolean isLast = job.attempts() >= settings.attempts();
        Flux<DataBuffer> rows = isLast ? runner.runLast(job.order(), tally) : runner.run(job.order(), tally);
        return storage.write(job.fileName(), rows)
                .flatMap(
                        file -> storage.write(job.fileName().manifest(), Manifest.of(job, tally, file, clock.instant()))
                                .thenReturn(file))
                .timeout(Mono.delay(settings.maxTime(), Schedulers.parallel()), Mono.error(TimeoutException::new));
    }

    /** Never completes: it errs once the run has to end. While the store is away the run goes on as long as its lease. */
    private <T> Mono<T> heartbeat(Job job, ExportTally tally) {
        return Mono.defer(() -> {
            var lease = new Lease(settings.lease());
            return Flux.interval(settings.heartbeat())
                    .onBackpressureDrop()
                    .concatMap(
                            tick -> queue.beat(job, tally)
                                    .doOnNext(beat -> lease.renew())
                                    .onErrorResume(
                                            ProblemException.class,
                                            away -> Mono.just(lease.isOver() ? Beat.LOST : Beat.GO_ON)),
                            1)
                    .filter(beat -> beat != Beat.GO_ON)
                    .next()
                    .flatMap(beat -> Mono.<T>error(new Stopped(beat)));
        });
    }

    private static final class Lease {
        private final long nanos;
        private long renewedAt = System.nanoTime();

        Lease(Duration length) {
            this.nanos = length.toNanos();
        }

        void renew() {
            renewedAt = System.nanoTime();
        }

        boolean isOver() {
            return System.nanoTime() - renewedAt >= nanos;
        }
    }

    /** While the store is away the file waits for it, as long as the lease could last. */
    private Mono<End> publish(Job job, ExportTally tally, JobStorage.Stored file) {
        return patiently(queue.publish(job, tally, file)).flatMap(published -> {
            if (published) {
                log.atInfo()
                        .addKeyValue("export", job.id())
                        .addKeyValue("rows", tally.rows())
                        .addKeyValue("bytes", file.bytes())
                        .log("export complete");
                return Mono.just(End.COMPLETED);
            }
            return written(End.CANCELLED, queue.fail(job, tally, JobState.CANCELLED, "cancelled"))
                    .flatMap(end -> discard(job).thenReturn(end));
        });
    }

    private <T> Mono<T> patiently(Mono<T> write) {
        Instant end = clock.instant().plus(settings.lease());
        return write.retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
                .maxBackoff(Duration.ofSeconds(2))
                .filter(error ->
                        error instanceof ProblemException && clock.instant().isBefore(end)));
    }

    /**
     * Takes the file away, unless it is the job's after all: the answer to a publication may have got lost. What cannot
     * be told now is left to the sweep.
     */
    private Mono<Void> discard(Job job) {
        StoredName name = job.fileName();
        return remains.unwanted(List.of(
                        new JobStorage.Found(name, name.toString()),
                        new JobStorage.Found(name.manifest(), name.manifest().toString())))
                .flatMapIterable(unwanted -> unwanted)
                .concatMap(file -> storage.delete(file.location()))
                .onErrorComplete()
                .then();
    }

    private Mono<End> ended(Job job, ExportTally tally, Throwable error) {
        Mono<End> written =
                error instanceof Stopped stopped ? stopped(job, tally, stopped.why) : failed(job, tally, error);
        return patiently(written)
                .onErrorResume(
                        ProblemException.class, away -> Mono.just(End.LOST)) // the lease ends, and others take over
                .flatMap(end -> discard(job).thenReturn(end));
    }

    /** What could not be written under the fence is no longer ours to say. */
    private static Mono<End> written(End end, Mono<Boolean> write) {
        return write.map(isWritten -> isWritten ? end : End.LOST);
    }

    private Mono<End> stopped(Job job, ExportTally tally, Beat why) {
        return switch (why) {
            case CANCELLED -> written(End.CANCELLED, queue.fail(job, tally, JobState.CANCELLED, "cancelled"));
            case OVER_QUOTA -> written(End.FAILED, queue.fail(job, tally, JobState.FAILED, "quota-of-the-day"));
            case LOST, GO_ON -> Mono.just(End.LOST);
        };
    }

    private Mono<End> failed(Job job, ExportTally tally, Throwable error) {
        Failures failure = Failures.of(error);
        if (Failures.isNoRoom(error) || !tally.isConnected() && Failures.isAway(error)) {
            return written(End.NO_ROOM, queue.waitForRoom(job, failure.reason(), settings.retryDelay()));
        }
        boolean again = failure.mayPass() && job.attempts() < settings.attempts();
        log.atWarn()
                .addKeyValue("export", job.id())
                .addKeyValue("attempt", job.attempts())
                .addKeyValue("reason", failure.reason())
                .addKeyValue("error", error.getClass().getSimpleName())
                .log(again ? "export starts over" : "export failed");
        return again
                ? written(End.STARTS_OVER, queue.startOver(job, failure.reason(), settings.retryDelay()))
                : written(End.FAILED, queue.fail(job, tally, JobState.FAILED, failure.reason()));
    }
}

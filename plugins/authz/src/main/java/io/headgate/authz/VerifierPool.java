package io.headgate.authz;

import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The threads that do signatures, so that a flood of new tokens never holds up an event loop. Full means 503. */
final class VerifierPool implements AutoCloseable {

    private static final Problem FULL = Problem.tryLater(
            ProblemType.AUTHENTICATION_UNAVAILABLE,
            "More new credentials came than can be checked at once.",
            Duration.ofSeconds(1));

    private final Scheduler scheduler;

    VerifierPool(int threads, int queue) {
        this.scheduler =
                Schedulers.fromExecutorService(BoundedThreads.of("verifier", threads, queue), "headgate-verifier");
    }

    <T> Mono<T> run(Callable<T> work) {
        return Mono.fromCallable(work)
                .subscribeOn(scheduler)
                .onErrorMap(RejectedExecutionException.class, full -> FULL.asException());
    }

    @Override
    public void close() {
        scheduler.dispose();
    }
}

package io.headgate.reads;

import java.util.Optional;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A write on its way back: once its answer is there, or its failure, the position of the primary is asked for, since a
 * write that failed or timed out may have taken effect. A backend that says where its commit ended spares the question.
 */
final class RoutedWrite {

    private final RoutedRequest request;

    RoutedWrite(RoutedRequest request) {
        this.request = request;
    }

    Mono<Void> run() {
        CommitPosition said = CommitPosition.listen(request.exchange());
        return Answer.of(request.passOn(), request.exchange())
                .flatMap(answer -> request.backHome(wrote(said, answer)).flatMap(seen -> end(seen, answer)))
                .doOnCancel(this::keepBehind);
    }

    private Mono<Void> end(Seen wrote, Answer answer) {
        request.handOut(request.brought().merge(wrote));
        return switch (answer) {
            case Answer.Came _ -> Mono.empty();
            case Answer.Failed(Throwable error) -> Mono.error(error);
        };
    }

    private Mono<Seen> wrote(CommitPosition said, Answer answer) {
        Optional<Position> own =
                answer instanceof Answer.Came ? said.of(systemOf(request.cluster())) : Optional.empty();
        return own.map(position -> Mono.just(Seen.NOTHING.with(position, false)))
                .orElseGet(this::captured)
                .flatMap(seen -> request.keep(seen).thenReturn(seen));
    }

    private Mono<Seen> captured() {
        return request.cluster()
                .map(cluster -> cluster.capture().map(position -> Seen.NOTHING.with(position, false)))
                .orElseGet(Mono::empty)
                .onErrorResume(_ -> Mono.empty())
                .switchIfEmpty(Mono.fromSupplier(this::unknown));
    }

    private Seen unknown() {
        request.metrics().unknownWrite();
        return Seen.NOTHING.withUnknownWrite(systemOf(request.cluster()));
    }

    private static long systemOf(Optional<Cluster> cluster) {
        return cluster.map(Cluster::system).orElse(Seen.ANY_SYSTEM);
    }

    /** The client has gone, its write may not have: what its next request needs is kept for it nonetheless. */
    private void keepBehind() {
        captured().flatMap(request::keep).subscribeOn(Schedulers.parallel()).subscribe();
    }
}

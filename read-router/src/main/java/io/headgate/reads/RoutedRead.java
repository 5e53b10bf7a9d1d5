package io.headgate.reads;

import io.headgate.api.BackendCall;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.reads.ReadOutcome.Kind;
import io.headgate.reads.ReadOutcome.Level;
import java.util.Map;
import java.util.Optional;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;

/** A read on its way: to an instance that shows what its caller saw, to another where that one breaks, and back. */
final class RoutedRead {

    private static final ReadOutcome UNROUTED =
            new ReadOutcome(Kind.PRIMARY, Cluster.PRIMARY, Level.STRONG, Optional.empty());

    private final RoutedRequest request;
    private final AskedLevel asked;
    private final Map<String, BackendCall.Target> targets;

    RoutedRead(RoutedRequest request, AskedLevel asked, Map<String, BackendCall.Target> targets) {
        this.request = request;
        this.asked = asked;
        this.targets = targets;
    }

    Mono<Void> run() {
        if (request.cluster().isEmpty()) {
            request.tell(UNROUTED);
            return request.passOn();
        }
        Cluster cluster = request.cluster().get();
        if (!looksBack()) {
            return place(cluster, need(Seen.NOTHING));
        }
        Seen brought = request.brought();
        return asked.level() == Consistency.SESSION && request.isUnknownTo(brought, cluster)
                ? request.kept(brought).flatMap(seen -> place(cluster, need(seen)))
                : place(cluster, need(brought));
    }

    /** Only these levels look back at what was seen, and leave what the next one looks back at. */
    private boolean looksBack() {
        return asked.level().compareTo(Consistency.SESSION) >= 0;
    }

    private ReadNeed need(Seen seen) {
        return new ReadNeed(asked.level(), seen, asked.maxAge(), false, node -> targets.containsKey(node.name()));
    }

    private Mono<Void> place(Cluster cluster, ReadNeed need) {
        Optional<ReadTicket> now = cluster.placeNow(need);
        return now.isPresent() ? read(cluster, need, now.get()) : placeLater(cluster, need);
    }

    /** The ticket has an owner from the start: what is cancelled on its way back to the connection is told to nobody. */
    private Mono<Void> placeLater(Cluster cluster, ReadNeed need) {
        return Mono.using(
                Disposables::swap,
                held -> request.backHome(cluster.place(need).doOnNext(ticket -> held.update(ticket::release)))
                        .onErrorMap(ReadsBusyException.class, RoutedRead::busy)
                        .flatMap(ticket -> read(cluster, need, ticket)),
                Disposable::dispose);
    }

    private static Throwable busy(ReadsBusyException e) {
        return Problem.tryLater(
                        ProblemType.READS_UNAVAILABLE,
                        "No replica has what this caller wrote and saw, and the primary takes no more reads.",
                        e.retryAfter())
                .asException();
    }

    private Mono<Void> read(Cluster cluster, ReadNeed need, ReadTicket ticket) {
        BackendCall.Target.KEY.put(
                request.exchange(), targets.getOrDefault(ticket.node().name(), BackendCall.Target.ANY));
        return Answer.of(request.passOn(), request.exchange())
                .flatMap(answer -> answered(cluster, need, ticket, answer))
                .doFinally(_ -> ticket.release());
    }

    private Mono<Void> answered(Cluster cluster, ReadNeed need, ReadTicket ticket, Answer answer) {
        if (answer.isBroken() && !ticket.node().isPrimary() && maySendAgain()) {
            return elsewhere(cluster, need, ticket);
        }
        return switch (answer) {
            case Answer.Failed(Throwable error) -> Mono.error(error);
            case Answer.Came _ -> needsNoProof(ticket) ? told(ticket.outcome()) : observed(cluster, need, ticket);
        };
    }

    /** Its level holds wherever it was read, or on the primary, and nobody looks back at it. */
    private boolean needsNoProof(ReadTicket ticket) {
        return asked.level() == Consistency.EVENTUAL
                || !looksBack() && ticket.node().isPrimary();
    }

    /** Where no call was made at all, nothing has to be taken back. */
    private boolean maySendAgain() {
        return call().map(BackendCall::tryAbandon)
                .orElseGet(() -> !request.exchange().getResponse().isCommitted());
    }

    private Optional<BackendCall> call() {
        return BackendCall.KEY.find(request.exchange());
    }

    private Mono<Void> elsewhere(Cluster cluster, ReadNeed need, ReadTicket ticket) {
        ticket.release();
        request.metrics().sentElsewhere();
        return place(cluster, need.without(ticket.node()));
    }

    private Mono<Void> told(ReadOutcome outcome) {
        return Mono.fromRunnable(() -> request.tell(outcome));
    }

    /** Up to where this read may have shown data: the node is asked now that its answer is there, and not before. */
    private Mono<Void> observed(Cluster cluster, ReadNeed need, ReadTicket ticket) {
        Seen left = need.seen().without(ticket.judged());
        Mono<Optional<Seen>> saw = cluster.observe(ticket)
                .map(position -> Optional.of(left.with(position, !ticket.node().isPrimary())))
                .onErrorReturn(Optional.empty());
        return request.backHome(saw)
                .flatMap(seen -> seen.map(it -> told(ticket.outcome(), it))
                        .orElseGet(() -> unvouched(cluster, need, ticket, left)));
    }

    private Mono<Void> told(ReadOutcome outcome, Seen seen) {
        return Mono.fromRunnable(() -> {
            request.tell(outcome);
            if (looksBack()) {
                request.handOut(seen);
            }
        });
    }

    /** Another server may have had the node's address when this was read there: the answer counts only where it must. */
    private Mono<Void> unvouched(Cluster cluster, ReadNeed need, ReadTicket ticket, Seen left) {
        boolean isOnReplica = !ticket.node().isPrimary();
        if (isOnReplica && call().isPresent() && maySendAgain()) {
            return elsewhere(cluster, need, ticket);
        }
        if (looksBack()) {
            request.metrics().unknownWrite();
        }
        ReadOutcome outcome = isOnReplica
                ? new ReadOutcome(Kind.DEGRADED, ticket.node().name(), Level.EVENTUAL, Optional.empty())
                : ticket.outcome();
        return told(outcome, left.withUnknownWrite(cluster.system()));
    }
}

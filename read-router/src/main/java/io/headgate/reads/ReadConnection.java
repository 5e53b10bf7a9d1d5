package io.headgate.reads;

import io.r2dbc.spi.Connection;
import reactor.core.publisher.Mono;

/** A connection for one read. Once that has answered, its scope learns up to where the node showed it the data. */
final class ReadConnection extends ForwardingConnection {

    private final ReadScope scope;
    private final ReadTicket ticket;
    private final Cluster cluster;
    private final ReadsMetrics metrics;

    ReadConnection(Connection target, ReadScope scope, ReadTicket ticket, Cluster cluster, ReadsMetrics metrics) {
        super(target);
        this.scope = scope;
        this.ticket = ticket;
        this.cluster = cluster;
        this.metrics = metrics;
    }

    @Override
    public Mono<Void> close() {
        Mono<Void> closed = Mono.from(super.close()).doFinally(_ -> ticket.release());
        return scope.remembers() ? observed().then(closed) : closed;
    }

    private Mono<Void> observed() {
        boolean onReplica = !ticket.node().isPrimary();
        return cluster.observe(ticket)
                .doOnNext(position ->
                        scope.saw(seen -> seen.without(ticket.judged()).with(position, onReplica)))
                .onErrorResume(_ -> Mono.fromRunnable(this::sawUnknown))
                .then();
    }

    /** Nobody knows what this read showed, so that only a strong one is sure not to fall behind it. */
    private void sawUnknown() {
        metrics.unknownWrite();
        scope.saw(seen -> seen.withUnknownWrite(cluster.system()));
    }
}

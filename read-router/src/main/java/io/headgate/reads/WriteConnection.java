package io.headgate.reads;

import io.r2dbc.spi.Batch;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import reactor.core.publisher.Mono;

/**
 * A connection to the primary that leaves the position of each commit in its scope: after the commit, never before, as
 * what was asked inside a transaction lies before its commit record; and after a commit that failed, too, since it may
 * have taken effect.
 */
final class WriteConnection extends ForwardingConnection {

    private final ReadScope scope;
    private final Cluster cluster;
    private final ReadsMetrics metrics;
    private volatile boolean used;

    WriteConnection(Connection target, ReadScope scope, Cluster cluster, ReadsMetrics metrics) {
        super(target);
        this.scope = scope;
        this.cluster = cluster;
        this.metrics = metrics;
    }

    @Override
    public Statement createStatement(String sql) {
        used = true;
        return super.createStatement(sql);
    }

    @Override
    public Batch createBatch() {
        used = true;
        return super.createBatch();
    }

    @Override
    public Mono<Void> commitTransaction() {
        return Mono.from(super.commitTransaction())
                .onErrorResume(e -> captured().then(Mono.error(e)))
                .then(captured())
                .doOnCancel(this::wroteUnknown);
    }

    @Override
    public Mono<Void> close() {
        Mono<Void> closed = Mono.from(super.close());
        return used ? captured().then(closed) : closed;
    }

    private Mono<Void> captured() {
        return Mono.defer(() -> {
            used = false;
            return cluster.capture()
                    .doOnNext(position -> scope.saw(seen -> seen.with(position, false)))
                    .onErrorResume(_ -> Mono.fromRunnable(this::wroteUnknown))
                    .then();
        });
    }

    private void wroteUnknown() {
        metrics.unknownWrite();
        scope.saw(seen -> seen.withUnknownWrite(cluster.system()));
    }
}

package io.headgate.reads;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcTimeoutException;
import io.r2dbc.spi.Wrapped;
import org.springframework.beans.factory.DisposableBean;
import reactor.core.publisher.Mono;

/**
 * Connections to a cluster. A transaction that only reads gets one to a node that has what its {@link ReadScope} saw;
 * everything else gets one to the primary, and leaves the positions of its commits in the scope.
 */
public final class RoutedConnectionFactory implements ConnectionFactory, DisposableBean {

    private final Cluster cluster;
    private final NodePools pools;
    private final boolean forExports;
    private final ReadScopes scopes;
    private final ReadsMetrics metrics;

    /** @param forExports whether all reads are long ones, whatever their scopes say */
    RoutedConnectionFactory(
            Cluster cluster, NodePools pools, boolean forExports, ReadScopes scopes, ReadsMetrics metrics) {
        this.cluster = cluster;
        this.pools = pools;
        this.forExports = forExports;
        this.scopes = scopes;
        this.metrics = metrics;
    }

    @Override
    public Mono<Connection> create() {
        return Mono.deferContextual(context -> {
            var scope = ReadScope.of(context);
            return ReadScope.isReadOnly(context)
                    ? toRead(
                            scope.orElseGet(scopes::ofNobody),
                            cluster.replicas().size())
                    : scope.map(this::toWrite).orElseGet(this::onPrimary);
        });
    }

    private Mono<Connection> onPrimary() {
        return pools.connect(cluster.primary());
    }

    private Mono<Connection> toWrite(ReadScope scope) {
        return onPrimary().map(connection -> new WriteConnection(connection, scope, cluster, metrics));
    }

    /** @param others how many replicas may still be tried where one cannot be reached */
    private Mono<Connection> toRead(ReadScope scope, int others) {
        return cluster.place(forExports ? scope.need().forExports() : scope.need())
                .flatMap(ticket -> connect(ticket)
                        .<Connection>map(connection -> {
                            scope.served(ticket.outcome());
                            return new ReadConnection(connection, scope, ticket, cluster, metrics);
                        })
                        .doOnError(_ -> ticket.release())
                        .doOnCancel(ticket::release)
                        .onErrorResume(e ->
                                others > 0 && isDown(ticket, e) ? elsewhere(scope, ticket, others) : Mono.error(e)));
    }

    private Mono<Connection> elsewhere(ReadScope scope, ReadTicket ticket, int others) {
        ticket.node().suspect();
        return toRead(scope, others - 1);
    }

    /** A pool that is merely exhausted says nothing against its node. */
    private boolean isDown(ReadTicket ticket, Throwable e) {
        return !ticket.node().isPrimary() && !(e instanceof R2dbcTimeoutException);
    }

    private Mono<Connection> connect(ReadTicket ticket) {
        return pools.connect(ticket.node()).flatMap(connection -> {
            if (leadsTo(ticket, connection)) {
                return Mono.just(connection);
            }
            return Mono.from(connection.close()).then(Mono.error(IdentifiedConnections.anotherServer(ticket.node())));
        });
    }

    private static boolean leadsTo(ReadTicket ticket, Connection pooled) {
        return ticket.server().isEmpty()
                || pooled instanceof Wrapped<?> wrapped
                        && wrapped.unwrap(IdentifiedConnections.Identified.class)
                                instanceof IdentifiedConnections.Identified identified
                        && identified.server().equals(ticket.server().get());
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return pools.metadata();
    }

    @Override
    public void destroy() {
        cluster.close();
        pools.close();
    }
}

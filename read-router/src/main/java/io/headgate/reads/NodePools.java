package io.headgate.reads;

import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcTransientResourceException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** A pool to each node, made when it is first needed. */
final class NodePools {

    private static final ConnectionFactoryMetadata POSTGRESQL = () -> "PostgreSQL";

    /**
     * @param maxSize of each pool
     * @param connectTimeout until a connection stands
     */
    record Bounds(int maxSize, Duration maxAcquireTime, Duration connectTimeout) {}

    private final String name;
    private final Bounds bounds;
    private final Function<Member, ConnectionFactory> servers;
    private final Map<Node, PostgresPool> pools = new ConcurrentHashMap<>();

    NodePools(String name, Bounds bounds, Function<Member, ConnectionFactory> servers) {
        this.name = name;
        this.bounds = bounds;
        this.servers = servers;
    }

    Mono<Connection> connect(Node node) {
        return Mono.defer(() -> node.isClosed()
                ? Mono.error(gone(node))
                : pools.computeIfAbsent(node, this::open).connection());
    }

    private PostgresPool open(Node node) {
        ConnectionFactory connections = servers.apply(node.member());
        return new PostgresPool(
                ConnectionPoolConfiguration.builder(new IdentifiedConnections(connections, node))
                        .name("headgate-reads-" + name + "-" + node.name())
                        .initialSize(0)
                        .maxSize(bounds.maxSize())
                        .acquireRetry(0)
                        .maxAcquireTime(bounds.maxAcquireTime())
                        .maxCreateConnectionTime(bounds.connectTimeout())
                        .build(),
                bounds.maxAcquireTime());
    }

    private static R2dbcTransientResourceException gone(Node node) {
        return new R2dbcTransientResourceException(node.name() + " belongs to the database no more") {
            private static final long serialVersionUID = 1L;
        };
    }

    ConnectionFactoryMetadata metadata() {
        return POSTGRESQL;
    }

    /** Of nodes that take no more reads. */
    void closeGone() {
        pools.keySet().stream().filter(Node::isClosed).toList().forEach(this::close);
    }

    void close() {
        pools.keySet().forEach(this::close);
    }

    private void close(Node node) {
        PostgresPool pool = pools.remove(node);
        if (pool != null) {
            pool.close().subscribe(_ -> {}, _ -> {}); // what it leaves open ends with its server
        }
    }
}

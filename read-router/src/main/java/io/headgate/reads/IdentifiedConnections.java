package io.headgate.reads;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import io.r2dbc.spi.R2dbcTransientResourceException;
import io.r2dbc.spi.ValidationDepth;
import java.util.Optional;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Connections to one node that know which server they lead to. One that does not lead to the server that the node was
 * asked about is of no use, however well it works: what was learnt of the one says nothing of the other.
 */
final class IdentifiedConnections implements ConnectionFactory {

    private final ConnectionFactory connections;
    private final Node node;

    IdentifiedConnections(ConnectionFactory connections, Node node) {
        this.connections = connections;
        this.node = node;
    }

    /** Validated by the pool whenever it hands it out. */
    static final class Identified extends ForwardingConnection {

        private final Reading.Identity server;
        private final Node node;

        Identified(Connection target, Reading.Identity server, Node node) {
            super(target);
            this.server = server;
            this.node = node;
        }

        Reading.Identity server() {
            return server;
        }

        @Override
        public Publisher<Boolean> validate(ValidationDepth depth) {
            return isOf(node, server) ? super.validate(depth) : Mono.just(false);
        }
    }

    @Override
    public Mono<Connection> create() {
        return Mono.<Connection>from(connections.create()).flatMap(this::identified);
    }

    private Mono<Connection> identified(Connection connection) {
        return ServerIdentity.ask(connection)
                .flatMap(known -> isOf(node, known.server())
                        ? Mono.<Connection>just(new Identified(connection, known.server(), node))
                        : Mono.error(anotherServer(node)))
                .onErrorResume(e -> Mono.from(connection.close()).then(Mono.error(e)))
                .doOnCancel(() -> Mono.from(connection.close()).subscribe(_ -> {}, _ -> {})); // it took too long
    }

    static R2dbcTransientResourceException anotherServer(Node node) {
        node.suspect();
        return new R2dbcTransientResourceException(node.name() + ": another server has its address") {
            private static final long serialVersionUID = 1L;
        };
    }

    private static boolean isOf(Node node, Reading.Identity server) {
        Optional<Reading.Identity> asked =
                node.latest().map(sample -> sample.reading().server());
        return asked.isEmpty() || asked.get().equals(server);
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return connections.getMetadata();
    }
}

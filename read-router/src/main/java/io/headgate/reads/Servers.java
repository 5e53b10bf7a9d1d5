package io.headgate.reads;

import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The servers of one cluster: the same one for as long as its name, its address and who asks stay the same. */
final class Servers {

    private record Known(String name, boolean forExports, String url, Credentials credentials) {}

    private final Duration connectTimeout;
    private final Map<Known, Member> members = new HashMap<>();
    private final Map<Member, ConnectionFactory> connections = new ConcurrentHashMap<>();

    Servers(Duration connectTimeout) {
        this.connectTimeout = connectTimeout;
    }

    Member primary(String url, Credentials credentials) {
        return replica(Cluster.PRIMARY, url, false, credentials);
    }

    /** @throws IllegalArgumentException where it is no address of a database; it does not repeat what may hold a password */
    Member replica(String name, String url, boolean forExports, Credentials credentials) {
        return members.computeIfAbsent(new Known(name, forExports, url, credentials), known -> {
            ConnectionFactory server = connect(known.url(), known.credentials());
            var member = new Member(known.name(), known.forExports(), new PostgresProbe(server));
            connections.put(member, server);
            return member;
        });
    }

    ConnectionFactory connections(Member member) {
        ConnectionFactory server = connections.get(member);
        if (server == null) {
            throw new IllegalStateException(member.name() + " belongs to the database no more");
        }
        return server;
    }

    /** Whoever is gone is another one when it comes back. */
    void retainOnly(Collection<Member> present) {
        members.values().retainAll(present);
        connections.keySet().retainAll(present);
    }

    private ConnectionFactory connect(String url, Credentials credentials) {
        try {
            var options = ConnectionFactoryOptions.parse(url).mutate();
            if (!credentials.user().isEmpty()) {
                options.option(ConnectionFactoryOptions.USER, credentials.user());
            }
            if (!credentials.password().isEmpty()) {
                options.option(ConnectionFactoryOptions.PASSWORD, credentials.password());
            }
            options.option(ConnectionFactoryOptions.CONNECT_TIMEOUT, connectTimeout);
            options.option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true);
            options.option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "headgate-reads");
            return new PostgresqlConnectionFactoryProvider().create(options.build());
        } catch (IllegalArgumentException | IllegalStateException _) {
            throw new IllegalArgumentException(
                    "not such an address, or no user (expected: r2dbc:postgresql://host[:port]/database)");
        }
    }
}

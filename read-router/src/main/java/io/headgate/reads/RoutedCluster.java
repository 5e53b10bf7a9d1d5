package io.headgate.reads;

import io.headgate.api.BadSettingException;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts a cluster together that is read over R2DBC: to each node a probe with a connection of its own, and a pool. */
final class RoutedCluster {

    private static final String URL_FORM = "r2dbc:postgresql://host[:port]/database";

    private final ReadsProperties settings;

    RoutedCluster(ReadsProperties settings) {
        this.settings = settings;
    }

    RoutedConnectionFactory connections(String name, ReadScopes scopes, Environment environment, ReadsMetrics metrics) {
        ReadsProperties.Routed routed = settings.r2dbc();
        ConnectionFactory primary = server("r2dbc.primary", routed.primary());
        List<ConnectionFactory> replicas = routed.replicas().stream()
                .map(replica -> server("r2dbc.replicas", replica.url()))
                .toList();
        List<Cluster.Member> members = new java.util.ArrayList<>();
        for (int i = 0; i < replicas.size(); i++) {
            var replica = routed.replicas().get(i);
            members.add(new Cluster.Member(replica.name(), replica.exports(), new PostgresProbe(replicas.get(i))));
        }
        var cluster =
                new Cluster(name, new PostgresProbe(primary), members, _ -> false, settings, environment, metrics);
        Map<Node, ConnectionPool> pools = new HashMap<>();
        for (int i = 0; i < replicas.size(); i++) {
            Node node = cluster.replicas().get(i);
            pools.put(node, pool(replicas.get(i), node));
        }
        cluster.start();
        return new RoutedConnectionFactory(cluster, pools, pool(primary, cluster.primary()), scopes, metrics);
    }

    private ConnectionPool pool(ConnectionFactory connections, Node node) {
        return new ConnectionPool(ConnectionPoolConfiguration.builder(new IdentifiedConnections(connections, node))
                .name("headgate-reads-" + node.name())
                .initialSize(0)
                .maxSize(settings.r2dbc().maxSize())
                .acquireRetry(0)
                .maxAcquireTime(settings.r2dbc().maxAcquireTime())
                .maxCreateConnectionTime(settings.tracking().timeout())
                .build());
    }

    /** Does not repeat what is wrong, which may hold a password. */
    private ConnectionFactory server(String setting, String url) {
        try {
            var options = ConnectionFactoryOptions.parse(url).mutate();
            if (!settings.r2dbc().username().isEmpty()) {
                options.option(ConnectionFactoryOptions.USER, settings.r2dbc().username());
            }
            if (!settings.r2dbc().password().isEmpty()) {
                options.option(
                        ConnectionFactoryOptions.PASSWORD, settings.r2dbc().password());
            }
            options.option(
                    ConnectionFactoryOptions.CONNECT_TIMEOUT,
                    settings.tracking().timeout());
            options.option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true);
            options.option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "headgate-reads");
            return new PostgresqlConnectionFactoryProvider().create(options.build());
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new BadSettingException(
                    "headgate.reads." + setting, "not such an address, or no user (expected: " + URL_FORM + ")");
        }
    }
}

package io.headgate.reads;

import io.headgate.api.DatabaseSpec;
import io.headgate.api.ResourceId;
import io.r2dbc.spi.ConnectionFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/** One database of the registry: its cluster, and the connections that are routed over it for each use. */
final class LiveDatabase {

    private final Cluster cluster;
    private final Servers servers;
    private final ReadsProperties.Live settings;
    private final Environment environment;
    private final Map<Databases.Use, NodePools> pools = new EnumMap<>(Databases.Use.class);
    private final Map<Databases.Use, RoutedConnectionFactory> connections = new EnumMap<>(Databases.Use.class);

    LiveDatabase(
            ResourceId id,
            DatabaseSpec spec,
            Credentials credentials,
            LongPredicate isKnownElsewhere,
            ReadsProperties settings,
            ReadScopes scopes,
            Environment environment,
            ReadsMetrics metrics) {
        this.settings = settings.databases();
        this.environment = environment;
        this.servers = new Servers(settings.tracking().timeout());
        this.cluster = new Cluster(
                id.name(),
                servers.primary(spec.primary(), credentials),
                replicas(spec, credentials),
                isKnownElsewhere,
                settings,
                environment,
                metrics);
        for (Databases.Use use : Databases.Use.values()) {
            var ofUse = new NodePools(id.name(), bounds(use, settings), servers::connections);
            pools.put(use, ofUse);
            connections.put(
                    use, new RoutedConnectionFactory(cluster, ofUse, use == Databases.Use.EXPORTS, scopes, metrics));
        }
    }

    private static NodePools.Bounds bounds(Databases.Use use, ReadsProperties settings) {
        var connectTimeout = settings.tracking().timeout();
        return switch (use) {
            case PAGES -> {
                var pages = settings.databases().pages();
                yield new NodePools.Bounds(pages.maxSize(), pages.maxAcquireTime(), connectTimeout);
            }
            case EXPORTS -> {
                var exports = settings.databases().exports();
                yield new NodePools.Bounds(exports.maxSize(), exports.maxAcquireTime(), connectTimeout);
            }
        };
    }

    private List<Member> replicas(DatabaseSpec spec, Credentials credentials) {
        return spec.replicas().stream()
                .map(replica -> servers.replica(replica.name(), replica.url(), replica.exports(), credentials))
                .toList();
    }

    LiveDatabase start() {
        cluster.start();
        return this;
    }

    Cluster cluster() {
        return cluster;
    }

    ConnectionFactory connections(Databases.Use use) {
        ConnectionFactory ofUse = connections.get(use);
        if (ofUse == null) {
            throw new IllegalStateException("no connections for " + use);
        }
        return ofUse;
    }

    void follow(DatabaseSpec spec, Credentials credentials) {
        Member primary = servers.primary(spec.primary(), credentials);
        List<Member> replicas = replicas(spec, credentials);
        cluster.follow(primary, replicas);
        later(() -> pools.values().forEach(NodePools::closeGone));
        List<Member> present = new ArrayList<>(replicas);
        present.add(primary);
        servers.retainOnly(present);
    }

    Set<String> replicaNames() {
        return cluster.replicas().stream().map(Node::name).collect(Collectors.toSet());
    }

    /** @param replicas that take no reads, whatever their state */
    void drain(Set<String> replicas) {
        cluster.replicas().forEach(replica -> replica.drain(replicas.contains(replica.name())));
    }

    /** Whoever found it a moment ago may still finish what it does. */
    void retire() {
        later(this::close);
    }

    void close() {
        cluster.close();
        pools.values().forEach(NodePools::close);
    }

    private void later(Runnable task) {
        environment.scheduler().schedule(task, settings.retireAfter().toMillis(), TimeUnit.MILLISECONDS);
    }
}

package io.headgate.reads;

import io.headgate.api.BadSettingException;
import java.util.List;

/** Puts the cluster of the settings together, which this application itself reads. */
final class RoutedCluster {

    private final ReadsProperties settings;
    private final Servers servers;

    RoutedCluster(ReadsProperties settings) {
        this.settings = settings;
        this.servers = new Servers(settings.tracking().timeout());
    }

    RoutedConnectionFactory connections(String name, ReadScopes scopes, Environment environment, ReadsMetrics metrics) {
        ReadsProperties.Routed routed = settings.r2dbc();
        var credentials = new Credentials(routed.username(), routed.password());
        Member primary =
                member(Cluster.PRIMARY, new ReadsProperties.Routed.Replica("", routed.primary(), false), credentials);
        List<Member> replicas = routed.replicas().stream()
                .map(replica -> member(replica.name(), replica, credentials))
                .toList();
        var cluster = new Cluster(name, primary, replicas, _ -> false, settings, environment, metrics);
        var bounds = new NodePools.Bounds(
                routed.maxSize(), routed.maxAcquireTime(), settings.tracking().timeout());
        cluster.start();
        return new RoutedConnectionFactory(
                cluster, new NodePools(name, bounds, servers::connections), false, scopes, metrics);
    }

    private Member member(String name, ReadsProperties.Routed.Replica server, Credentials credentials) {
        try {
            return servers.replica(name, server.url(), server.exports(), credentials);
        } catch (IllegalArgumentException e) {
            throw new BadSettingException(
                    "headgate.reads.r2dbc." + (name.equals(Cluster.PRIMARY) ? "primary" : "replicas"),
                    String.valueOf(e.getMessage()));
        }
    }
}

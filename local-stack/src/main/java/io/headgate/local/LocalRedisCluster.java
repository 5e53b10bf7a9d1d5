package io.headgate.local;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Redis Cluster: three masters that share the slots; replicas where a test asks for one. */
public final class LocalRedisCluster {

    private static final int NODES = 3;
    private static final int SLOTS = 16_384;
    private static final Duration FORMING_LIMIT = Duration.ofSeconds(60);

    private final Places places;
    private final List<LocalRedis> nodes;

    private LocalRedisCluster(Places places, List<LocalRedis> nodes) {
        this.places = places;
        this.nodes = nodes;
    }

    public static LocalRedisCluster startPrivate() {
        Places places = Places.temporary();
        List<LocalRedis> nodes = IntStream.range(0, NODES)
                .mapToObj(i -> LocalRedis.clusterNode("redis-" + i, places))
                .toList();
        nodes.forEach(LocalRedis::start);
        var cluster = new LocalRedisCluster(places, nodes);
        cluster.form();
        return cluster;
    }

    public List<LocalRedis> nodes() {
        return nodes;
    }

    public List<String> urls() {
        return nodes.stream().map(LocalRedis::url).toList();
    }

    /** A server that has all that the master has, and takes its place when it is gone. */
    public LocalRedis startReplicaOf(LocalRedis master) {
        LocalRedis replica = LocalRedis.clusterNode("redis-replica", places);
        replica.start();
        master.ask(
                "CLUSTER", "MEET", Ports.HOST, Integer.toString(replica.port()), Integer.toString(replica.busPort()));
        String id = master.ask("CLUSTER", "MYID");
        Await.until(
                FORMING_LIMIT,
                "the replica knows its master",
                () -> replica.ask("CLUSTER", "NODES").contains(id));
        replica.ask("CLUSTER", "REPLICATE", id);
        Await.until(
                FORMING_LIMIT,
                "the replica follows its master",
                () -> replica.ask("INFO", "replication").contains("master_link_status:up")
                        && nodes.stream()
                                .allMatch(node -> node.ask("CLUSTER", "NODES").contains("slave " + id)));
        return replica;
    }

    private void form() {
        LocalRedis first = nodes.getFirst();
        for (int i = 0; i < NODES; i++) {
            LocalRedis node = nodes.get(i);
            int from = SLOTS * i / NODES;
            int to = SLOTS * (i + 1) / NODES - 1;
            node.ask("CLUSTER", "ADDSLOTSRANGE", Integer.toString(from), Integer.toString(to));
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
        }
        for (LocalRedis node : nodes.subList(1, NODES)) {
            first.ask("CLUSTER", "MEET", Ports.HOST, Integer.toString(node.port()), Integer.toString(node.busPort()));
        }
        Await.until(FORMING_LIMIT, "the cluster is formed", () -> nodes.stream().allMatch(LocalRedisCluster::isFormed));
    }

    private static boolean isFormed(LocalRedis node) {
        String info = node.ask("CLUSTER", "INFO");
        return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + NODES);
    }
}

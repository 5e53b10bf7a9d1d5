package io.headgate.reads;

import io.headgate.api.ResourceId;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What people may ask about the replicas: who takes reads, how far each trails, and why one does not. */
public final class ReplicaInsight {

    private final LiveDatabases databases;

    ReplicaInsight(LiveDatabases databases) {
        this.databases = databases;
    }

    /** As this instance sees them; every instance asks for itself. */
    public ObjectNode replicas() {
        LiveDatabases.Book book = databases.book();
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode all = answer.putArray("databases");
        book.entries().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry ->
                        all.add(database(entry.getKey(), entry.getValue().database())));
        ArrayNode leftOut = answer.putArray("left_out");
        book.broken()
                .forEach((resource, reason) ->
                        leftOut.addObject().put("name", resource.id().name()).put("reason", reason));
        return answer;
    }

    /** The replicas of a database; empty where this instance serves no such database. */
    public Optional<Set<String>> namesIn(ResourceId database) {
        return databases.find(database).map(LiveDatabase::replicaNames);
    }

    private static ObjectNode database(ResourceId id, LiveDatabase database) {
        Cluster cluster = database.cluster();
        ObjectNode shown = JsonNodeFactory.instance.objectNode().put("name", id.name());
        long reads = cluster.primary().served().all()
                + cluster.replicas().stream()
                        .mapToLong(node -> node.served().all())
                        .sum();
        shown.set("primary", primary(cluster.primary(), reads));
        shown.put("waiting", cluster.waiting());
        ArrayNode replicas = shown.putArray("replicas");
        cluster.replicas().stream()
                .sorted(Comparator.comparing(Node::name))
                .forEach(node -> replicas.add(replica(cluster, node, reads)));
        return shown;
    }

    private static ObjectNode primary(Node node, long reads) {
        return load(
                position(
                        node,
                        JsonNodeFactory.instance.objectNode().put("state", node.isReachable() ? "up" : "unreachable")),
                node,
                reads);
    }

    private static ObjectNode replica(Cluster cluster, Node node, long reads) {
        Standing standing = cluster.standing(node);
        ObjectNode shown = JsonNodeFactory.instance
                .objectNode()
                .put("name", node.name())
                .put("state", standing.word())
                .put("reason", standing.reason())
                .put("exports", node.isForExports());
        position(node, shown);
        cluster.lagBytes(node).ifPresentOrElse(it -> shown.put("lag_bytes", it), () -> shown.putNull("lag_bytes"));
        cluster.lag(node)
                .map(Duration::toMillis)
                .ifPresentOrElse(it -> shown.put("lag_ms", it), () -> shown.putNull("lag_ms"));
        return load(shown, node, reads);
    }

    private static ObjectNode position(Node node, ObjectNode shown) {
        node.latest()
                .map(Node.Sample::reading)
                .ifPresent(reading -> shown.put("timeline", reading.timeline())
                        .put("position", reading.lsn().toString()));
        return shown;
    }

    private static ObjectNode load(ObjectNode shown, Node node, long reads) {
        long served = node.served().all();
        return shown.put("reads", served)
                .put("share", reads == 0 ? 0 : Math.round(1000.0 * served / reads) / 1000.0)
                .put("under_way", node.reads());
    }
}

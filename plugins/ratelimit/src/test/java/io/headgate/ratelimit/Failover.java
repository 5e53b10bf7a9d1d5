package io.headgate.ratelimit;

import io.headgate.local.LocalRedis;
import io.headgate.ratelimit.LimitsProperties.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/** Instances that connect as the application does, and servers that take over from one another. */
final class Failover implements AutoCloseable {

    final AtomicReference<LimitBook> book = new AtomicReference<>(LimitBook.EMPTY);
    final String prefix = "test-" + UUID.randomUUID();
    private final List<RedisConnection> connections = new ArrayList<>();

    Instance instance(String name, Duration budget, Topology topology, List<String> urls) {
        LimitsProperties settings = Instance.settings(prefix, budget, topology, urls);
        var instance = new Instance(name, settings, book, System::nanoTime);
        connections.add(new RedisConnection(settings, instance.engine.store()).start());
        Instance.await("the store answers", instance::isUpAfterBeat);
        return instance;
    }

    static void awaitReplicated(LocalRedis master, LocalRedis replica) {
        long written = offset(master, "master_repl_offset");
        Instance.await("all is on the replica", () -> offset(replica, "slave_repl_offset") >= written);
    }

    private static long offset(LocalRedis server, String name) {
        return server.ask("INFO", "replication")
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(
                        line -> Long.parseLong(line.substring(name.length() + 1).strip()))
                .findFirst()
                .orElse(-1);
    }

    @Override
    public void close() {
        connections.forEach(RedisConnection::close);
    }
}

package io.headgate.local;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** A master, a replica, and three sentinels that have the replica take over when the master is gone. */
public final class LocalRedisSentinels implements AutoCloseable {

    /** What the sentinels call it. */
    public static final String MASTER = "mymaster";

    private static final int SENTINELS = 3;
    private static final Duration FORMING_LIMIT = Duration.ofSeconds(60);

    private final LocalRedis master;
    private final LocalRedis replica;
    private final List<LocalSentinel> sentinels;

    private LocalRedisSentinels(LocalRedis master, LocalRedis replica, List<LocalSentinel> sentinels) {
        this.master = master;
        this.replica = replica;
        this.sentinels = sentinels;
    }

    public static LocalRedisSentinels startPrivate() {
        Places places = Places.temporary();
        LocalRedis master = LocalRedis.single("redis-master", places, Ports.free());
        LocalRedis replica = LocalRedis.replicaOf(master, "redis-replica", places);
        var all = new LocalRedisSentinels(
                master,
                replica,
                IntStream.range(0, SENTINELS)
                        .mapToObj(i -> new LocalSentinel("sentinel-" + i, places, master))
                        .toList());
        master.start();
        replica.start();
        all.sentinels.forEach(Part::start);
        Await.until(FORMING_LIMIT, "the sentinels know each other and the replica", all::isFormed);
        return all;
    }

    private boolean isFormed() {
        return replica.ask("INFO", "replication").contains("master_link_status:up")
                && sentinels.stream().allMatch(LocalRedisSentinels::knowsAll);
    }

    private static boolean knowsAll(LocalSentinel sentinel) {
        try {
            String seen = Resp.ask(sentinel.port(), "INFO", "sentinel");
            return seen.contains(",status=ok,") && seen.contains(",slaves=1,sentinels=" + SENTINELS);
        } catch (IOException e) {
            return false;
        }
    }

    public LocalRedis master() {
        return master;
    }

    public LocalRedis replica() {
        return replica;
    }

    /** Whether the replica is the master now. The sentinels cut its connections when they make it that. */
    public boolean hasFailedOver() {
        try {
            return Resp.ask(replica.port(), "INFO", "replication").contains("role:master");
        } catch (IOException e) {
            return false;
        }
    }

    /** Of the sentinels. */
    public List<String> urls() {
        return sentinels.stream()
                .map(sentinel -> "redis://" + Ports.HOST + ":" + sentinel.port())
                .toList();
    }

    @Override
    public void close() {
        sentinels.forEach(Part::stop);
        replica.stop();
        master.stop();
    }
}

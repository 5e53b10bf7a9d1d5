package io.headgate.local;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Servers that all tests of one JVM share: each starts when it is first asked for, on free ports, and ends with the
 * JVM. A test that kills, stops or pauses a server takes one of its own by {@code startPrivate()}.
 */
public final class SharedStack {

    private static final Lazy<LocalPostgres> POSTGRES = new Lazy<>(LocalPostgres::startPrivate);
    private static final Lazy<List<LocalPostgres>> REPLICAS = new Lazy<>(
            () -> List.of(postgres().startReplica("replica-1"), postgres().startReplica("replica-2")));
    private static final Lazy<LocalRedis> REDIS = new Lazy<>(LocalRedis::startPrivate);
    private static final Lazy<LocalRedisCluster> REDIS_CLUSTER = new Lazy<>(LocalRedisCluster::startPrivate);
    private static final Lazy<LocalKafka> KAFKA = new Lazy<>(LocalKafka::startPrivate);

    private SharedStack() {}

    public static LocalPostgres postgres() {
        return POSTGRES.get();
    }

    /** Two streaming replicas of {@link #postgres}. */
    public static List<LocalPostgres> replicas() {
        return REPLICAS.get();
    }

    public static LocalRedis redis() {
        return REDIS.get();
    }

    /** Three nodes. */
    public static LocalRedisCluster redisCluster() {
        return REDIS_CLUSTER.get();
    }

    public static LocalKafka kafka() {
        return KAFKA.get();
    }

    private static final class Lazy<T> {

        private final Supplier<T> starting;
        private Optional<T> started = Optional.empty();

        Lazy(Supplier<T> starting) {
            this.starting = starting;
        }

        synchronized T get() {
            return started.orElseGet(() -> {
                T value = starting.get();
                started = Optional.of(value);
                return value;
            });
        }
    }
}

package io.headgate.ratelimit;

import io.headgate.local.LocalRedis;
import io.headgate.local.SharedStack;
import java.util.function.LongSupplier;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.ReadMode;

/** Clients of the shared servers, one for all tests of the JVM. */
final class Redises {

    private static final class Single {
        private static final RedissonClient CLIENT = client(SharedStack.redis());
    }

    private static final class Cluster {
        private static final RedissonClient CLIENT = cluster();
    }

    private Redises() {}

    static RedissonClient client() {
        return Single.CLIENT;
    }

    static RedissonClient client(LocalRedis redis) {
        var config = new Config().setCodec(StringCodec.INSTANCE).setThreads(2).setNettyThreads(2);
        config.useSingleServer()
                .setAddress(redis.url())
                .setTimeout(20_000)
                .setConnectionPoolSize(8)
                .setConnectionMinimumIdleSize(1);
        return Redisson.create(config);
    }

    private static RedissonClient cluster() {
        var config = new Config().setCodec(StringCodec.INSTANCE).setThreads(2).setNettyThreads(2);
        config.useClusterServers()
                .setTimeout(20_000)
                .setReadMode(ReadMode.MASTER)
                .setMasterConnectionPoolSize(8)
                .setMasterConnectionMinimumIdleSize(1)
                .addNodeAddress(SharedStack.redisCluster().urls().toArray(String[]::new));
        return Redisson.create(config);
    }

    static RedisStore store(String prefix, LongSupplier micros) {
        return new RedisStore(client(), prefix, false, micros);
    }

    static RedisStore clusterStore(String prefix, LongSupplier micros) {
        return new RedisStore(Cluster.CLIENT, prefix, true, micros);
    }
}

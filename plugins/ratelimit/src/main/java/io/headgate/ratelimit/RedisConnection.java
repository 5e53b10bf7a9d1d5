package io.headgate.ratelimit;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.RedisException;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ReadMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to Redis beside everything else, and goes on trying: connecting blocks, and an application must start without
 * Redis. Once connected, the client itself looks after its connections.
 */
final class RedisConnection implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RedisConnection.class);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration TOPOLOGY_SCAN = Duration.ofSeconds(1);

    private final LimitsProperties settings;
    private final Guarded store;
    private final ScheduledExecutorService connecting = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("limits-redis").factory());
    private volatile @Nullable RedissonClient client;

    RedisConnection(LimitsProperties settings, Guarded store) {
        this.settings = settings;
        this.store = store;
    }

    RedisConnection start() {
        if (settings.redis().urls().isEmpty()) {
            log.warn("no Redis is named in headgate.limits.redis.urls: each instance limits by itself");
        } else {
            connecting.scheduleWithFixedDelay(this::connect, 0, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
        return this;
    }

    private void connect() {
        try {
            RedissonClient connected = Redisson.create(config());
            client = connected;
            store.use(new RedisStore(connected, settings.redis().prefix(), isSplit(settings), () -> 0));
            connecting.shutdown();
        } catch (RedisException e) {
            log.atDebug().addKeyValue("reason", e.getMessage()).log("no connection to Redis yet");
        } catch (RuntimeException e) {
            log.atError()
                    .setCause(e)
                    .log("cannot connect to Redis"); // and tries again, since it may be mended elsewhere
        }
    }

    static boolean isSplit(LimitsProperties settings) {
        return settings.redis().topology() == LimitsProperties.Topology.CLUSTER;
    }

    private Config config() {
        LimitsProperties.Redis redis = settings.redis();
        var config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.setThreads(redis.threads());
        config.setNettyThreads(redis.threads());
        config.setTcpNoDelay(true);
        if (!redis.username().isEmpty()) {
            config.setUsername(redis.username());
        }
        if (!redis.password().isEmpty()) {
            config.setPassword(redis.password());
        }
        String[] urls = redis.urls().toArray(String[]::new);
        switch (redis.topology()) {
            case SINGLE ->
                config.useSingleServer()
                        .setAddress(urls[0])
                        .setConnectionPoolSize(redis.connections())
                        .setConnectionMinimumIdleSize(1)
                        .setSubscriptionConnectionPoolSize(1)
                        .setSubscriptionConnectionMinimumIdleSize(0)
                        .setTimeout(millis(settings.budget()))
                        .setRetryAttempts(0)
                        .setConnectTimeout(millis(redis.connectTimeout()));
            case SENTINEL ->
                bounded(config.useSentinelServers()
                        .setMasterName(redis.master())
                        .addSentinelAddress(urls)
                        .setScanInterval(millis(TOPOLOGY_SCAN)));
            case CLUSTER ->
                bounded(config.useClusterServers().addNodeAddress(urls).setScanInterval(millis(TOPOLOGY_SCAN)));
        }
        return config;
    }

    /** A replica may not know yet what was counted, and a question that is asked twice may count twice. */
    private <T extends BaseMasterSlaveServersConfig<T>> void bounded(T servers) {
        LimitsProperties.Redis redis = settings.redis();
        servers.setReadMode(ReadMode.MASTER)
                .setMasterConnectionPoolSize(redis.connections())
                .setMasterConnectionMinimumIdleSize(1)
                .setSubscriptionConnectionPoolSize(1)
                .setSubscriptionConnectionMinimumIdleSize(0)
                .setTimeout(millis(settings.budget()))
                .setRetryAttempts(0)
                .setConnectTimeout(millis(redis.connectTimeout()));
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }

    @Override
    public void close() {
        connecting.shutdownNow();
        RedissonClient connected = client;
        if (connected != null) {
            connected.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}

package io.headgate.reads;

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
import org.springframework.beans.factory.DisposableBean;

/** Connects to Redis beside everything else and goes on trying: connecting blocks, and nothing waits for Redis to start. */
final class SubjectsConnection implements DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(SubjectsConnection.class);
    private static final Duration RETRY = Duration.ofMillis(500);
    private static final Duration TOPOLOGY_SCAN = Duration.ofSeconds(1);

    private final SubjectsProperties settings;
    private final GuardedSubjects subjects;
    private final ScheduledExecutorService connecting = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("reads-redis").factory());
    private volatile @Nullable RedissonClient client;

    SubjectsConnection(SubjectsProperties settings, GuardedSubjects subjects) {
        this.settings = settings;
        this.subjects = subjects;
    }

    SubjectsConnection start() {
        if (settings.redis().urls().isEmpty()) {
            log.warn("no Redis is named in headgate.reads.subjects.redis.urls: who brings no token reads strongly");
        } else {
            connecting.scheduleWithFixedDelay(this::connect, 0, RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
        return this;
    }

    private void connect() {
        try {
            RedissonClient connected = Redisson.create(config());
            client = connected;
            subjects.use(new RedisSubjects(
                    connected, settings.redis().prefix(), settings.retention().toMillis()));
            connecting.shutdown();
        } catch (RedisException e) {
            log.atDebug().addKeyValue("reason", e.getMessage()).log("no connection to Redis yet");
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("cannot connect to Redis");
        }
    }

    private Config config() {
        SubjectsProperties.Redis redis = settings.redis();
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

    /** A replica of Redis may not have heard of a write yet. */
    private <T extends BaseMasterSlaveServersConfig<T>> void bounded(T servers) {
        SubjectsProperties.Redis redis = settings.redis();
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
    public void destroy() {
        connecting.shutdownNow();
        subjects.close();
        RedissonClient connected = client;
        if (connected != null) {
            connected.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}

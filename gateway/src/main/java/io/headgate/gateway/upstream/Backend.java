package io.headgate.gateway.upstream;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.headgate.api.Destination;
import io.headgate.api.ExchangeKey;
import io.netty.channel.ChannelOption;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.http.HttpMethod;
import reactor.netty.ReactorNetty;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.AbstractProtocolSslContextSpec;

/** One upstream with its connections and what protects it, shared by all routes that ask for it in the same way. */
final class Backend {

    /** What makes two routes share: the address, and every setting that belongs to connections rather than to a call. */
    record Key(
            UpstreamAddress address,
            Duration connectTimeout,
            UpstreamSpec.Protocol protocol,
            UpstreamSpec.Pool pool,
            UpstreamSpec.Breaker breaker,
            double retryBudget) {

        static Key of(UpstreamSpec spec, UpstreamAddress address) {
            return new Key(
                    address,
                    spec.timeouts().connect(),
                    spec.protocol(),
                    spec.pool(),
                    spec.breaker(),
                    spec.retry().budget());
        }
    }

    static final ExchangeKey<Backend> KEY = ExchangeKey.of(Backend.class);

    private static final int CONNECTIONS_WORTH_A_LANE = 16;
    private static final int LOOPS = Integer.parseInt(System.getProperty(
            ReactorNetty.IO_WORKER_COUNT,
            Integer.toString(Math.max(Runtime.getRuntime().availableProcessors(), 4))));
    private static final AtomicInteger LANES_GIVEN = new AtomicInteger();
    private static final FastThreadLocal<Integer> LANE = new FastThreadLocal<>() {
        @Override
        protected Integer initialValue() {
            return LANES_GIVEN.getAndIncrement() & Integer.MAX_VALUE;
        }
    };

    private final Key key;
    private final String target;
    private final Destination destination;
    private final Lane[] lanes;
    private final CircuitBreaker breaker;
    private final Bulkhead bulkhead;
    private final RetryBudget budget;
    private final AtomicLong underWay = new AtomicLong();
    private final AtomicBoolean forbiddenSeen = new AtomicBoolean();

    Backend(
            Key key,
            UpstreamProperties properties,
            LoopResources loops,
            AddressResolverGroup<?> resolver,
            Optional<SslBundle> tls) {
        this.key = key;
        this.target = key.address().toString();
        this.destination = new Destination(target);
        this.lanes = new Lane[Math.clamp(key.pool().maxConnections() / CONNECTIONS_WORTH_A_LANE, 1, LOOPS)];
        Arrays.setAll(lanes, i -> new Lane(key, properties, loops, resolver, tls, lanes.length));
        this.breaker = CircuitBreaker.of(target, breakerConfig(key.breaker()));
        this.bulkhead = Bulkhead.of(
                target,
                BulkheadConfig.custom()
                        .maxConcurrentCalls(key.pool().maxConcurrent())
                        .maxWaitDuration(Duration.ZERO)
                        .writableStackTraceEnabled(false)
                        .build());
        this.budget = new RetryBudget(key.retryBudget(), System::nanoTime);
    }

    private static CircuitBreakerConfig breakerConfig(UpstreamSpec.Breaker breaker) {
        return CircuitBreakerConfig.custom()
                .failureRateThreshold((float) breaker.failureRate() * 100)
                .slowCallDurationThreshold(breaker.slowCall())
                .slowCallRateThreshold((float) breaker.slowCallRate() * 100)
                .slidingWindow(
                        breaker.window(),
                        breaker.minimumCalls(),
                        CircuitBreakerConfig.SlidingWindowType.COUNT_BASED,
                        CircuitBreakerConfig.SlidingWindowSynchronizationStrategy.LOCK_FREE)
                .waitDurationInOpenState(breaker.openFor())
                .permittedNumberOfCallsInHalfOpenState(breaker.trialCalls())
                .maxWaitDurationInHalfOpenState(breaker.openFor())
                .writableStackTraceEnabled(false)
                .build();
    }

    UpstreamAddress address() {
        return key.address();
    }

    /** As metrics and explanations name it. */
    String target() {
        return target;
    }

    /** As other steps know it. */
    Destination destination() {
        return destination;
    }

    CircuitBreaker breaker() {
        return breaker;
    }

    Duration suspendedFor() {
        return key.breaker().openFor();
    }

    RetryBudget budget() {
        return budget;
    }

    boolean tryEnter() {
        if (!bulkhead.tryAcquirePermission()) {
            return false;
        }
        underWay.incrementAndGet();
        budget.countRequest();
        return true;
    }

    void leave() {
        underWay.decrementAndGet();
        bulkhead.releasePermission();
    }

    long underWay() {
        return underWay.get();
    }

    boolean hasAllPermits() {
        return bulkhead.getMetrics().getAvailableConcurrentCalls() == key.pool().maxConcurrent();
    }

    /**
     * A request stays on the event loop that it came in on: each loop has connections of its own, so that no byte is
     * handed from one thread to another. Where there are too few connections to share out, all loops use the same ones.
     */
    HttpClient.RequestSender sender(HttpMethod method) {
        return lanes.length == 1 ? lanes[0].sender(method) : lanes[LANE.get() % lanes.length].sender(method);
    }

    /** Upgrades belong to HTTP/1.1, whatever else the backend speaks. */
    HttpClient webSocketClient() {
        return lanes[LANE.get() % lanes.length].client.protocol(HttpProtocol.HTTP11);
    }

    boolean isFirstForbidden() {
        return !forbiddenSeen.getAndSet(true);
    }

    void dispose() {
        for (Lane lane : lanes) {
            lane.connections.dispose();
        }
    }

    /** The connections that one event loop uses. */
    private static final class Lane {
        private static final List<HttpMethod> COMMON = List.of(HttpMethod.values());

        private final ConnectionProvider connections;
        private final HttpClient client;
        private final Map<HttpMethod, HttpClient.RequestSender> senders = new HashMap<>();

        Lane(
                Key key,
                UpstreamProperties properties,
                LoopResources loops,
                AddressResolverGroup<?> resolver,
                Optional<SslBundle> tls,
                int lanes) {
            this.connections =
                    connections(key.pool(), properties, lanes, key.address().authority());
            this.client = client(key, properties, loops, resolver, tls);
            COMMON.forEach(method -> senders.put(method, client.request(nettyMethod(method))));
        }

        HttpClient.RequestSender sender(HttpMethod method) {
            HttpClient.RequestSender prepared = senders.get(method);
            return prepared != null ? prepared : client.request(nettyMethod(method));
        }

        private static io.netty.handler.codec.http.HttpMethod nettyMethod(HttpMethod method) {
            return io.netty.handler.codec.http.HttpMethod.valueOf(method.name());
        }

        private static ConnectionProvider connections(
                UpstreamSpec.Pool pool, UpstreamProperties properties, int lanes, String name) {
            return ConnectionProvider.builder(name)
                    .maxConnections(share(pool.maxConnections(), lanes))
                    .pendingAcquireMaxCount(share(pool.maxPending(), lanes))
                    .pendingAcquireTimeout(pool.pendingTimeout())
                    .maxIdleTime(properties.maxIdleTime())
                    .evictInBackground(properties.maxIdleTime())
                    .lifo()
                    .build();
        }

        private static int share(int all, int lanes) {
            return Math.ceilDiv(all, lanes);
        }

        private HttpClient client(
                Key key,
                UpstreamProperties properties,
                LoopResources loops,
                AddressResolverGroup<?> resolver,
                Optional<SslBundle> tls) {
            var address = key.address().socketAddress();
            HttpClient plain = HttpClient.create(connections)
                    .remoteAddress(() -> address)
                    .runOn(loops)
                    .resolver(resolver)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                            key.connectTimeout().toMillis())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.SO_KEEPALIVE, true)
                    .disableRetry(true)
                    .followRedirect(false)
                    .httpResponseDecoder(decoder -> decoder.maxHeaderSize(
                            (int) properties.maxHeaderSize().toBytes()))
                    .protocol(protocols(key));
            if (!key.address().isSecure()) {
                return plain.noSSL();
            }
            return tls.map(bundle -> plain.secure(ssl -> ssl.sslContext(contextOf(bundle, key.protocol()))))
                    .orElseGet(plain::secure);
        }

        private static AbstractProtocolSslContextSpec<?> contextOf(SslBundle bundle, UpstreamSpec.Protocol protocol) {
            AbstractProtocolSslContextSpec<?> spec = switch (protocol) {
                case HTTP1 -> Http11SslContextSpec.forClient();
                case H2 -> Http2SslContextSpec.forClient();
            };
            return spec.configure(
                    context -> context.trustManager(bundle.getManagers().getTrustManagerFactory())
                            .keyManager(bundle.getManagers().getKeyManagerFactory()));
        }

        private static HttpProtocol[] protocols(Key key) {
            return switch (key.protocol()) {
                case HTTP1 -> new HttpProtocol[] {HttpProtocol.HTTP11};
                case H2 ->
                    key.address().isSecure()
                            ? new HttpProtocol[] {HttpProtocol.H2, HttpProtocol.HTTP11}
                            : new HttpProtocol[] {HttpProtocol.H2C};
            };
        }
    }
}

package io.headgate.gateway.upstream;

import io.headgate.api.PathTemplate;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep.EdgeFilter;
import io.headgate.api.SpecReader;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpResources;
import reactor.netty.http.server.HttpServer;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** A server with one route and nothing before its upstream filters but what a test puts there. */
final class EdgeStandIn implements AutoCloseable {
    static final RouteInfo ROUTE =
            new RouteInfo(new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/**"), Set.of());

    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    final Upstreams upstreams;
    final UpstreamRecords records = new UpstreamRecords();
    private final DisposableServer server;

    static final class UpstreamRecords {
        final java.util.Deque<UpstreamRecord> all = new java.util.concurrent.ConcurrentLinkedDeque<>();

        UpstreamRecord last() {
            return all.getLast();
        }
    }

    EdgeStandIn(String yaml, GatewayFilter... before) {
        this(yaml, UnaryOperator.identity(), before);
    }

    EdgeStandIn(String yaml, UnaryOperator<HttpServer> customizer, GatewayFilter... before) {
        this(yaml, properties(), customizer, before);
    }

    EdgeStandIn(
            String yaml, UpstreamProperties properties, UnaryOperator<HttpServer> customizer, GatewayFilter... before) {
        this(yaml, properties, Optional.empty(), customizer, before);
    }

    /** @param tls whom backends are believed by */
    EdgeStandIn(String yaml, SslBundle tls) {
        this(yaml, properties(), Optional.of(tls), UnaryOperator.identity());
    }

    private EdgeStandIn(
            String yaml,
            UpstreamProperties properties,
            Optional<SslBundle> tls,
            UnaryOperator<HttpServer> customizer,
            GatewayFilter... before) {
        this.upstreams = Upstreams.create(
                properties,
                HttpResources.get(),
                new SpecialAddresses(properties.allowLoopback(), Set.of(), port -> false),
                tls);
        List<GatewayFilter> filters = new ArrayList<>();
        List<GatewayFilter> own = upstreams.filters(spec(yaml), ROUTE).stream()
                .map(EdgeFilter::filter)
                .toList();
        filters.add(own.getFirst());
        filters.addAll(List.of(before));
        filters.addAll(own.subList(1, own.size()));
        var handler = WebHttpHandlerBuilder.webHandler(exchange -> handle(exchange, filters))
                .exceptionHandler(new ProblemHandler())
                .build();
        this.server = customizer
                .apply(HttpServer.create().host("127.0.0.1").port(0))
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
    }

    /** Waits until no call is under way and every permit is back. */
    void awaitIdle() {
        await(upstreams::isIdle);
    }

    void awaitCalls(int count) {
        await(() -> upstreams.underWay() == count);
    }

    void awaitEnded(int count) {
        await(() ->
                records.all.stream().filter(record -> record.nanosToEnd() > 0).count() >= count);
    }

    void awaitNoUpstreams() {
        await(() -> upstreams.size() == 0);
    }

    private static void await(BooleanSupplier condition) {
        long patience = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > patience) {
                throw new AssertionError("awaited in vain");
            }
            Thread.onSpinWait();
            Thread.yield();
        }
    }

    private Mono<Void> handle(ServerWebExchange exchange, List<GatewayFilter> filters) {
        var record = new UpstreamRecord();
        records.all.add(record);
        UpstreamRecord.KEY.put(exchange, record);
        return new Chain(filters, 0).filter(exchange);
    }

    static UpstreamProperties properties() {
        return bind(properties -> {});
    }

    static UpstreamProperties bind(Consumer<java.util.Map<String, Object>> customizer) {
        var values = new java.util.HashMap<String, Object>();
        values.put("headgate.upstream.allow-loopback", "true");
        customizer.accept(values);
        return new org.springframework.boot.context.properties.bind.Binder(
                        new org.springframework.boot.context.properties.source.MapConfigurationPropertySource(values))
                .bindOrCreate("headgate.upstream", UpstreamProperties.class);
    }

    static UpstreamSpec spec(String yaml) {
        return switch (SpecReader.read(YAML.readTree(yaml), "/spec/upstream", UpstreamSpec::read)) {
            case SpecReader.Outcome.Valid<UpstreamSpec>(UpstreamSpec spec) -> spec;
            case SpecReader.Outcome.Invalid<UpstreamSpec>(var problems) ->
                throw new AssertionError(problems.toString());
        };
    }

    int port() {
        return server.port();
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.address();
    }

    @Override
    public void close() {
        server.dispose();
        upstreams.destroy();
    }

    private record Chain(List<GatewayFilter> filters, int index) implements GatewayFilterChain {
        @Override
        public Mono<Void> filter(ServerWebExchange exchange) {
            return index == filters.size()
                    ? Mono.empty()
                    : filters.get(index).filter(exchange, new Chain(filters, index + 1));
        }
    }
}

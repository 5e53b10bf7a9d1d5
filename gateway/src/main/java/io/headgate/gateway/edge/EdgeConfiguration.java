package io.headgate.gateway.edge;

import io.headgate.api.EdgeService;
import io.headgate.api.KeyRing;
import io.headgate.api.LiveConfig;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteStep;
import io.headgate.gateway.upstream.Upstreams;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.cloud.gateway.filter.factory.GatewayFilterFactory;
import org.springframework.cloud.gateway.support.ConfigurationService;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.util.unit.DataSize;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EdgeProperties.class)
class EdgeConfiguration {

    @Bean
    HttpHandler edgeHandler(
            EdgeProperties properties,
            Clock clock,
            LiveConfig config,
            RouteTable routeTable,
            CallerHeaders callerHeaders,
            EdgeServices services,
            ProblemHandler problems,
            ObjectProvider<EdgeObserver> observers) {
        return new EdgeHandler(
                new Hygiene(properties, new RequestIds(clock)),
                config,
                routeTable,
                new BuiltIns(callerHeaders),
                services,
                problems,
                observers.orderedStream().toList());
    }

    @Bean
    RouteCompiler routeCompiler(Upstreams upstreams, StockFilters stockFilters, CallerHeaders callerHeaders) {
        return new RouteCompiler(upstreams, stockFilters, callerHeaders);
    }

    @Bean
    EdgeServices edgeServices(
            ObjectProvider<EdgeService> services, ObjectProvider<RouteStep<?>> steps, RouteCompiler compiler) {
        return EdgeServices.of(
                services.orderedStream().toList(), steps.orderedStream().toList(), compiler);
    }

    @Bean
    RouteTable routeTable(RouteCompiler compiler, MeterRegistry meters) {
        MultiGauge leftOut = MultiGauge.builder("headgate.route.left.out")
                .description("a route in the configuration that could not be compiled")
                .register(meters);
        return new RouteTable(
                compiler,
                routes -> leftOut.register(
                        routes.stream().map(EdgeConfiguration::leftOut).toList(), true));
    }

    private static MultiGauge.Row<?> leftOut(ResourceId route) {
        return MultiGauge.Row.of(Tags.of("route", route.toString(), "team", route.team()), 1);
    }

    @Bean
    RouteExplainer routeExplainer(
            LiveConfig config, RouteTable routeTable, Upstreams upstreams, EdgeServices services) {
        return new RouteExplainer(config, routeTable, upstreams, services);
    }

    @Bean
    MeterBinder routeTableMeters(LiveConfig config, RouteTable table) {
        return meters -> {
            Gauge.builder("headgate.routes", config, it -> it.view(table).size())
                    .description("routes that this instance serves")
                    .register(meters);
            Gauge.builder(
                            "headgate.routes.left.out",
                            config,
                            it -> it.view(table).broken().size())
                    .description("routes in the configuration that could not be compiled")
                    .register(meters);
        };
    }

    @Bean
    RouteKind routeKind(
            ObjectProvider<RouteStep<?>> steps, StockFilters stockFilters, ObjectProvider<EdgeServices> services) {
        return new RouteKind(steps.orderedStream().toList(), stockFilters, SingletonSupplier.of(services::getObject));
    }

    @Bean
    StockFilters stockFilters(
            ObjectProvider<GatewayFilterFactory<?>> factories,
            ConfigurationService configuration,
            EdgeProperties properties) {
        return new StockFilters(factories.stream().toList(), configuration, properties.stockFilters());
    }

    @Bean
    CallerHeaders callerHeaders(ObjectProvider<KeyRing> keys, Clock clock, EdgeProperties properties) {
        return new CallerHeaders(Optional.ofNullable(keys.getIfAvailable()), clock, properties.callerHeaders());
    }

    @Bean
    NettyServerCustomizer edgeServer(
            EdgeProperties properties,
            @Value("${server.netty.max-initial-line-length:4KB}") DataSize maxInitialLine,
            @Value("${server.max-http-request-header-size:8KB}") DataSize maxHeaders) {
        return new EdgeServerCustomizer(properties, maxInitialLine, maxHeaders);
    }
}

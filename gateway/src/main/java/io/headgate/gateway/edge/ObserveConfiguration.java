package io.headgate.gateway.edge;

import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.micrometer.tracing.autoconfigure.TracingProperties;
import org.springframework.boot.micrometer.tracing.opentelemetry.autoconfigure.SpanProcessors;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.function.SingletonSupplier;

/** Metrics, traces and logs of the edge. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ObserveProperties.class, TracingProperties.class})
class ObserveConfiguration {

    @Bean
    RouteMeterTable routeMeterTable(MeterRegistry registry, ObserveProperties properties) {
        return new RouteMeterTable(registry, properties.histogramRoutes());
    }

    @Bean
    EdgeMetrics edgeMetrics(
            MeterRegistry registry, RouteMeterTable table, LiveConfig config, ObjectProvider<EdgeServices> services) {
        SingletonSupplier<EdgeServices> served = SingletonSupplier.of(services::getObject);
        return new EdgeMetrics(registry, table.none(), route -> {
            RouteMeters ofRoute = config.view(table).get(route.id());
            return ofRoute != null
                    ? ofRoute
                    : served.obtain().has(route.id()) ? table.ofService(route.id()) : table.removed();
        });
    }

    @Bean
    EdgeTracing edgeTracing(
            ObjectProvider<SpanExporter> exporters,
            ObjectProvider<SpanProcessors> processors,
            ObjectProvider<Resource> resource,
            TracingProperties tracing,
            EdgeProperties edge,
            Clock clock) {
        return new EdgeTracing(
                exporters.stream().findAny().isPresent()
                        ? Optional.ofNullable(processors.getIfAvailable()).map(ObserveConfiguration::exporter)
                        : Optional.empty(),
                Networks.parse(edge.trustedProxies())::contain,
                new TraceSampler(
                        tracing.getSampling().getProbability(),
                        ThreadLocalRandom.current().nextLong()),
                resource.getIfAvailable(Resource::getDefault),
                () -> ThreadLocalRandom.current().nextLong(),
                clock);
    }

    private static Consumer<ReadableSpan> exporter(SpanProcessors processors) {
        return span -> processors.forEach(processor -> processor.onEnd(span));
    }

    @Bean
    AccessLog accessLog(ObserveProperties properties, MeterRegistry registry) {
        return new AccessLog(
                properties.accessLog(),
                new SecondlyBudget(properties.accessLogRefusals(), System::nanoTime),
                LoggerFactory.getLogger(AccessLog.class),
                registry);
    }

    @Bean
    LogQueueing logQueueing(ObserveProperties properties, MeterRegistry registry) {
        return new LogQueueing(properties.logQueue(), registry);
    }
}

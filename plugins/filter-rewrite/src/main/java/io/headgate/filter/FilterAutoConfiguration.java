package io.headgate.filter;

import com.github.benmanes.caffeine.cache.Ticker;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** The filter language, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration(after = HeadgateApiAutoConfiguration.class)
@EnableConfigurationProperties(FilterProperties.class)
public class FilterAutoConfiguration {

    @Bean
    FilterSchemaKind filterSchemaKind() {
        return new FilterSchemaKind();
    }

    @Bean
    FilterSchemaView filterSchemaView() {
        return new FilterSchemaView();
    }

    @Bean
    DatasetKind datasetKind() {
        return new DatasetKind();
    }

    @Bean
    DatasetView datasetView() {
        return new DatasetView();
    }

    /** None without a registry. */
    @Bean
    @ConditionalOnMissingBean
    Datasets datasets(ObjectProvider<LiveConfig> registry, DatasetView view) {
        SingletonSupplier<LiveConfig> live = SingletonSupplier.ofNullable(registry::getIfAvailable);
        return id -> Optional.ofNullable(live.get())
                .map(config -> config.view(view).datasets().get(id));
    }

    @Bean
    QueryLanguage queryLanguage(FilterProperties properties) {
        return new QueryLanguage(properties.budgets());
    }

    /** From a file, where one is named. The registry is asked for at the first query, as it is made of what stands here. */
    @Bean
    @ConditionalOnMissingBean
    FilterSchemas filterSchemas(
            FilterProperties properties, ObjectProvider<LiveConfig> registry, FilterSchemaView view) {
        SingletonSupplier<LiveConfig> live = SingletonSupplier.ofNullable(registry::getIfAvailable);
        return properties
                .schemaFile()
                .map(SchemaFile::read)
                .orElse(id -> Optional.ofNullable(live.get())
                        .map(config -> config.view(view).get(id)));
    }

    @Bean
    FilterMetrics filterMetrics(ObjectProvider<MeterRegistry> registry) {
        return new FilterMetrics(registry.getIfAvailable(CompositeMeterRegistry::new));
    }

    @Bean
    QueryReader queryReader(QueryLanguage language, FilterProperties properties) {
        return new QueryReader(language, properties.budgets().size());
    }

    @Bean
    QueryLog queryLog(ObjectProvider<EventLog> events, FilterMetrics metrics, Clock clock) {
        SingletonSupplier<EventLog> log = SingletonSupplier.ofNullable(events::getIfAvailable);
        return new QueryLog(() -> Optional.ofNullable(log.get()), new EventIds(clock), clock, metrics);
    }

    @Bean
    OwnQueries ownQueries(QueryReader reader, QueryLog log, FilterMetrics metrics) {
        return new OwnQueries(reader, log, metrics);
    }

    @Bean
    CostGate costGate(FilterProperties properties) {
        return new CostGate(properties.cost().remembered(), properties.cost().refresh(), Ticker.systemTicker());
    }

    @Bean
    QueryFilter.Shared queryFilterShared(
            QueryReader reader,
            FilterSchemas schemas,
            QueryLog log,
            FilterMetrics metrics,
            FilterProperties properties) {
        return new QueryFilter.Shared(reader, schemas, log, metrics, properties);
    }

    @Bean
    FilterRouteStep filterRouteStep(QueryFilter.Shared shared) {
        return new FilterRouteStep(shared);
    }

    @Bean
    FilterRewriteGatewayFilterFactory filterRewriteGatewayFilterFactory(QueryFilter.Shared shared) {
        return new FilterRewriteGatewayFilterFactory(shared);
    }
}

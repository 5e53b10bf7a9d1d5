package io.headgate.filter;

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
    QueryFilter.Shared queryFilterShared(
            QueryLanguage language,
            FilterSchemas schemas,
            ObjectProvider<EventLog> events,
            FilterMetrics metrics,
            Clock clock,
            FilterProperties properties) {
        SingletonSupplier<EventLog> log = SingletonSupplier.ofNullable(events::getIfAvailable);
        return new QueryFilter.Shared(
                language,
                schemas,
                new QueryLog(() -> Optional.ofNullable(log.get()), new EventIds(clock), clock, metrics),
                metrics,
                properties);
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

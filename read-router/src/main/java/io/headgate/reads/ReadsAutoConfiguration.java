package io.headgate.reads;

import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.KeyRing;
import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.util.function.SingletonSupplier;

/** Read routing, for the gateway and for any Spring application that reads over R2DBC. */
@AutoConfiguration(
        after = HeadgateApiAutoConfiguration.class,
        beforeName = {
            "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
            "org.springframework.boot.r2dbc.autoconfigure.R2dbcTransactionManagerAutoConfiguration"
        })
@EnableConfigurationProperties({ReadsProperties.class, SubjectsProperties.class})
public class ReadsAutoConfiguration {

    private static final String ROUTED = "headgate.reads.r2dbc.primary";

    @Bean
    ReadsRouteStep readsRouteStep(
            LiveDatabases databases, ReadScopes scopes, GuardedSubjects subjects, ReadsMetrics metrics) {
        return new ReadsRouteStep(new ReadsFilter.Shared(databases::cluster, scopes, subjects, metrics));
    }

    @Bean
    ReplicaInsight replicaInsight(LiveDatabases databases) {
        return new ReplicaInsight(databases);
    }

    @Bean
    GuardedSubjects readsSubjects(SubjectsProperties subjects, ReadsMetrics metrics) {
        return new GuardedSubjects(subjects.budget(), subjects.retry(), Environment.system(), metrics);
    }

    @Bean
    SubjectsConnection readsSubjectsConnection(
            SubjectsProperties subjects, ReadsProperties settings, GuardedSubjects guarded) {
        return new SubjectsConnection(subjects.above(settings.tracking().maxLag()), guarded).start();
    }

    @Bean
    ReadsMetrics readsMetrics(ObjectProvider<MeterRegistry> registry) {
        return new ReadsMetrics(registry.getIfAvailable(CompositeMeterRegistry::new));
    }

    @Bean
    ReadScopes readScopes(ObjectProvider<KeyRing> keys, Clock clock, ReadsProperties settings, ReadsMetrics metrics) {
        return new ReadScopes(
                Optional.ofNullable(keys.getIfAvailable())
                        .map(ring -> new ConsistencyTokens(ring, clock, settings.tokens(), metrics)),
                settings.r2dbc().level(),
                settings.r2dbc().maxAge());
    }

    @Bean
    DrainKind drainKind() {
        return new DrainKind();
    }

    /** For the gateway; where there is no registry there are no databases. */
    @Bean
    LiveDatabases liveDatabases(
            ReadsProperties settings,
            ReadScopes scopes,
            ReadsMetrics metrics,
            org.springframework.core.env.Environment variables,
            ObjectProvider<LiveConfig> registry) {
        SingletonSupplier<Optional<LiveConfig>> live =
                SingletonSupplier.of(() -> Optional.ofNullable(registry.getIfAvailable()));
        return new LiveDatabases(
                settings,
                scopes,
                Environment.system(),
                metrics,
                name -> Optional.ofNullable(variables.getProperty(name)),
                live::obtain);
    }

    /** As a bean it takes the place of the pool that Boot would make. */
    @Bean
    @ConditionalOnProperty(ROUTED)
    RoutedConnectionFactory routedConnections(ReadsProperties settings, ReadScopes scopes, ReadsMetrics metrics) {
        return new RoutedCluster(settings).connections("r2dbc", scopes, Environment.system(), metrics);
    }

    @Bean
    @ConditionalOnProperty(ROUTED)
    @ConditionalOnMissingBean(ReactiveTransactionManager.class)
    RoutedTransactionManager routedTransactions(RoutedConnectionFactory connections) {
        return new RoutedTransactionManager(connections);
    }
}

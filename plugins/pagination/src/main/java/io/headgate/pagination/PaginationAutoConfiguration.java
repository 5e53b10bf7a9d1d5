package io.headgate.pagination;

import io.headgate.api.KeyRing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Pages, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration
@EnableConfigurationProperties(PaginationProperties.class)
public class PaginationAutoConfiguration {

    @Bean
    Cursors cursors(ObjectProvider<KeyRing> keys, Clock clock, PaginationProperties limits) {
        return new Cursors(keys.getIfAvailable(NoKeys::new), clock, new SecureRandom(), limits.cursorLifetime());
    }

    @Bean
    KeysetPages keysetPages(Cursors cursors, PaginationProperties limits) {
        return new KeysetPages(cursors, limits.defaultLimit());
    }

    @Bean
    PageFilter.Shared pageFilterShared(
            Cursors cursors, ObjectProvider<MeterRegistry> meters, PaginationProperties limits) {
        var counted = new PageMeters(meters.getIfAvailable(CompositeMeterRegistry::new), limits.maxMeteredTenants());
        return new PageFilter.Shared(cursors, counted, limits);
    }

    @Bean
    PaginationRouteStep paginationRouteStep(PageFilter.Shared shared) {
        return new PaginationRouteStep(shared);
    }

    @Bean
    PaginationGatewayFilterFactory paginationGatewayFilterFactory(PageFilter.Shared shared) {
        return new PaginationGatewayFilterFactory(shared);
    }
}

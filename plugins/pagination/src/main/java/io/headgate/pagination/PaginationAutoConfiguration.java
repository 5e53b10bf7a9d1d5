package io.headgate.pagination;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Pages, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration
public class PaginationAutoConfiguration {

    @Bean
    PaginationRouteStep paginationRouteStep() {
        return new PaginationRouteStep();
    }
}

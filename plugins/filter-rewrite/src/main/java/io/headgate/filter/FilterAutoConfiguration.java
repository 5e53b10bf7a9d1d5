package io.headgate.filter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** The filter language, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration
public class FilterAutoConfiguration {

    @Bean
    FilterRouteStep filterRouteStep() {
        return new FilterRouteStep();
    }
}

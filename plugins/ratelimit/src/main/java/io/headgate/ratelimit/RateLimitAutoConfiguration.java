package io.headgate.ratelimit;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Limits, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration
public class RateLimitAutoConfiguration {

    @Bean
    RateLimitRouteStep rateLimitRouteStep() {
        return new RateLimitRouteStep();
    }
}

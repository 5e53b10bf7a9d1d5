package io.headgate.reads;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/** Read routing, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration
public class ReadsAutoConfiguration {

    @Bean
    ReadsRouteStep readsRouteStep() {
        return new ReadsRouteStep();
    }
}

package io.headgate.gateway.admin;

import io.headgate.gateway.events.EventPipeline;
import io.headgate.gateway.registry.Registry;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** What the admin plane has in the application itself; its HTTP side is {@link AdminApiConfiguration}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AdminProperties.class)
class AdminConfiguration {

    AdminConfiguration(Environment environment) {
        if (ManagementPortType.get(environment) == ManagementPortType.SAME) {
            throw new InvalidConfigurationPropertyValueException(
                    "management.server.port",
                    environment.getProperty("management.server.port"),
                    "It is the port of the edge, where every path belongs to the teams' routes and clients would reach"
                            + " the admin API (expected: a port of its own).");
        }
    }

    @Bean
    EventsHealth eventsHealthIndicator(EventPipeline events) {
        return new EventsHealth(events);
    }

    @Bean
    RegistryHealth registryHealthIndicator(Registry registry) {
        return new RegistryHealth(registry);
    }
}

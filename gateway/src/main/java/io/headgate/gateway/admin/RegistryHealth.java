package io.headgate.gateway.admin;

import io.headgate.gateway.registry.Registry;
import io.headgate.gateway.registry.RegistryState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether this instance has a configuration to serve from. When the store is away it has: the last good one, and says
 * since when. Taking an instance out of traffic for that would turn a loss of control into a loss of service.
 */
final class RegistryHealth implements HealthIndicator {

    private final Registry registry;

    RegistryHealth(Registry registry) {
        this.registry = registry;
    }

    @Override
    public Health health() {
        return switch (registry.state()) {
            case RegistryState.Starting starting ->
                Health.outOfService()
                        .withDetail("registry", "starting: " + starting.reason())
                        .build();
            case RegistryState.Live live -> serving("live since " + live.since());
            case RegistryState.Stale stale -> serving("stale since " + stale.since());
        };
    }

    private Health serving(String registryState) {
        return Health.up()
                .withDetail("registry", registryState)
                .withDetail("revision", registry.revision())
                .build();
    }
}

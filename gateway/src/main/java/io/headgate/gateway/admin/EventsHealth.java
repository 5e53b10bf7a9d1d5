package io.headgate.gateway.admin;

import io.headgate.gateway.events.EventPipeline;
import io.headgate.gateway.events.EventsState;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Whether events find room and get away. It is no part of readiness: when Kafka is away it is so for every instance, and
 * taking all of them out of traffic helps nobody.
 */
final class EventsHealth implements HealthIndicator {

    private final EventPipeline events;

    EventsHealth(EventPipeline events) {
        this.events = events;
    }

    @Override
    public Health health() {
        EventsState state = events.state();
        var health = state.full() ? Health.outOfService() : Health.up();
        health.withDetail("spooled_bytes", state.spooledBytes()).withDetail("limit", state.limit());
        state.oldest().ifPresent(time -> health.withDetail("oldest_undelivered", time.toString()));
        state.failingSince().ifPresent(time -> health.withDetail("delivery", "failing since " + time));
        return health.build();
    }
}

package io.headgate.ratelimit;

import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.LiveConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Clock;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.util.function.SingletonSupplier;

/** Limits, for the gateway and for any Spring Cloud Gateway application. */
@AutoConfiguration(after = HeadgateApiAutoConfiguration.class)
@EnableConfigurationProperties(LimitsProperties.class)
public class RateLimitAutoConfiguration {

    @Bean
    RateLimitKind rateLimitKind(LimitsProperties properties) {
        return new RateLimitKind(properties.leases().share());
    }

    @Bean
    LimitView limitView() {
        return new LimitView();
    }

    /** All that counts, made of plain classes, of which the application needs to know this one. */
    @Bean
    LimitEngine limitEngine(
            LimitsProperties properties,
            LimitView view,
            ObjectProvider<LiveConfig> registry,
            ObjectProvider<EventLog> events,
            ObjectProvider<MeterRegistry> meters,
            Clock clock,
            @Value("${headgate.instance:}") String instance) {
        SingletonSupplier<LiveConfig> live = SingletonSupplier.ofNullable(registry::getIfAvailable);
        Supplier<@Nullable EventLog> log = SingletonSupplier.ofNullable(events::getIfAvailable);
        return new LimitEngine(
                properties,
                new LimitEngine.Surroundings(
                        instance.isBlank() ? "instance-" + UUID.randomUUID() : instance,
                        () -> book(live.get(), view),
                        log,
                        meters.getIfAvailable(CompositeMeterRegistry::new),
                        clock,
                        System::nanoTime,
                        RandomGenerator.getDefault()));
    }

    /** The registry is asked for at the first request, because it is made of the kinds and views that stand here. */
    private static LimitBook book(@Nullable LiveConfig registry, LimitView view) {
        return registry == null ? LimitBook.EMPTY : registry.view(view);
    }

    @Bean
    RateLimitRouteStep rateLimitRouteStep(LimitEngine engine) {
        return new RateLimitRouteStep(engine.book(), engine.keys(), engine.limits(), engine.throttles());
    }

    @Bean
    RateLimitGatewayFilterFactory rateLimitGatewayFilterFactory(LimitEngine engine) {
        return new RateLimitGatewayFilterFactory(engine.keys(), engine.limits());
    }

    @Bean
    ShedGatewayFilterFactory shedGatewayFilterFactory(LimitEngine engine) {
        return new ShedGatewayFilterFactory(engine.throttles());
    }

    @Bean
    LimitInsight limitInsight(LimitEngine engine) {
        return engine.insight();
    }
}

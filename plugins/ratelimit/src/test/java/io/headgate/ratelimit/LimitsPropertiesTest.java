package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.HeadgateApiAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class LimitsPropertiesTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(HeadgateApiAutoConfiguration.class, RateLimitAutoConfiguration.class));

    @Test
    void startsWithoutAnySetting() {
        runner.run(context -> assertThat(context)
                .hasNotFailed()
                .hasSingleBean(RateLimitRouteStep.class)
                .hasSingleBean(RateLimitKind.class)
                .hasSingleBean(LimitView.class)
                .hasSingleBean(LimitInsight.class));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            instances=0                 | headgate.limits.instances: 0 (expected: 1..10000)
            keys=0                      | headgate.limits.keys: 0 (expected: at least 1)
            budget=0ms                  | headgate.limits.budget: 0ms (expected: 1ms..5000ms)
            beat=1ms                    | headgate.limits.beat: 1ms
            leases.share=0.9            | headgate.limits.leases.share: 0.9
            leases.idle=10s             | headgate.limits.leases.idle: 10000ms
            what-if.window=1s           | headgate.limits.what-if.window: 1000ms
            events.delay=0s             | headgate.limits.events.delay: 0ms
            shedding.min-limit=0        | headgate.limits.shedding.min-limit: 0 (expected: 1..100000)
            shedding.max-limit=10       | headgate.limits.shedding.max-limit: 10 (expected: min-limit, 20, to 1000000)
            shedding.tolerance=1        | headgate.limits.shedding.tolerance: 1.0 (expected: 1.1..5)
            shedding.unremarkable=0s    | headgate.limits.shedding.unremarkable: 0ms
            shedding.warm-up=1h         | headgate.limits.shedding.warm-up: 3600000ms
            shedding.tenants=0          | headgate.limits.shedding.tenants: 0
            shedding.forget-after=0s    | headgate.limits.shedding.forget-after: 0ms
            redis.urls=localhost:6379   | headgate.limits.redis.urls: localhost:6379 (expected: redis:// or rediss://
            redis.connections=0         | headgate.limits.redis.connections: 0
            """)
    void namesTheSettingThatIsWrong(String setting, String message) {
        runner.withPropertyValues("headgate.limits." + setting)
                .run(context -> assertThat(context).getFailure().rootCause().hasMessageStartingWith(message));
    }

    @Test
    void takesOneAddressWhereThereIsOneServer() {
        runner.withPropertyValues("headgate.limits.redis.urls=redis://a:1,redis://b:1")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("one, where the topology is single"));
    }
}

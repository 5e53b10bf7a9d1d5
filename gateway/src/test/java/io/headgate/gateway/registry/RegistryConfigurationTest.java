package io.headgate.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.BadSettingException;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.LiveConfig;
import io.r2dbc.spi.ConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayMigrationInitializer;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class RegistryConfigurationTest {

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    HeadgateApiAutoConfiguration.class, FlywayAutoConfiguration.class, R2dbcAutoConfiguration.class))
            .withUserConfiguration(RegistryConfiguration.class)
            .withPropertyValues(
                    "spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:1/nowhere",
                    "spring.r2dbc.username=nobody",
                    "spring.flyway.url=jdbc:postgresql://127.0.0.1:1/nowhere");

    @Test
    void startsWithoutADatabaseAndIsNotReady() {
        application.run(context -> {
            assertThat(context).hasNotFailed().hasSingleBean(ConnectionFactory.class);
            assertThat(context).doesNotHaveBean(FlywayMigrationInitializer.class);
            assertThat(context.getBean(Registry.class).state()).isInstanceOf(RegistryState.Starting.class);
            assertThat(context.getBean(LiveConfig.class).revision()).isZero();
        });
    }

    @Test
    void saysWhichSettingIsMissing() {
        application
                .withPropertyValues("spring.r2dbc.username=")
                .run(context ->
                        assertThat(context).getFailure().rootCause().hasMessageContaining("spring.r2dbc.username"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.r2dbc.url=",
                "spring.r2dbc.url=nonsense",
                "spring.r2dbc.url=r2dbc:mysql://ana:secret@127.0.0.1/app",
                "spring.flyway.url=jdbc:mysql://127.0.0.1/app"
            })
    void saysWhichAddressItCannotUseAndNeverThePassword(String setting) {
        application
                .withPropertyValues(setting)
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(BadSettingException.class)
                        .hasMessageStartingWith(setting.substring(0, setting.indexOf('=')) + ": ")
                        .hasMessageContaining("postgresql://host[:port]/database")
                        .hasMessageNotContaining("secret"));
    }

    @Test
    void refusesASettingOutOfRangeByItsName() {
        application
                .withPropertyValues("headgate.registry.read-connections=0")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .hasMessageContaining("headgate.registry.read-connections: 0 (expected: 1..100)"));
    }
}

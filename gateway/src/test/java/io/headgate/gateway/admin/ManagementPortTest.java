package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ConfigurableApplicationContext;

/** What the management port shows to anyone, and what it does not. */
class ManagementPortTest {

    private static ConfigurableApplicationContext app;

    @BeforeAll
    static void start() {
        LocalPostgres postgres = SharedStack.postgres();
        app = AdminApp.start(postgres, postgres.createDatabase());
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    @Test
    void readinessTellsTheRegistrysStateAndRevision() {
        Answer answer = open("/actuator/health/readiness");

        assertThat(answer.status()).isEqualTo(200);
        var details = answer.body().path("components").path("registry").path("details");
        assertThat(details.path("registry").stringValue()).startsWith("live since");
        assertThat(details.path("revision").isNumber()).isTrue();
    }

    @Test
    void readinessGoesDownWhereTrafficIsRefusedAndLivenessStaysUp() {
        AvailabilityChangeEvent.publish(app, ReadinessState.REFUSING_TRAFFIC);

        Answer readiness = open("/actuator/health/readiness");
        Answer liveness = open("/actuator/health/liveness");
        AvailabilityChangeEvent.publish(app, ReadinessState.ACCEPTING_TRAFFIC);

        assertThat(readiness.status()).isEqualTo(503);
        assertThat(liveness.status()).isEqualTo(200);
    }

    @Test
    void metricsAreOpenToTheScraper() {
        Answer answer = open("/actuator/prometheus");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).contains("jvm_memory_used_bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "env",
                "heapdump",
                "beans",
                "configprops",
                "loggers",
                "threaddump",
                "mappings",
                "gateway",
                "shutdown",
                "info"
            })
    void nothingElseOfTheActuatorIsThere(String endpoint) {
        assertThat(open("/actuator/" + endpoint).status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin/v1/status", "/admin/v1/gadgets", "/actuator/health"})
    void theEdgeKnowsNothingOfIt(String path) {
        int edge = app.getEnvironment().getRequiredProperty("local.server.port", Integer.class);

        assertThat(new AdminClient(edge, FakeAuthenticator.token("ana", "platform-admin", ""))
                        .get(path)
                        .status())
                .isEqualTo(404);
    }

    private static Answer open(String path) {
        return new AdminClient(AdminApp.managementPort(app), "").get(path);
    }
}

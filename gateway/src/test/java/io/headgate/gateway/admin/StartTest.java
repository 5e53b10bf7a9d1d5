package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.gateway.HeadgateApplication;
import io.headgate.gateway.admin.AdminClient.Answer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** Apart from other tests: an application that stops takes down what it shares with others of this JVM. */
class StartTest {

    @Test
    void anInstanceWithNothingToServeFromIsNotReadyAndSaysWhy() {
        try (var lost = AdminApp.launch("r2dbc:postgresql://127.0.0.1:1/none")) {
            var admin = new AdminClient(
                    AdminApp.managementPort(lost), FakeAuthenticator.token("ana", "platform-admin", ""));

            Answer readiness = admin.get("/actuator/health/readiness");
            Answer liveness = admin.get("/actuator/health/liveness");
            Answer status = admin.get("/admin/v1/status");
            Answer read = admin.get("/admin/v1/gadgets");

            assertThat(readiness.status()).isEqualTo(503);
            assertThat(readiness.text()).contains("starting: ");
            assertThat(liveness.status()).isEqualTo(200);
            assertThat(status.body().path("registry").path("state").stringValue())
                    .isEqualTo("starting");
            assertThat(read.status()).isEqualTo(503);
            assertThat(read.body().path("type").stringValue()).isEqualTo("/problems/registry-unavailable");
        }
    }

    @Test
    void onePortForBothIsRefusedAtTheStart() {
        var builder = new SpringApplicationBuilder(HeadgateApplication.class);

        assertThatThrownBy(() -> builder.run(
                        "--server.port=18080",
                        "--management.server.port=18080",
                        "--spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:1/none"))
                .hasRootCauseInstanceOf(InvalidConfigurationPropertyValueException.class)
                .rootCause()
                .hasMessageContaining("management.server.port");
    }
}

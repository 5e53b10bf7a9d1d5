package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.gateway.HeadgateApplication;
import io.headgate.gateway.admin.AdminClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Apart from other tests: an application that stops takes down what it shares with others of this JVM. */
@ExtendWith(OutputCaptureExtension.class)
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
    void aStartThatFailsOverASettingSaysSoInOneSentence(CapturedOutput output) throws IOException {
        String edge = "--server.port=0";
        String admin = "--management.server.port=0";
        String database = "--spring.r2dbc.url=r2dbc:postgresql://127.0.0.1:1/none";
        String grpc = "--spring.grpc.server.port=";
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            String inUse = "Port " + port + " was already in use";
            assertFailsSaying(output, "spring.r2dbc.url: not set (expected: r2dbc:postgresql://", edge, admin);
            assertFailsSaying(
                    output,
                    "headgate.keys-dir: '/nowhere/keys' (expected: a directory that can be read)",
                    edge,
                    admin,
                    database,
                    "--headgate.keys-dir=/nowhere/keys");
            assertFailsSaying(
                    output, inUse, "--server.address=127.0.0.1", "--server.port=" + port, admin, database, grpc + 0);
            assertFailsSaying(output, inUse, edge, "--management.server.port=" + port, database, grpc + 0);
            assertFailsSaying(
                    output,
                    "spring.grpc.server.port: nothing can listen at localhost/127.0.0.1:" + port,
                    edge,
                    admin,
                    database,
                    grpc + port);
        }
    }

    private static void assertFailsSaying(CapturedOutput output, String sentence, String... arguments) {
        int before = output.length();
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--spring.r2dbc.username=nobody");

        assertThatThrownBy(
                        () -> new SpringApplicationBuilder(HeadgateApplication.class).run(all.toArray(String[]::new)))
                .as(sentence)
                .isInstanceOf(Exception.class);

        assertThat(output.toString().substring(before)).contains(sentence).doesNotContain("\tat ", "\\tat ");
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

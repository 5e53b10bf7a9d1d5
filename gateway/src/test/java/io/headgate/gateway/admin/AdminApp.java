package io.headgate.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.authz.Authenticator;
import io.headgate.gateway.HeadgateApplication;
import io.headgate.local.LocalPostgres;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/** The application on ports and a database of its own, with kinds made for tests and tokens that are believed. */
class AdminApp {

    @Bean
    @Primary
    Authenticator fakeAuthenticator() {
        return new FakeAuthenticator();
    }

    @Bean
    TestKinds.GadgetKind gadgetKind() {
        return new TestKinds.GadgetKind();
    }

    @Bean
    TestKinds.DialKind dialKind() {
        return new TestKinds.DialKind();
    }

    @Bean
    TestKinds.SecretKind secretKind() {
        return new TestKinds.SecretKind();
    }

    static ConfigurableApplicationContext start(LocalPostgres postgres, String database, String... more) {
        var app = launch(postgres.r2dbcUrl(database), more);
        var anyone = new AdminClient(managementPort(app), "");
        Awaited.until(
                "the app is ready",
                () -> anyone.get("/actuator/health/readiness").status() == 200);
        return app;
    }

    /** Ready or not. */
    static ConfigurableApplicationContext launch(String url, String... more) {
        List<String> settings = new ArrayList<>(List.of(
                "server.port=0",
                "management.server.port=0",
                "spring.grpc.server.port=0",
                "headgate.instance=admin-test",
                "headgate.registry.timeout=20s",
                "headgate.registry.connect-timeout=20s",
                "spring.r2dbc.url=" + url,
                "spring.r2dbc.username=" + LocalPostgres.USER));
        settings.addAll(List.of(more));
        return new SpringApplicationBuilder(HeadgateApplication.class, AdminApp.class)
                .run(settings.stream().map(setting -> "--" + setting).toArray(String[]::new));
    }

    /** Teams own resources, so they come first. */
    static void createTeams(ConfigurableApplicationContext app, String... names) {
        var admin = new AdminClient(managementPort(app), FakeAuthenticator.token("root", "platform-admin", ""));
        for (String name : names) {
            String team = """
                    apiVersion: headgate/v1
                    kind: Team
                    metadata: { team: platform, name: %s }
                    spec: { paths: [/api/%s/**], upstreams: ["http://127.0.0.1:*"] }
                    """.formatted(name, name);
            assertThat(admin.putYaml("/admin/v1/teams/platform/" + name, team).status())
                    .isEqualTo(201);
        }
    }

    static int managementPort(ConfigurableApplicationContext app) {
        return app.getEnvironment().getRequiredProperty("local.management.port", Integer.class);
    }
}

package io.headgate.gateway;

import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import java.nio.file.Path;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** One instance of the whole application, on free ports. */
final class TestGateway implements AutoCloseable {

    private final ConfigurableApplicationContext app;
    private final TestIssuer issuer;

    private TestGateway(ConfigurableApplicationContext app, TestIssuer issuer) {
        this.app = app;
        this.issuer = issuer;
    }

    /** @param keys where the issuer's keys are had */
    record Access(TestIssuer issuer, String keys) {}

    static TestGateway start(String name, LocalPostgres postgres, String database, Access access, Path snapshots) {
        var app = new SpringApplicationBuilder(HeadgateApplication.class)
                .run(
                        "--server.port=0",
                        "--management.server.port=0",
                        "--headgate.instance=" + name,
                        "--headgate.snapshot-dir=" + snapshots,
                        "--headgate.registry.snapshot-interval=10ms",
                        "--headgate.registry.heartbeat-interval=200ms",
                        "--spring.r2dbc.url=" + postgres.r2dbcUrl(database),
                        "--spring.r2dbc.username=" + LocalPostgres.USER,
                        "--headgate.authz.issuers[0].issuer=" + access.issuer().issuer(),
                        "--headgate.authz.issuers[0].jwks-uri=" + access.keys(),
                        "--headgate.authz.issuers[0].audiences=headgate,headgate-admin",
                        "--headgate.authz.issuers[0].tenants=*");
        var gateway = new TestGateway(app, access.issuer());
        Awaited.until(name + " is ready", () -> gateway.readiness().status() == 200);
        return gateway;
    }

    /** The admin port, with a role and for some teams. */
    AdminClient admin(String role, String... teams) {
        String token = issuer.token()
                .audience("headgate-admin")
                .roles(role)
                .claim("teams", java.util.List.of(teams))
                .sign();
        return new AdminClient(port("local.management.port"), "Bearer " + token);
    }

    /** The edge, as ana of acme. */
    AdminClient edge() {
        return new AdminClient(
                port("local.server.port"), "Bearer " + issuer.token().sign());
    }

    AdminClient.Answer readiness() {
        return new AdminClient(port("local.management.port"), "").get("/actuator/health/readiness");
    }

    private int port(String property) {
        return app.getEnvironment().getRequiredProperty(property, Integer.class);
    }

    @Override
    public void close() {
        app.close();
    }
}

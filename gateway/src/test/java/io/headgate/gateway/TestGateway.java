package io.headgate.gateway;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetSequenceKeyGenerator;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/** One instance of the whole application, on free ports. */
final class TestGateway implements AutoCloseable {

    /** The same for all instances of a test, so that one believes the other's tokens. */
    private static final OctetSequenceKey CONSISTENCY_KEY = new OctetSequenceKey.Builder(
                    "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII))
            .keyID("key-2")
            .notBeforeTime(new Date(0))
            .build();

    /** How long the registry's database may take, where a test does not say: it may be the machine that is slow. */
    private static final List<String> PATIENCE =
            List.of("--headgate.registry.timeout=20s", "--headgate.registry.connect-timeout=20s");

    private final ConfigurableApplicationContext app;
    private final TestIssuer issuer;

    private TestGateway(ConfigurableApplicationContext app, TestIssuer issuer) {
        this.app = app;
        this.issuer = issuer;
    }

    /** @param keys where the issuer's keys are had */
    record Access(TestIssuer issuer, String keys) {}

    static TestGateway start(
            String name, LocalPostgres postgres, String database, Access access, Path disk, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--management.server.port=0",
                "--spring.grpc.server.port=0",
                "--headgate.instance=" + name,
                "--headgate.snapshot-dir=" + disk.resolve("snapshots"),
                "--headgate.keys-dir=" + keys(disk),
                "--headgate.registry.snapshot-interval=10ms",
                "--headgate.upstream.allow-loopback=true",
                "--headgate.registry.heartbeat-interval=200ms",
                "--headgate.registry.expiry-interval=100ms",
                "--spring.r2dbc.url=" + postgres.r2dbcUrl(database),
                "--spring.r2dbc.username=" + LocalPostgres.USER,
                "--headgate.authz.issuers[0].issuer=" + access.issuer().issuer(),
                "--headgate.authz.issuers[0].jwks-uri=" + access.keys(),
                "--headgate.authz.issuers[0].audiences=headgate,headgate-admin",
                "--headgate.authz.issuers[0].tenants=*"));
        arguments.addAll(List.of(more));
        PATIENCE.stream()
                .filter(setting -> Arrays.stream(more)
                        .noneMatch(other -> other.startsWith(setting.substring(0, setting.indexOf('=')))))
                .forEach(arguments::add);
        var app = new SpringApplicationBuilder(HeadgateApplication.class).run(arguments.toArray(String[]::new));
        var gateway = new TestGateway(app, access.issuer());
        Awaited.until(name + " is ready", () -> gateway.readiness().status() == 200);
        return gateway;
    }

    /** Keys of its own, one for each purpose. */
    private static Path keys(Path disk) {
        try {
            Path directory = Files.createDirectories(disk.resolve("keys"));
            var key = new ECKeyGenerator(Curve.P_256)
                    .keyID("key-1")
                    .notBeforeTime(new Date(0))
                    .generate();
            Files.writeString(directory.resolve("caller-header.key-1.jwk.json"), key.toJSONString());
            Files.writeString(directory.resolve("consistency-token.key-2.jwk.json"), CONSISTENCY_KEY.toJSONString());
            for (String purpose : List.of("cursor", "signed-url", "webhook")) {
                var secret = new OctetSequenceKeyGenerator(256)
                        .keyID("key-1")
                        .notBeforeTime(new Date(0))
                        .generate();
                Files.writeString(directory.resolve(purpose + ".key-1.jwk.json"), secret.toJSONString());
            }
            return directory;
        } catch (IOException | JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The admin port, with a role and for some teams. */
    AdminClient admin(String role, String... teams) {
        String token = issuer.token()
                .audience("headgate-admin")
                .roles(role)
                .claim("teams", List.of(teams))
                .sign();
        return new AdminClient(port("local.management.port"), "Bearer " + token);
    }

    /** The edge, as ana of acme. */
    AdminClient edge() {
        return new AdminClient(
                port("local.server.port"), "Bearer " + issuer.token().sign());
    }

    AdminClient edgeOf(String tenant, String... roles) {
        return new AdminClient(
                port("local.server.port"),
                "Bearer " + issuer.token().tenant(tenant).roles(roles).sign());
    }

    AdminClient edge(String subject, String... roles) {
        return new AdminClient(
                port("local.server.port"),
                "Bearer " + issuer.token().subject(subject).roles(roles).sign());
    }

    AdminClient.Answer readiness() {
        return new AdminClient(port("local.management.port"), "").get("/actuator/health/readiness");
    }

    /** As Prometheus would read them. */
    String metrics() {
        return new AdminClient(port("local.management.port"), "")
                .get("/actuator/prometheus")
                .text();
    }

    int grpcPort() {
        return app.getBean(GrpcServerLifecycle.class).getPort();
    }

    private int port(String property) {
        return app.getEnvironment().getRequiredProperty(property, Integer.class);
    }

    @Override
    public void close() {
        app.close();
    }
}

package io.headgate.gateway;

import com.sun.net.httpserver.HttpServer;
import io.headgate.authz.TestIssuer;
import io.headgate.gateway.admin.AdminClient;
import io.headgate.local.DemoKeys;
import io.headgate.local.LocalPostgres;
import io.headgate.local.LocalRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts the application as it was built, with all that it connects to, and lets the JVM keep what it learned on the way
 * to the first answers: {@code FirstStart <jar> <cache>}.
 */
final class FirstStart {

    /** Fifteen times as many, with all plugins on the route, made the next start's first minute no cheaper. */
    private static final int REQUESTS = 200;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final List<String> FLAGS = List.of(
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private FirstStart() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory("headgate-first-start");
        LocalPostgres postgres = LocalPostgres.startPrivate();
        LocalRedis redis = LocalRedis.startPrivate();
        HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        backend.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        backend.start();
        try (TestIssuer issuer = TestIssuer.start("https://issuer.test")) {
            learn(Path.of(args[0]), Path.of(args[1]), home, new Servers(postgres, redis, backend, issuer));
        } finally {
            backend.stop(0);
            redis.stop();
            postgres.stop();
        }
        System.exit(0);
    }

    /** What the gateway meets when it is started for real. */
    private record Servers(LocalPostgres postgres, LocalRedis redis, HttpServer backend, TestIssuer issuer) {}

    private static void learn(Path jar, Path cache, Path home, Servers servers)
            throws IOException, InterruptedException {
        LocalPostgres postgres = servers.postgres();
        TestIssuer issuer = servers.issuer();
        Path config = Files.createDirectories(home.resolve("config"));
        Files.writeString(
                config.resolve("route.yaml"),
                resources(servers.backend().getAddress().getPort()));
        int edge = freePort();
        int admin = freePort();
        String database = postgres.createDatabase();
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.addAll(List.of(
                "-XX:AOTCacheOutput=" + cache,
                "-jar",
                jar.toString(),
                "--server.address=127.0.0.1",
                "--server.port=" + edge,
                "--management.server.port=" + admin,
                "--spring.grpc.server.port=0",
                "--headgate.keys-dir=" + DemoKeys.fill(home.resolve("keys")),
                "--headgate.config-dir=" + config,
                "--headgate.snapshot-dir=" + home.resolve("snapshot"),
                "--headgate.upstream.allow-loopback=true",
                "--spring.r2dbc.url=" + postgres.r2dbcUrl(database),
                "--spring.r2dbc.username=" + LocalPostgres.USER,
                "--spring.data.redis.url=" + servers.redis().url(),
                "--headgate.authz.issuers[0].issuer=" + issuer.issuer(),
                "--headgate.authz.issuers[0].jwks-uri=" + issuer.jwksUri(),
                "--headgate.authz.issuers[0].audiences=headgate",
                "--headgate.authz.issuers[0].tenants=*"));
        Path log = home.resolve("gateway.log");
        Process gateway = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            var caller = new AdminClient(edge, "Bearer " + issuer.token().sign());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!serves(caller)) {
                if (gateway.waitFor(100, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                    throw new IllegalStateException("it did not come to serve: " + Files.readString(log));
                }
            }
            for (int i = 0; i < REQUESTS; i++) {
                caller.get("/first/" + i);
            }
            new AdminClient(admin, "").get("/actuator/health/readiness");
            gateway.destroy();
            gateway.waitFor(2, TimeUnit.MINUTES);
        } finally {
            gateway.destroyForcibly();
        }
        if (!Files.exists(cache)) {
            throw new IllegalStateException("the JVM kept nothing: " + Files.readString(log));
        }
    }

    private static boolean serves(AdminClient caller) {
        try {
            return caller.get("/first/start").status() == 200;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    private static String resources(int backend) {
        return """
                apiVersion: headgate/v1
                kind: Team
                metadata: { team: platform, name: first }
                spec: { paths: [/first/**], upstreams: ["http://127.0.0.1:*"], resources: [] }
                ---
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: first, name: start }
                spec:
                  match: { path: /first/** }
                  upstream: { primary: "http://127.0.0.1:%d" }
                  authz: { mode: "off" }
                ---
                apiVersion: headgate/v1
                kind: RateLimit
                metadata: { team: platform, name: first }
                spec: { key: [tenant], appliesTo: { routes: ["*/*"] }, quota: 100000, window: 1s }
                """.formatted(backend);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}

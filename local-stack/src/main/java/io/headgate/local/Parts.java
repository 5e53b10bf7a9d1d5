package io.headgate.local;

import io.headgate.local.LocalPostgres.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** All parts of a stack, and what each is told of the others. */
final class Parts {

    /** With all that it needs inside; the plain one beside it is what modules compile against. */
    private static final String GATEWAY_JAR = "headgate-gateway-*-app.jar";

    private static final List<String> GATEWAY_OPTIONS = List.of(
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");
    private static final List<String> BACKEND_OPTIONS = List.of("-Xmx96m", "-XX:TieredStopAtLevel=1");

    private final Settings settings;
    private final Places places;

    final LocalPostgres primary;
    final List<LocalPostgres> replicas;
    final LocalRedis redis;
    final LocalKafka kafka;
    final Part issuer;
    final Part reports;
    final List<Part> reportsReplicas;
    final Part metrics;
    final List<Part> gateways;

    Parts(Settings settings) {
        this.settings = settings;
        this.places = settings.places();
        primary = LocalPostgres.primary("primary", places, settings.port(StackPort.PRIMARY));
        replicas = List.of(
                LocalPostgres.replica(
                        "replica-1", places, settings.port(StackPort.REPLICA_1), primary, Snapshots.GIVE_WAY),
                LocalPostgres.replica(
                        "replica-2", places, settings.port(StackPort.REPLICA_2), primary, Snapshots.KEPT));
        redis = LocalRedis.single("redis", places, settings.port(StackPort.REDIS));
        kafka = new LocalKafka(
                "kafka", places, settings.port(StackPort.KAFKA), settings.port(StackPort.KAFKA_CONTROLLER));
        issuer = issuer();
        reports = backend("reports", "reports", StackPort.REPORTS, primary);
        reportsReplicas = List.of(
                backend("reports", "reports-replica-1", StackPort.REPORTS_REPLICA_1, replicas.getFirst()),
                backend("reports", "reports-replica-2", StackPort.REPORTS_REPLICA_2, replicas.getLast()));
        metrics = backend("metrics", "metrics", StackPort.METRICS, primary);
        gateways =
                IntStream.range(0, settings.instances()).mapToObj(this::gateway).toList();
    }

    List<Part> all() {
        List<Part> all = new ArrayList<>(gateways);
        all.add(primary);
        all.addAll(replicas);
        all.addAll(List.of(redis, kafka, issuer, reports));
        all.addAll(reportsReplicas);
        all.add(metrics);
        return all;
    }

    Part named(String name) {
        return all().stream()
                .filter(part -> part.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new StackException("no part '" + name + "' (expected: one of "
                        + all().stream().map(Part::name).collect(Collectors.joining(", ")) + ")"));
    }

    private Part issuer() {
        int port = settings.port(StackPort.ISSUER);
        return new HttpPart(
                "issuer",
                "issuer",
                port,
                url(port) + "/healthz",
                Map.of("port", port),
                () -> JavaProgram.launch(
                        IssuerMain.class,
                        List.of("-Xmx32m", "-XX:TieredStopAtLevel=1"),
                        List.of(places.issuer().toString(), Integer.toString(port)),
                        places.log("issuer")));
    }

    private Part backend(String service, String name, StackPort setting, LocalPostgres node) {
        int port = settings.port(setting);
        return new HttpPart(
                name,
                "backend",
                port,
                url(port) + "/healthz",
                Map.of("port", port),
                () -> JavaProgram.launch(
                        BackendMain.class,
                        BACKEND_OPTIONS,
                        List.of(service, name, Integer.toString(port), Integer.toString(node.port()), gatewayKeys()),
                        places.log(name)));
    }

    /** Where the gateways publish the keys that sign callers. */
    private String gatewayKeys() {
        return IntStream.range(0, Math.max(1, settings.instances()))
                .mapToObj(k -> url(settings.port(StackPort.EDGE, k)) + "/.well-known/headgate-jwks.json")
                .collect(Collectors.joining(","));
    }

    private Part gateway(int instance) {
        String name = "gateway-" + instance;
        int edge = settings.port(StackPort.EDGE, instance);
        int admin = settings.port(StackPort.ADMIN, instance);
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("edge", edge);
        details.put("admin", admin);
        details.put("grpc", settings.port(StackPort.GRPC, instance));
        return new HttpPart(
                name,
                "gateway",
                edge,
                url(admin) + "/actuator/health/readiness",
                details,
                () -> Launch.of(gatewayCommand(), places.log(name)).with(gatewayEnvironment(name, instance)));
    }

    private List<String> gatewayCommand() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(JavaProgram.java().toString());
        command.add("-Xmx" + settings.heapMib() + "m");
        command.addAll(GATEWAY_OPTIONS);
        Path jar = gatewayJar();
        command.add(
                "-XX:AOTCache=" + jar.resolveSibling("headgate.aot")); // where it does not fit, the JVM goes without
        command.addAll(List.of("-jar", jar.toString()));
        return command;
    }

    private Path gatewayJar() throws IOException {
        Path target = settings.root().resolve("gateway/target/headgate");
        List<Path> jars = new ArrayList<>();
        if (Files.isDirectory(target)) {
            try (var found = Files.newDirectoryStream(target, GATEWAY_JAR)) {
                found.forEach(jars::add);
            }
        }
        return jars.stream()
                .findFirst()
                .orElseThrow(() -> new StackException("no gateway at " + target.resolve(GATEWAY_JAR)
                        + ": build it, or start none with --instances 0"));
    }

    /** All that a gateway is told; in production the same names carry the user's own services. */
    private Map<String, String> gatewayEnvironment(String name, int instance) {
        return Map.ofEntries(
                Map.entry("SPRING_PROFILES_ACTIVE", "local"),
                Map.entry("SERVER_ADDRESS", Ports.HOST),
                Map.entry("SERVER_PORT", port(StackPort.EDGE, instance)),
                Map.entry("MANAGEMENT_SERVER_ADDRESS", Ports.HOST),
                Map.entry("MANAGEMENT_SERVER_PORT", port(StackPort.ADMIN, instance)),
                Map.entry("SPRING_GRPC_SERVER_ADDRESS", Ports.HOST),
                Map.entry("SPRING_GRPC_SERVER_PORT", port(StackPort.GRPC, instance)),
                Map.entry("SPRING_R2DBC_URL", primary.r2dbcUrl(DemoData.DATABASE)),
                Map.entry("SPRING_R2DBC_USERNAME", LocalPostgres.USER),
                Map.entry("SPRING_FLYWAY_URL", primary.jdbcUrl(DemoData.DATABASE)),
                Map.entry("SPRING_FLYWAY_USER", LocalPostgres.USER),
                Map.entry("SPRING_DATA_REDIS_URL", redis.url()),
                Map.entry("SPRING_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers()),
                Map.entry("HEADGATE_HOME", places.home().toString()),
                Map.entry("HEADGATE_INSTANCE", name),
                Map.entry("HEADGATE_KEYS_DIR", places.keys().toString()),
                Map.entry("HEADGATE_CONFIG_DIR", places.config().toString()),
                Map.entry(
                        "HEADGATE_SNAPSHOT_DIR",
                        places.data(name).resolve("snapshot").toString()),
                Map.entry(
                        "HEADGATE_EVENTS_SPOOLDIR",
                        places.data(name).resolve("spool").toString()),
                Map.entry(
                        "HEADGATE_EXPORTS_JOBS_STORAGE",
                        places.data("exports").toUri().toString()),
                Map.entry("HEADGATE_UPSTREAM_ALLOWLOOPBACK", "true"),
                Map.entry("HEADGATE_DB_MAIN", LocalPostgres.USER + ":" + LocalPostgres.USER),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_ISSUER", settings.issuerUrl()),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_JWKSURI", settings.issuerUrl() + IssuerMain.JWKS_PATH),
                Map.entry(
                        "HEADGATE_AUTHZ_ISSUERS_0_AUDIENCES", TokenSpec.EDGE_AUDIENCE + "," + TokenSpec.ADMIN_AUDIENCE),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_TENANTS", String.join(",", DemoData.TENANTS)));
    }

    private String port(StackPort port, int instance) {
        return Integer.toString(settings.port(port, instance));
    }

    private static String url(int port) {
        return "http://" + Ports.HOST + ":" + port;
    }
}

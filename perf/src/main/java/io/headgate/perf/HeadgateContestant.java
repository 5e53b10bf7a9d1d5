package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * Headgate as its users run it: the jar, settings by environment, routes and their team from a configuration directory,
 * authentication on. This is the one place that knows its settings' names.
 */
record HeadgateContestant(Path jar, Optional<Limited> limited, boolean isGuarded) implements Contestant {
    private static final String TEAM = "bench";
    private static final int ROUTES_A_FILE = 100;

    HeadgateContestant(Path jar) {
        this(jar, Optional.empty(), false);
    }

    /** @param mode of a limit by tenant that is never reached */
    record Limited(String mode, int redis) {}

    HeadgateContestant limited(String mode, int redis) {
        return new HeadgateContestant(jar, Optional.of(new Limited(mode, redis)), isGuarded);
    }

    /** Policies decide, filters are validated and pages normalized, besides. */
    HeadgateContestant guarded() {
        return new HeadgateContestant(jar, limited, true);
    }

    /** The jar that the build has left, or the one named. */
    static HeadgateContestant find(String named) throws IOException {
        if (!named.isEmpty()) {
            return new HeadgateContestant(Path.of(named));
        }
        Path target = Path.of("gateway", "target", "headgate");
        if (Files.isDirectory(target)) {
            try (var jars = Files.newDirectoryStream(target, "headgate-gateway-*-app.jar")) {
                for (Path jar : jars) {
                    return new HeadgateContestant(jar);
                }
            }
        }
        return new HeadgateContestant(target.resolve("headgate-gateway.jar"));
    }

    @Override
    public String title() {
        return "headgate" + limited.map(limit -> ", " + limit.mode()).orElse("") + (isGuarded ? ", guarded" : "");
    }

    @Override
    public Optional<String> missing() {
        return Files.isRegularFile(jar) && Database.stack().isPresent()
                ? Optional.empty()
                : Optional.of(
                        "no " + jar + ", or no local stack for its database (mvn -pl gateway,local-stack -am package)");
    }

    @Override
    public Launch launch(Setup setup) throws IOException {
        int port = OsProcess.freePort();
        int management = OsProcess.freePort();
        Path home = Files.createDirectories(setup.folder().resolve("headgate-" + port));
        Path config = Files.createDirectories(home.resolve("config"));
        Database database = setup.database().get();
        String name = database.fresh();
        writeResources(config, setup);
        if (limited.isPresent()) {
            write(config, "rate-limit", limit(limited.get()));
        }
        if (isGuarded) {
            write(config, "policies", BenchResources.policies(TEAM, "bench", "analyst"));
            write(config, "filter-schema", filterSchema());
        }
        var command = new ArrayList<>(setup.java());
        command.addAll(List.of("-XX:AOTCache=" + jar.resolveSibling("headgate.aot"), "-jar", jar.toString()));
        var environment = new HashMap<String, String>();
        limited.ifPresent(limit -> environment.put("SPRING_DATA_REDIS_URL", "redis://127.0.0.1:" + limit.redis()));
        environment.putAll(environment(setup, home, config, port, management, database.keys(), name));
        return new Launch(
                port,
                URI.create("http://127.0.0.1:" + management + "/actuator/health/readiness"),
                command,
                environment);
    }

    private static Map<String, String> environment(
            Setup setup, Path home, Path config, int port, int management, Path keys, String database) {
        return Map.ofEntries(
                Map.entry("SPRING_PROFILES_ACTIVE", "local"),
                Map.entry("SERVER_ADDRESS", "127.0.0.1"),
                Map.entry("SERVER_PORT", Integer.toString(port)),
                Map.entry("MANAGEMENT_SERVER_PORT", Integer.toString(management)),
                Map.entry("SPRING_GRPC_SERVER_PORT", "0"),
                Map.entry("SPRING_R2DBC_URL", "r2dbc:postgresql:" + database),
                Map.entry("SPRING_R2DBC_USERNAME", "postgres"),
                Map.entry("SPRING_FLYWAY_URL", "jdbc:postgresql:" + database),
                Map.entry("SPRING_FLYWAY_USER", "postgres"),
                Map.entry("HEADGATE_CONFIG_DIR", config.toString()),
                Map.entry("HEADGATE_KEYS_DIR", keys.toString()),
                Map.entry("HEADGATE_SNAPSHOT_DIR", home.resolve("snapshot").toString()),
                Map.entry("HEADGATE_UPSTREAM_ALLOWLOOPBACK", "true"),
                Map.entry("HEADGATE_EDGE_ADDRESSLIMIT_RATE", "1000000"),
                Map.entry("HEADGATE_EDGE_ADDRESSLIMIT_BURST", "1000000"),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_ISSUER", BenchToken.ISSUER),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_JWKSURI", setup.upstream() + "/jwks.json"),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_AUDIENCES", BenchToken.AUDIENCE),
                Map.entry("HEADGATE_AUTHZ_ISSUERS_0_TENANTS", BenchToken.TENANT));
    }

    private static Map<String, Object> limit(Limited limited) {
        return BenchResources.resource(
                "RateLimit",
                "platform",
                "bench",
                Map.of(
                        "key",
                        List.of("tenant"),
                        "appliesTo",
                        Map.of("routes", List.of("*/*")),
                        "quota",
                        10_000_000,
                        "window",
                        "1s",
                        "burst",
                        1_000_000,
                        "mode",
                        limited.mode()));
    }

    private static Map<String, Object> filterSchema() {
        return BenchResources.resource(
                "FilterSchema",
                TEAM,
                "bench",
                Map.of(
                        "tenantField",
                        "tenant_id",
                        "fields",
                        Map.of(
                                "id",
                                Map.of("type", "uuid", "sortable", true, "nullable", false),
                                "status",
                                Map.of("type", "string", "sortable", true, "nullable", false))));
    }

    /** What a route has besides its match and its upstream. */
    private Map<String, Object> plugins() {
        if (!isGuarded) {
            return Map.of("authz", Map.of("mode", "off"));
        }
        return Map.of(
                "authz",
                BenchResources.enforced(),
                "filter",
                Map.of("schema", "bench", "accepts", List.of("json"), "emits", "json"),
                "pagination",
                Map.of(
                        "accepts",
                        List.of("cursor"),
                        "upstream",
                        Map.of("dialect", "offset", "items", "/data"),
                        "maxLimit",
                        100));
    }

    /** JSON is YAML, so the resources are written as what they are in the admin API. */
    private void writeResources(Path config, Setup setup) throws IOException {
        write(
                config,
                "team",
                BenchResources.resource(
                        "Team",
                        "platform",
                        TEAM,
                        Map.of(
                                "paths", List.of("/r/**"),
                                "upstreams", List.of("http://127.0.0.1:*"),
                                "resources", List.of(BenchResources.TYPE),
                                "tables", List.of())));
        var routes = new StringJoiner("\n---\n");
        for (int i = 0; i < setup.routes(); i++) {
            var spec = new HashMap<>(plugins());
            spec.put("match", Map.of("path", "/r/" + i + "/**"));
            spec.put("upstream", Map.of("primary", setup.upstream()));
            routes.add(Json.line(BenchResources.resource("Route", TEAM, "r" + i, spec)));
            if (i % ROUTES_A_FILE == ROUTES_A_FILE - 1 || i == setup.routes() - 1) {
                Files.writeString(config.resolve("routes-" + i + ".yaml"), routes.toString());
                routes = new StringJoiner("\n---\n");
            }
        }
    }

    private static void write(Path config, String name, Map<String, Object> resource) throws IOException {
        Files.writeString(config.resolve(name + ".yaml"), Json.line(resource));
    }
}

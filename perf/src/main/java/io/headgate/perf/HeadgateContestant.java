package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Headgate as its users run it: the jar, settings by environment, routes and their team from a configuration directory,
 * authentication on. This is the one place that knows its settings' names.
 */
record HeadgateContestant(Path jar) implements Contestant {
    private static final String TEAM = "bench";

    /** The jar that the build has left, or the one named. */
    static HeadgateContestant find(String named) throws IOException {
        if (!named.isEmpty()) {
            return new HeadgateContestant(Path.of(named));
        }
        Path target = Path.of("gateway", "target");
        if (Files.isDirectory(target)) {
            try (var jars = Files.newDirectoryStream(target, "headgate-gateway*.jar")) {
                for (Path jar : jars) {
                    if (!jar.toString().matches(".*-(sources|tests|javadoc|plain)\\.jar")) {
                        return new HeadgateContestant(jar);
                    }
                }
            }
        }
        return new HeadgateContestant(target.resolve("headgate-gateway.jar"));
    }

    @Override
    public String title() {
        return "headgate";
    }

    @Override
    public Optional<String> missing() {
        return Files.isRegularFile(jar)
                ? Optional.empty()
                : Optional.of("no " + jar + " (build it: mvn -pl gateway -am package)");
    }

    @Override
    public Launch launch(Setup setup) throws IOException {
        int port = OsProcess.freePort();
        int management = OsProcess.freePort();
        Path home = Files.createDirectories(setup.folder().resolve("headgate-" + port));
        Path config = Files.createDirectories(home.resolve("config"));
        Path keys = Files.createDirectories(home.resolve("keys"));
        writeResources(config, setup);
        var command = new ArrayList<>(setup.java());
        command.addAll(List.of("-jar", jar.toString()));
        return new Launch(
                port,
                URI.create("http://127.0.0.1:" + management + "/actuator/health/readiness"),
                command,
                Map.of(
                        "SERVER_PORT", Integer.toString(port),
                        "MANAGEMENT_SERVER_PORT", Integer.toString(management),
                        "HEADGATE_CONFIG_DIR", config.toString(),
                        "HEADGATE_KEYS_DIR", keys.toString(),
                        "HEADGATE_HOME", home.toString(),
                        "HEADGATE_AUTHZ_ISSUERS_0_ISSUER", BenchToken.ISSUER,
                        "HEADGATE_AUTHZ_ISSUERS_0_JWKS", setup.upstream() + "/jwks.json",
                        "HEADGATE_AUTHZ_ISSUERS_0_AUDIENCE", BenchToken.AUDIENCE,
                        "HEADGATE_AUTHZ_ISSUERS_0_TENANTS", BenchToken.TENANT));
    }

    /** JSON is YAML, so the resources are written as what they are in the admin API. */
    private static void writeResources(Path config, Setup setup) throws IOException {
        write(
                config,
                "team",
                resource(
                        "Team",
                        "platform",
                        TEAM,
                        Map.of(
                                "paths", List.of("/r/**"),
                                "upstreams", List.of("http://127.0.0.1:*"),
                                "resources", List.of(),
                                "tables", List.of())));
        for (int i = 0; i < setup.routes(); i++) {
            write(
                    config,
                    "route-" + i,
                    resource(
                            "Route",
                            TEAM,
                            "r" + i,
                            Map.of(
                                    "match", Map.of("path", "/r/" + i + "/**"),
                                    "upstream", Map.of("primary", setup.upstream()),
                                    "authz", Map.of("mode", "off"))));
        }
    }

    private static void write(Path config, String name, Map<String, Object> resource) throws IOException {
        Files.writeString(config.resolve(name + ".yaml"), Json.line(resource));
    }

    static Map<String, Object> resource(String kind, String team, String name, Map<String, Object> spec) {
        return Map.of(
                "apiVersion",
                "headgate/v1",
                "kind",
                kind,
                "metadata",
                Map.of("team", team, "name", name),
                "spec",
                spec);
    }
}

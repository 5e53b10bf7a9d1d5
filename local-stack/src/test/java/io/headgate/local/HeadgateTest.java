package io.headgate.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HeadgateTest {

    @TempDir
    private Path home;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void aStackGoesUpIsSeenIsBrokenIsMendedAndGoesDown() throws Exception {
        Map<String, String> ports = freePorts();
        assertThat(run(ports, "up", "--detach", "--instances", "0", "--rows", "1200"))
                .as(err())
                .isZero();
        assertThat(out()).contains("Headgate is up", "./headgate token --tenant acme");

        assertThat(run(ports, "up", "--detach", "--instances", "0")).isEqualTo(1);
        assertThat(err()).contains("a stack runs already in " + home);

        assertThat(run(ports, "status", "--json")).isZero();
        JsonNode status = JsonMapper.shared().readTree(out());
        assertThat(status.path("parts")
                        .valueStream()
                        .map(part -> part.path("name").stringValue()))
                .containsExactly(
                        "primary",
                        "replica-1",
                        "replica-2",
                        "redis",
                        "kafka",
                        "issuer",
                        "reports",
                        "reports-replica-1",
                        "reports-replica-2",
                        "metrics");
        JsonNode primary = status.path("parts").get(0);
        assertThat(primary.propertyNames())
                .containsExactlyInAnyOrder("name", "kind", "pid", "state", "port", "database", "user");
        assertThat(primary.path("kind").stringValue()).isEqualTo("postgres");
        assertThat(primary.path("port").asString()).isEqualTo(ports.get("HEADGATE_PRIMARY_PORT"));
        assertThat(status.path("jwks").stringValue())
                .isEqualTo("http://127.0.0.1:" + ports.get("HEADGATE_ISSUER_PORT") + "/jwks.json");
        assertThat(status.path("data").stringValue()).isEqualTo(home.toString());

        assertThat(Files.readString(home.resolve("config/database-main.yaml")))
                .containsPattern("name: replica-2,.* exports: true")
                .doesNotContainPattern("name: replica-1,.* exports: true");
        assertThat(tellsWhatItReads(part(status, "replica-1"))).isEqualTo("off");
        assertThat(tellsWhatItReads(part(status, "replica-2"))).isEqualTo("on");

        assertThat(run(ports, "stop", "nothing")).isEqualTo(1);
        assertThat(err()).contains("no part 'nothing' (expected: one of primary, replica-1");
        ProcessHandle process =
                ProcessHandle.of(part(status, "redis").path("pid").asLong()).orElseThrow();
        process.destroyForcibly();
        process.onExit().join();
        assertThat(run(ports, "status", "--json")).isEqualTo(1);
        JsonNode redis = part(JsonMapper.shared().readTree(out()), "redis");
        assertThat(redis.path("state").stringValue()).isEqualTo("down");
        assertThat(redis.has("pid")).isFalse();
        assertThat(run(ports, "stop", "replica-2")).isZero();
        assertThat(run(ports, "start", "redis")).isZero();
        assertThat(run(ports, "start", "replica-2")).isZero();
        assertThat(run(ports, "status")).isZero();

        assertThat(run(ports, "down")).isZero();
        assertThat(status.path("parts")
                        .valueStream()
                        .map(part -> ProcessHandle.of(part.path("pid").asLong())
                                .map(ProcessHandle::isAlive)
                                .orElse(false)))
                .containsOnly(false);
        assertThat(run(ports, "status")).isEqualTo(1);
        assertThat(run(ports, "down")).isZero();
    }

    private static String tellsWhatItReads(JsonNode replica) throws SQLException {
        String port = replica.path("port").asString();
        try (var connection =
                        DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
                var statement = connection.createStatement();
                var rows = statement.executeQuery("SHOW hot_standby_feedback")) {
            rows.next();
            return rows.getString(1);
        }
    }

    @Test
    void aPortInUseIsOneLineThatSaysHowToHaveAnother() throws Exception {
        Map<String, String> ports = freePorts();
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            ports.put("HEADGATE_REDIS_PORT", Integer.toString(taken.getLocalPort()));

            assertThat(run(ports, "up", "--instances", "0")).isEqualTo(1);

            assertThat(err().strip())
                    .isEqualTo("headgate: port " + taken.getLocalPort()
                            + " is in use (redis; another one: --redis-port or HEADGATE_REDIS_PORT)");
        }
    }

    @Test
    void twoPartsCannotHaveOnePort() {
        assertThat(run(freePorts(), "up", "--instances", "2", "--admin-port", "28180", "--edge-port", "28080"))
                .isEqualTo(1);

        assertThat(err()).contains("port 28180 is asked for twice (admin of gateway-0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "up --bogus",
                "up --instances",
                "up --instances x",
                "up --instances 99",
                "up --edge-port 0",
                "up extra",
                "status --yaml",
                "stop",
                "stop a b",
                "token",
                "token --tenant acme",
                "token --tenant acme --subject ana --ttl soon",
                "bogus"
            })
    void aCommandLineThatIsNotUnderstoodIsExitCodeTwo(String line) {
        assertThat(run(Map.of(), line.split(" "))).isEqualTo(2);

        assertThat(err()).startsWith("headgate: ").contains("./headgate help").hasLineCount(1);
    }

    @Test
    void tokensAreSignedAlsoWhileTheStackIsDown() throws Exception {
        String[] command = "token --tenant acme --subject ana --roles sre,analyst --scopes a,b --ttl 5m".split(" ");
        assertThat(run(Map.of(), command)).isEqualTo(1);
        assertThat(err()).contains("./headgate up makes one");
        Path issuer = home.resolve("issuer");
        DemoIssuer.open(issuer, "unused");
        Files.writeString(issuer.resolve(Headgate.ISSUER_URL_FILE), "http://127.0.0.1:9999");

        assertThat(run(Map.of(), command)).isZero();

        var claims = SignedJWT.parse(out().strip()).getJWTClaimsSet();
        assertThat(claims.getIssuer()).isEqualTo("http://127.0.0.1:9999");
        assertThat(claims.getAudience()).containsExactly("headgate", "headgate-admin");
    }

    private static JsonNode part(JsonNode status, String name) {
        return status.path("parts")
                .valueStream()
                .filter(part -> part.path("name").stringValue().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, String> freePorts() {
        Map<String, String> ports = new HashMap<>();
        for (StackPort port : StackPort.values()) {
            ports.put(port.variable(), Integer.toString(Ports.free()));
        }
        return ports;
    }

    private int run(Map<String, String> variables, String... command) {
        out.reset();
        err.reset();
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("HEADGATE_HOME", home.toString());
        return new Headgate(
                        environment,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(List.of(command));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}

package io.headgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient;
import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A primary and two replicas, each with an instance of a backend before it, and the gateways that route counters over
 * them: at {@code /api/counters/<name>/}, and where a write times out early at {@code /api/counters/hasty-<name>/}.
 */
final class RoutedCounters implements AutoCloseable {

    final LocalPostgres primary = LocalPostgres.startPrivate();
    final LocalPostgres one;
    final LocalPostgres two;
    final MovingAddress addressOfOne;
    final MovingAddress addressOfTwo;
    final Instance onPrimary;
    final Instance onOne;
    final Instance onTwo;
    private final String name;
    private final List<TestGateway> gateways;

    RoutedCounters(String name, List<TestGateway> gateways) {
        this.name = name;
        this.gateways = gateways;
        primary.execute("postgres", "CREATE TABLE counters (key text PRIMARY KEY, value int NOT NULL)");
        one = primary.startReplica("replica-1");
        two = primary.startReplica("replica-2");
        addressOfOne = new MovingAddress(one);
        addressOfTwo = new MovingAddress(two);
        onPrimary = new Instance(primary, "postgres");
        onOne = new Instance(addressOfOne::connect);
        onTwo = new Instance(addressOfTwo::connect);
        put("/admin/v1/databases/platform/" + name, database(primary.r2dbcUrl("postgres"), true));
        put("/admin/v1/routes/reports/" + name, route(name, onPrimary, true, "3s"));
        put("/admin/v1/routes/reports/hasty-" + name, route("hasty-" + name, onPrimary, false, "500ms"));
        awaitIn();
        for (TestGateway gateway : gateways) {
            for (String path : List.of(path(), hastyPath())) {
                Awaited.until(
                        "its route is known",
                        () -> gateway.edge().get(path + "any").status() != 404);
            }
        }
    }

    String path() {
        return "/api/counters/" + name + "/";
    }

    String hastyPath() {
        return "/api/counters/hasty-" + name + "/";
    }

    void awaitIn() {
        for (TestGateway gateway : gateways) {
            Awaited.until("both replicas take reads", () -> states(gateway).equals(List.of("in", "in")));
        }
    }

    private List<String> states(TestGateway gateway) {
        return shown(gateway)
                .path("replicas")
                .valueStream()
                .map(replica -> replica.path("state").asString(""))
                .toList();
    }

    private JsonNode shown(TestGateway gateway) {
        return gateway.admin("auditor")
                .get("/admin/v1/replicas")
                .body()
                .path("databases")
                .valueStream()
                .filter(database -> database.path("name").asString("").equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The first replica takes the primary's place, and every instance of the gateway knows it. */
    void failOver() {
        assertThat(one.query("postgres", "SELECT pg_promote()::text")).isEqualTo("true");
        put("/admin/v1/routes/reports/" + name, route(name, onOne, false, "3s"));
        put("/admin/v1/databases/platform/" + name, database(addressOfOne.r2dbcUrl(), false));
        for (TestGateway gateway : gateways) {
            Awaited.until(
                    "the new primary is followed",
                    () -> shown(gateway).path("primary").path("timeline").asInt(0) == 2);
            Awaited.until(
                    "it takes writes",
                    () -> gateway.edge().send("PUT", path() + "any", "1").status() == 200);
        }
    }

    private void put(String path, String document) {
        AdminClient admin = gateways.getFirst().admin("platform-admin");
        String etag = admin.get(path).etag();
        Answer answer =
                etag.isEmpty() ? admin.putYaml(path, document) : admin.putYaml(path, document, "If-Match", etag);
        assertThat(answer.status()).as(answer.toString()).isIn(200, 201);
    }

    private String database(String primaryUrl, boolean both) {
        return """
                apiVersion: headgate/v1
                kind: Database
                metadata: { team: platform, name: %s }
                spec:
                  primary: { url: "%s" }
                  replicas:
                    - { name: replica-2, url: "%s" }
                    %s
                  credentials: env:HEADGATE_DB_MAIN
                """.formatted(
                        name,
                        primaryUrl,
                        addressOfTwo.r2dbcUrl(),
                        both ? "- { name: replica-1, url: \"" + addressOfOne.r2dbcUrl() + "\" }" : "");
    }

    private String route(String route, Instance onPrimary, boolean both, String patience) {
        return """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: reports, name: %1$s }
                spec:
                  match: { path: /api/counters/%1$s/**, methods: [GET, PUT] }
                  upstream:
                    primary: "http://127.0.0.1:%3$d"
                    replicas:
                      - { url: "http://127.0.0.1:%4$d", database: %2$s/replica-2 }
                      %5$s
                    timeouts: { connect: 3s, response: %6$s }
                    retry: { attempts: 2, on: [connect, reset], budget: 100%% }
                  authz: { mode: "off" }
                  reads: { consistency: session, allow: [eventual, bounded], maxAge: 5s, database: %2$s }
                """.formatted(
                route,
                name,
                onPrimary.port(),
                onTwo.port(),
                both ? "- { url: \"http://127.0.0.1:" + onOne.port() + "\", database: " + name + "/replica-1 }" : "",
                patience);
    }

    @Override
    public void close() {
        List.of(onTwo, onOne, onPrimary).forEach(Instance::close);
        List.of(addressOfTwo, addressOfOne).forEach(MovingAddress::close);
        List.of(two, one, primary).forEach(LocalPostgres::stop);
    }
}

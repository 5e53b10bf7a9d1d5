package io.headgate.perf;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.percent;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.randomSwitch;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.ScenarioBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The demo's traffic: three tenants that list, read, query, create and change reports and page through metrics, at a
 * rate that does not wait for answers. Each virtual user is one request, so users per second are requests per second.
 */
public final class DemoTrafficSimulation extends Simulation {
    private static final int KNOWN_IDS = 1_000;
    private static final int RAMP_SECONDS = 10;

    private final String baseUrl = System.getProperty("baseUrl", "http://127.0.0.1:8080");
    private final String launcher = System.getProperty("launcher", nearestLauncher());
    private final double rate = Double.parseDouble(System.getProperty("rate", "200"))
            * Double.parseDouble(System.getProperty("factor", "1"));
    private final int seconds = Integer.getInteger("duration", 60);

    private final List<Tenant> tenants =
            Stream.of("acme", "globex", "initech").map(this::tenant).toList();

    /** A tenant, with the reports that it is known to have; those that the simulation made may be changed. */
    private record Tenant(String token, List<String> seen, List<String> own) {}

    private final HttpProtocolBuilder protocol = http.baseUrl(baseUrl)
            .acceptHeader("application/json")
            .authorizationHeader(session -> "Bearer " + of(session).token())
            .shareConnections();

    private final ChainBuilder list = exec(http("list reports")
                    .get("/api/reports")
                    .queryParam(
                            "filter",
                            "{\"filters\":[{\"field\":\"status\",\"op\":\"in\",\"value\":[\"active\",\"trial\"]}]}")
                    .queryParam("sort", "-created_at")
                    .queryParam("limit", "20")
                    .check(
                            status().is(200),
                            jsonPath("$..id").findAll().optional().saveAs("ids")))
            .exec(session -> remember(session, of(session).seen()));

    private final ChainBuilder query = exec(http("query reports")
            .post("/api/reports/query")
            .header("Content-Type", "application/json")
            .body(StringBody("""
                    {"filters":[{"field":"amount","op":"gte","value":"100.00"}],
                     "sort":[{"field":"created_at","dir":"desc"}],"page":{"limit":20}}"""))
            .check(status().is(200)));

    private final ChainBuilder create = exec(http("create report")
                    .post("/api/reports")
                    .header("Content-Type", "application/json")
                    .body(StringBody("""
                    {"name":"Load test","status":"draft","owner":"gatling","amount":12.50,"views":0}"""))
                    .check(
                            status().in(200, 201),
                            jsonPath("$..id").findAll().optional().saveAs("ids")))
            .exec(session -> remember(session, of(session).own()));

    private final ChainBuilder get = knownOr(
            Tenant::seen,
            list,
            exec(http("get report").get("/api/reports/#{id}").check(status().is(200))));

    private final ChainBuilder patch = knownOr(
            Tenant::own,
            create,
            exec(http("patch report")
                    .patch("/api/reports/#{id}")
                    .header("Content-Type", "application/merge-patch+json")
                    .body(StringBody("{\"status\":\"active\"}"))
                    .check(status().is(200))));

    private final ChainBuilder metrics = exec(http("page metrics")
            .get("/api/metrics")
            .queryParam("page", session -> 1 + ThreadLocalRandom.current().nextInt(5))
            .queryParam("per_page", "20")
            .check(status().is(200)));

    private final ScenarioBuilder demo = scenario("demo traffic")
            .exec(feed(anyTenant()))
            .exec(randomSwitch()
                    .on(
                            percent(40).then(list),
                            percent(25).then(get),
                            percent(15).then(query),
                            percent(10).then(metrics),
                            percent(6).then(create),
                            percent(4).then(patch)));

    public DemoTrafficSimulation() {
        setUp(demo.injectOpen(
                        rampUsersPerSec(1).to(rate).during(RAMP_SECONDS),
                        constantUsersPerSec(rate).during(seconds)))
                .protocols(protocol)
                .maxDuration(seconds + RAMP_SECONDS + 30L)
                .assertions(
                        global().successfulRequests().percent().gte(99.9),
                        global().responseTime().percentile(50).lt(100),
                        global().responseTime().percentile(95).lt(200),
                        global().responseTime().percentile(99).lt(500));
    }

    /** The request about a known report, or the other one while none is known. */
    private static ChainBuilder knownOr(
            Function<Tenant, List<String>> reports, ChainBuilder otherwise, ChainBuilder request) {
        return exec(session -> {
                    List<String> ids = reports.apply(of(session));
                    return ids.isEmpty()
                            ? session.remove("id")
                            : session.set(
                                    "id", ids.get(ThreadLocalRandom.current().nextInt(ids.size())));
                })
                .doIfOrElse(session -> session.contains("id"))
                .then(request)
                .orElse(otherwise);
    }

    private static Session remember(Session session, List<String> known) {
        if (session.contains("ids") && known.size() < KNOWN_IDS) {
            known.addAll(session.<String>getList("ids"));
        }
        return session;
    }

    private static Tenant of(Session session) {
        return Objects.requireNonNull(session.get("tenant"));
    }

    private Iterator<Map<String, Object>> anyTenant() {
        return Stream.generate(() -> Map.<String, Object>of(
                        "tenant", tenants.get(ThreadLocalRandom.current().nextInt(tenants.size()))))
                .iterator();
    }

    private Tenant tenant(String name) {
        String given = System.getenv("HEADGATE_TOKEN_" + name.toUpperCase(Locale.ROOT));
        return new Tenant(
                given != null ? given : tokenFromLauncher(name),
                new CopyOnWriteArrayList<>(),
                new CopyOnWriteArrayList<>());
    }

    /** Maven may run this in its own directory or in the module's. */
    private static String nearestLauncher() {
        return Files.isExecutable(Path.of("headgate")) ? "./headgate" : "../headgate";
    }

    private String tokenFromLauncher(String tenant) {
        try {
            Process process = new ProcessBuilder(
                            launcher, "token", "--tenant", tenant, "--subject", "gatling", "--roles", "editor")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String token = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (process.waitFor() != 0 || token.isEmpty()) {
                throw new IllegalStateException(launcher + " token gave none for " + tenant);
            }
            return token;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("no HEADGATE_TOKEN_... for " + tenant + " and no launcher", e);
        }
    }
}

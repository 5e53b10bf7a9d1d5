package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The gateways that {@code ./headgate up} has started, found through the launcher, with a team and a route of the bench
 * in them that go again at the end.
 */
final class LiveStack implements AutoCloseable {
    /** The path of the bench's route at the edge. */
    static final String PATH = "/bench-live/items";

    private static final String TEAM = "bench-live";
    private static final String TEAM_URL = "/admin/v1/teams/platform/" + TEAM;
    private static final String ROUTE_URL = "/admin/v1/routes/" + TEAM + "/live";
    private static final String MARK = "X-Bench-Change";
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final List<Part> gateways;
    private final String token;
    private final int backend;
    private Optional<String> tag = Optional.empty();

    record Status(List<Part> parts) {}

    /** The members that the bench needs; others are ignored. */
    record Part(String name, String kind, String state, int edge, int admin) {}

    private LiveStack(List<Part> gateways, String token, int backend) {
        this.gateways = gateways;
        this.token = token;
        this.backend = backend;
    }

    /** Empty where no stack is up. */
    static Optional<LiveStack> find(Options options, int backend) throws Exception {
        String launcher = options.text("launcher");
        Optional<String> status = say(launcher, "status", "--json");
        if (status.isEmpty()) {
            return Optional.empty();
        }
        List<Part> gateways = Json.read(status.get(), Status.class).parts().stream()
                .filter(part -> part.kind().equals("gateway") && part.state().equals("up"))
                .toList();
        Optional<String> token =
                say(launcher, "token", "--tenant", "acme", "--subject", "bench", "--roles", "platform-admin");
        if (gateways.isEmpty() || token.isEmpty()) {
            return Optional.empty();
        }
        var stack = new LiveStack(gateways, token.get(), backend);
        stack.createTeam();
        return Optional.of(stack);
    }

    List<Part> gateways() {
        return gateways;
    }

    /** Has the route answer with this number in a header; returns when the admin API has taken it. */
    void change(int number) throws IOException, InterruptedException {
        var resource = HeadgateContestant.resource(
                "Route",
                TEAM,
                "live",
                Map.of(
                        "match", Map.of("path", "/bench-live/**"),
                        "upstream", Map.of("primary", "http://127.0.0.1:" + backend),
                        "filters", List.of("AddResponseHeader=" + MARK + "," + number),
                        "authz", Map.of("mode", "public")));
        tag = put(ROUTE_URL, resource, tag);
    }

    /** Whether this instance answers with the change that has this number. */
    boolean shows(Part gateway, int number) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + PATH))
                .timeout(TIMEOUT)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue(MARK)
                .map(Integer.toString(number)::equals)
                .orElse(false);
    }

    private void createTeam() throws IOException, InterruptedException {
        close(); // what a bench that was killed has left
        put(
                TEAM_URL,
                HeadgateContestant.resource(
                        "Team",
                        "platform",
                        TEAM,
                        Map.of("paths", List.of("/bench-live/**"), "upstreams", List.of("http://127.0.0.1:*"))),
                Optional.empty());
    }

    private Optional<String> put(String path, Map<String, Object> resource, Optional<String> ifMatch)
            throws IOException, InterruptedException {
        var request = admin(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(Json.line(resource)));
        ifMatch.ifPresent(value -> request.header("If-Match", value));
        var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException("PUT " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.headers().firstValue("ETag");
    }

    /** Removes the route and the team where they are; a second time does nothing. */
    @Override
    public void close() throws IOException, InterruptedException {
        for (String path : List.of(ROUTE_URL, TEAM_URL)) {
            var found = client.send(admin(path).GET().build(), HttpResponse.BodyHandlers.discarding());
            var etag = found.headers().firstValue("ETag");
            if (found.statusCode() == 200 && etag.isPresent()) {
                client.send(
                        admin(path).header("If-Match", etag.get()).DELETE().build(),
                        HttpResponse.BodyHandlers.discarding());
            }
        }
    }

    private HttpRequest.Builder admin(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateways.getFirst().admin() + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token);
    }

    private static Optional<String> say(String launcher, String... arguments) throws InterruptedException {
        var command = new ArrayList<>(List.of(launcher));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? Optional.of(said) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

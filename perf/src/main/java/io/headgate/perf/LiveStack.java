package io.headgate.perf;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The gateways that {@code ./headgate up} has started, found through the launcher, with a team and a route of the bench
 * in them that go again at the end.
 */
final class LiveStack implements AutoCloseable {
    /** The path of the bench's route at the edge. */
    static final String PATH = "/bench-live/items";

    private static final String TEAM = "bench-live";
    private static final String TEAM_URL = "/admin/v1/teams/platform/" + TEAM;
    private static final String ROUTES_URL = "/admin/v1/routes/" + TEAM + "/";
    private static final String ROUTE_URL = ROUTES_URL + "live";
    private static final int AT_ONCE = 4;
    private static final String POLICIES_URL = "/admin/v1/policy-sets/" + TEAM + "/live";

    /** The mode in which policies decide on the route. */
    static final String ENFORCE = "enforce";

    private static final String LIMIT_URL = "/admin/v1/rate-limits/" + TEAM + "/live";
    /** So many in a minute that none is missed. */
    private static final int LIMIT_BASE = 5_000_000;

    private static final String MARK = "X-Bench-Change";
    private static final String LIMIT_MARK = "RateLimit-Policy";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final Launcher launcher;
    private final List<StackPart> gateways;
    private final String token;
    private final String mode;
    private final int backend;
    private Optional<String> tag = Optional.empty();
    private Optional<String> limitTag = Optional.empty();
    private Optional<String> policiesTag = Optional.empty();

    /** What an instance says of the registry that it follows. */
    record RegistryAnswer(Registry registry) {
        record Registry(String state) {}
    }

    /** @param problem the type of the problem document; empty where it is none */
    record Answer(int status, String problem, Duration took) {}

    record ProblemBody(@Nullable String type) {}

    private LiveStack(Launcher launcher, List<StackPart> gateways, String token, String mode, int backend) {
        this.launcher = launcher;
        this.gateways = gateways;
        this.token = token;
        this.mode = mode;
        this.backend = backend;
    }

    /** With a route that asks nobody who they are; empty where no stack is up. */
    static Optional<LiveStack> find(Options options, int backend) throws Exception {
        return find(options, backend, "public");
    }

    /** @param mode of the route's authorization */
    static Optional<LiveStack> find(Options options, int backend, String mode) throws Exception {
        Launcher launcher = Launcher.of(options);
        List<StackPart> gateways = launcher.gateways();
        Optional<String> token =
                launcher.say("token", "--tenant", "acme", "--subject", "bench", "--roles", "platform-admin");
        if (gateways.isEmpty() || token.isEmpty()) {
            return Optional.empty();
        }
        var stack = new LiveStack(launcher, gateways, token.get(), mode, backend);
        stack.createTeam();
        return Optional.of(stack);
    }

    /** The stack that is up, or one with two instances that goes with the program. */
    static LiveStack foundOrStarted(Options options, int backend, String mode) throws Exception {
        Optional<LiveStack> up = find(options, backend, mode);
        if (up.isPresent()) {
            return up.get();
        }
        Launcher launcher = Launcher.of(options);
        if (launcher.say("up", "--instances", "2", "--detach").isEmpty()) {
            throw new IOException("no stack is up whole, and " + launcher.path() + " up starts none");
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> down(launcher)));
        return find(options, backend, mode).orElseThrow(() -> new IOException("the stack has no gateway"));
    }

    private static void down(Launcher launcher) {
        try {
            launcher.say("down");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    Launcher launcher() {
        return launcher;
    }

    List<StackPart> gateways() {
        return gateways;
    }

    /** Has the route answer with this number in a header; returns when the admin API has taken it. */
    void change(int number) throws IOException, InterruptedException {
        tag = put(ROUTE_URL, route(number), tag);
    }

    /** Puts the route under a limit that is larger by this number than it ever needs. */
    void changeLimit(int number) throws IOException, InterruptedException {
        limitTag = put(
                LIMIT_URL,
                BenchResources.resource(
                        "RateLimit",
                        TEAM,
                        "live",
                        Map.of(
                                "key",
                                List.of("ip"),
                                "appliesTo",
                                Map.of("routes", List.of(TEAM + "/live")),
                                "quota",
                                LIMIT_BASE + number,
                                "window",
                                "60s")),
                limitTag);
    }

    private Map<String, Object> route(int number) {
        return route("live", "/bench-live/**", number);
    }

    private Map<String, Object> route(String name, String path, int number) {
        return BenchResources.resource(
                "Route",
                TEAM,
                name,
                Map.of(
                        "match", Map.of("path", path),
                        "upstream", Map.of("primary", "http://127.0.0.1:" + backend),
                        "filters", List.of("AddResponseHeader=" + MARK + "," + number),
                        "authz", mode.equals(ENFORCE) ? BenchResources.enforced() : Map.of("mode", mode)));
    }

    /** Puts so many more routes there, one request each; returns how long all of them took. */
    Duration addRoutes(int count) throws IOException, InterruptedException {
        long since = System.nanoTime();
        inParallel(IntStream.range(0, count).boxed().toList(), number -> {
            String name = "beside-" + number;
            return put(ROUTES_URL + name, route(name, "/bench-live/" + name + "/**", number), Optional.empty());
        });
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private interface Asking<T> {
        Object of(T one) throws IOException, InterruptedException;
    }

    private static <T> void inParallel(List<T> all, Asking<T> asking) throws IOException, InterruptedException {
        try (var threads =
                Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().factory())) {
            for (Future<Object> done : threads.invokeAll(all.stream()
                    .<Callable<Object>>map(one -> () -> asking.of(one))
                    .toList())) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    /** Has those with this role pass the route, and nobody else. */
    void permit(String role) throws IOException, InterruptedException {
        policiesTag = put(POLICIES_URL, BenchResources.policies(TEAM, "live", role), policiesTag);
    }

    /** As {@link #change}, whatever comes of it. */
    Answer tryChange(int number) throws IOException, InterruptedException {
        long since = System.nanoTime();
        var response = client.send(
                putting(ROUTE_URL, route(number), Optional.of("*")).build(), HttpResponse.BodyHandlers.ofString());
        var took = Duration.ofNanos(System.nanoTime() - since);
        String type = response.statusCode() / 100 == 2
                ? null
                : Json.read(response.body(), ProblemBody.class).type();
        return new Answer(response.statusCode(), type == null ? "" : type, took);
    }

    /** What the edge of an instance answers on the bench's route to who sends these headers; 0 for no answer. */
    int ask(StackPart gateway, Map<String, String> headers) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + PATH))
                .timeout(PROBE_TIMEOUT);
        headers.forEach(request::header);
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    /** The state of the registry as an instance's status tells it; empty where it does not. */
    String registryState(StackPart gateway) throws InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.admin() + "/admin/v1/status"))
                .timeout(PROBE_TIMEOUT)
                .header("Authorization", "Bearer " + token);
        try {
            var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200
                    ? Json.read(response.body(), RegistryAnswer.class)
                            .registry()
                            .state()
                    : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** What the admin API of an instance says, as JSON of this type. */
    <T> T read(StackPart gateway, String path, Class<T> type) throws IOException, InterruptedException {
        return answered(gateway, path, "GET", type);
    }

    <T> T post(StackPart gateway, String path, Class<T> type) throws IOException, InterruptedException {
        return answered(gateway, path, "POST", type);
    }

    private <T> T answered(StackPart gateway, String path, String method, Class<T> type)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.admin() + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException(method + " " + path + ": " + response.statusCode() + " " + response.body());
        }
        return Json.read(response.body(), type);
    }

    /** Whether this instance answers with the change that has this number. */
    boolean shows(StackPart gateway, int number) throws IOException, InterruptedException {
        return header(gateway, MARK).map(Integer.toString(number)::equals).orElse(false);
    }

    /** Whether this instance counts by the limit that has this number. */
    boolean showsLimit(StackPart gateway, int number) throws IOException, InterruptedException {
        return header(gateway, LIMIT_MARK)
                .filter(policy -> policy.contains(";q=" + (LIMIT_BASE + number) + ";"))
                .isPresent();
    }

    private Optional<String> header(StackPart gateway, String name) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.edge() + PATH))
                .timeout(TIMEOUT)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue(name);
    }

    private void createTeam() throws IOException, InterruptedException {
        close(); // what a bench that was killed has left
        put(
                TEAM_URL,
                BenchResources.resource(
                        "Team",
                        "platform",
                        TEAM,
                        Map.of(
                                "paths",
                                List.of("/bench-live/**"),
                                "upstreams",
                                List.of("http://127.0.0.1:*"),
                                "resources",
                                List.of(BenchResources.TYPE))),
                Optional.empty());
        if (mode.equals(ENFORCE)) {
            permit("viewer");
        }
    }

    private Optional<String> put(String path, Map<String, Object> resource, Optional<String> ifMatch)
            throws IOException, InterruptedException {
        var response = client.send(putting(path, resource, ifMatch).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() / 100 != 2) {
            throw new IOException("PUT " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.headers().firstValue("ETag");
    }

    private HttpRequest.Builder putting(String path, Map<String, Object> resource, Optional<String> ifMatch) {
        var request = admin(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(Json.line(resource)));
        ifMatch.ifPresent(value -> request.header("If-Match", value));
        return request;
    }

    /** Removes the routes and the team where they are; a second time does nothing. */
    @Override
    public void close() throws IOException, InterruptedException {
        for (List<String> routes = routes(); !routes.isEmpty(); routes = routes()) {
            inParallel(routes, name -> delete(ROUTES_URL + name));
        }
        delete(LIMIT_URL);
        delete(POLICIES_URL);
        delete(TEAM_URL);
    }

    /** @param data one page of resources */
    record Page(List<Item> data) {
        record Item(Metadata metadata) {}

        record Metadata(String name) {}
    }

    private List<String> routes() throws IOException, InterruptedException {
        return read(gateways.getFirst(), "/admin/v1/routes?limit=500&team=" + TEAM, Page.class).data().stream()
                .map(item -> item.metadata().name())
                .toList();
    }

    /** @return where it is */
    String create(String path, Map<String, Object> body) throws IOException, InterruptedException {
        var request = admin(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.line(body)))
                .build();
        var response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 201) {
            throw new IOException("POST " + path + ": " + response.statusCode() + " " + response.body());
        }
        return response.headers()
                .firstValue("Location")
                .orElseThrow(() -> new IOException("POST " + path + ": no Location"));
    }

    int delete(String path) throws IOException, InterruptedException {
        return client.send(admin(path).header("If-Match", "*").DELETE().build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private HttpRequest.Builder admin(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateways.getFirst().admin() + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token);
    }
}

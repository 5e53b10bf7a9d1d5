package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.headgate.gateway.edge.RouteExplainer.Explained;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class EdgeTest {

    record Seen(String method, String uri, Map<String, String> headers) {}

    private static final List<Seen> seen = new CopyOnWriteArrayList<>();
    private static final java.util.concurrent.atomic.AtomicInteger requests =
            new java.util.concurrent.atomic.AtomicInteger();
    private static final HttpClient client = HttpClient.newHttpClient();
    private static DisposableServer backend;
    private static TestEdge edge;

    @BeforeAll
    static void start() {
        backend = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    Map<String, String> headers = new java.util.TreeMap<>(String.CASE_INSENSITIVE_ORDER);
                    request.requestHeaders().forEach(header -> headers.put(header.getKey(), header.getValue()));
                    seen.add(new Seen(request.method().name(), request.uri(), headers));
                    return response.header("X-Backend", "b")
                            .header("Access-Control-Allow-Origin", "https://backend.example.com")
                            .sendString(request.receive().aggregate().asString().defaultIfEmpty("ok"));
                })
                .bindNow();
        String upstream = "upstream: { primary: \"http://127.0.0.1:" + backend.port() + "\" }\n";
        edge = TestEdge.start("headgate.edge.max-body-size=1000", "headgate.edge.trusted-proxies=127.0.0.0/8")
                .route("demo/plain", "match: { path: /plain/**, methods: [GET, POST] }\n" + upstream)
                .route("demo/closed", """
                        match: { path: /closed/** }
                        test: { caller: true }
                        cors: { origins: ["https://app.example.com", "https://*.preview.example.com"], credentials: true, exposedHeaders: [X-Backend] }
                        lifecycle: { deprecated: 2026-12-01, sunset: 2027-03-01, successor: /api/v2 }
                        """ + upstream)
                .route("demo/stock", """
                        match: { path: "/stock/{id}/**" }
                        filters:
                          - StripPrefix=1
                          - AddRequestHeader=X-Id, id-{id}
                          - SetResponseHeader=X-Backend, changed
                          - { name: RewritePath, args: { regexp: "^/old/", replacement: "/new/" } }
                        """ + upstream)
                .route("demo/host", "match: { host: \"*.example.com\", path: /hosted }\n" + upstream);
    }

    @AfterAll
    static void stop() {
        edge.close();
        backend.disposeNow();
    }

    @BeforeEach
    void forget() {
        seen.clear();
        edge.records().completed.clear();
    }

    @Test
    void servesARouteAndTellsObserversOnce() {
        HttpResponse<String> answer = get("/plain/a?b=c%20d");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Backend")).contains("b");
        assertThat(seen).singleElement().satisfies(it -> assertThat(it.uri()).isEqualTo("/plain/a?b=c%20d"));
        EdgeRecord record = onlyRecord();
        assertThat(record.outcome()).isEqualTo(Outcome.COMPLETED);
        assertThat(record.step()).isEqualTo(EdgeOrder.UPSTREAM);
        assertThat(record.route().orElseThrow().id()).hasToString("demo/plain");
        assertThat(record.upstream().attempts()).isEqualTo(1);
    }

    @Test
    void aServiceOfTheGatewayItselfStandsBeforeEveryRouteAndBehindTheSameSteps() {
        edge.route(
                "demo/wide",
                "match: { path: /api/** }\nupstream: { primary: \"http://127.0.0.1:" + backend.port() + "\" }\n");

        HttpResponse<String> answer = get("/api/v1/greetings/one", "X-Test-Caller", "acme/ana");

        assertThat(answer.body()).isEqualTo("hello ana");
        EdgeRecord record = onlyRecord();
        assertThat(record.route().orElseThrow().id()).hasToString("platform/greeting");
        assertThat(record.step()).isEqualTo(EdgeOrder.UPSTREAM);
        assertThat(get("/api/v1/greetings/one").statusCode()).isEqualTo(401);
        HttpResponse<String> posted = send(request("/api/v1/greetings/one")
                .header("X-Test-Caller", "acme/ana")
                .POST(BodyPublishers.noBody()));
        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("Allow").orElseThrow())
                .contains("GET")
                .doesNotContain("POST");
        assertThat(get("/api/v1/greetingsandmore").body()).isEqualTo("ok");
        assertThat(edge.bean(RouteExplainer.class).explain("GET", "/api/v1/greetings/one", ""))
                .isInstanceOfSatisfying(Explained.Matched.class, matched -> {
                    assertThat(matched.route()).hasToString("platform/greeting");
                    assertThat(matched.steps().getLast().text())
                            .isEqualTo("the gateway serves platform/greeting itself");
                });
        edge.remove("demo/wide");
    }

    @Test
    void keepsAGoodRequestIdAndReplacesABadOneAndEchoesBoth() {
        assertThat(get("/plain/a", "X-Request-Id", "abc.1_2-3").headers().firstValue("X-Request-Id"))
                .contains("abc.1_2-3");
        String replaced = get("/plain/a", "X-Request-Id", "not good!")
                .headers()
                .firstValue("X-Request-Id")
                .orElseThrow();
        assertThat(replaced).matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(seen.getLast().headers()).containsEntry("x-request-id", replaced);
        assertThat(get("/nothing").headers().firstValue("X-Request-Id")).isPresent();
    }

    @Test
    void saysNotFoundAndNotAllowedApart() {
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        HttpResponse<String> answer = send(request("/plain/a").DELETE());
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD, POST");
        assertThat(answer.body()).contains("\"type\":\"/problems/method-not-allowed\"");
        assertThat(onlyRecord().step()).isEqualTo(EdgeOrder.MATCH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/plain/%2e%2e/closed", "/plain/a%2fb", "/plain//a", "/plain/a;b", "/plain/%252f", "/plain/%ff"})
    void refusesPathsOfTwoReadingsInHygiene(String path) {
        String answer = Wire.send(
                edge.port(),
                "GET " + path + " HTTP/1.1\r\nHost: a\r\nX-Request-Id: test-" + requests.incrementAndGet()
                        + "\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400").contains("/problems/ambiguous-path");
        assertThat(seen).isEmpty();
        assertThat(onlyRecord().step()).isEqualTo(EdgeOrder.HYGIENE);
    }

    @Test
    void forwardsThePathThatItMatched() {
        Wire.send(edge.port(), "GET /%70lain/%7ea%c3%a4?q=%7e HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        assertThat(seen).singleElement().satisfies(it -> assertThat(it.uri()).isEqualTo("/plain/~a%C3%A4?q=%7e"));
    }

    @Test
    void takesAwayWhatOnlyTheGatewayMaySay() {
        Wire.send(
                edge.port(),
                "GET /plain/a HTTP/1.1\r\nHost: a\r\nHeadgate-Caller: x\r\nheadgate_caller: x\r\nHEADGATE-Refused: x\r\n"
                        + "Headgate_Consistency: x\r\nAuthorization: Bearer x\r\nX-Api-Key: x\r\nConnection: close\r\n\r\n");

        assertThat(seen)
                .singleElement()
                .satisfies(it -> assertThat(it.headers().keySet())
                        .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("headgate"))
                        .doesNotContain("Authorization", "X-Api-Key"));
    }

    @Test
    void tellsTheBackendWhoCallsInAFormThatItCanVerify() throws Exception {
        get("/plain/a", "X-Test-Caller", "acme/ana");
        get("/plain/a", "X-Test-Caller", "acme/ana");

        SignedJWT jwt = SignedJWT.parse(seen.getFirst().headers().get("Headgate-Caller"));
        JWKSet keys = JWKSet.parse(get("/.well-known/headgate-jwks.json").body());
        var key = keys.getKeyByKeyId(jwt.getHeader().getKeyID()).toECKey();
        assertThat(key.isPrivate()).isFalse();
        assertThat(jwt.verify(new ECDSAVerifier(key))).isTrue();
        var claims = jwt.getJWTClaimsSet();
        assertThat(claims.getIssuer()).isEqualTo("headgate");
        assertThat(claims.getSubject()).isEqualTo("ana");
        assertThat(claims.getStringClaim("tenant")).isEqualTo("acme");
        assertThat(claims.getStringListClaim("roles")).containsExactly("analyst", "viewer");
        assertThat(claims.getAudience()).containsExactly("demo/plain");
        assertThat(claims.getExpirationTime().getTime() - claims.getIssueTime().getTime())
                .isEqualTo(60_000);
    }

    @Test
    void refusesBodiesAboveTheLimitWithAndWithoutALength() {
        HttpResponse<String> known = send(request("/plain/a").POST(BodyPublishers.ofString("x".repeat(1001))));
        assertThat(known.statusCode()).isEqualTo(413);
        assertThat(seen).isEmpty();

        String chunked = Wire.send(
                edge.port(),
                "POST /plain/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + "400\r\n" + "x".repeat(1024)
                        + "\r\n0\r\n\r\n");
        assertThat(chunked).startsWith("HTTP/1.1 413");
        assertThat(send(request("/plain/a").POST(BodyPublishers.ofString("x".repeat(1000))))
                        .body())
                .hasSize(1000);
    }

    @Test
    void answersInProblemsWhereTheHeadIsTooLarge() {
        String uri = Wire.send(edge.port(), "GET /plain/" + "x".repeat(17_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(uri).startsWith("HTTP/1.1 414").contains("/problems/uri-too-long");

        String headers =
                Wire.send(edge.port(), "GET /plain/a HTTP/1.1\r\nHost: a\r\nX-A: " + "x".repeat(140_000) + "\r\n\r\n");
        assertThat(headers).startsWith("HTTP/1.1 431").contains("/problems/headers-too-large");
        for (ProblemType type : List.of(ProblemType.URI_TOO_LONG, ProblemType.HEADERS_TOO_LARGE)) {
            await(() -> edge.records().completed.stream()
                    .anyMatch(it -> it.refusal().equals(java.util.Optional.of(type))));
        }
    }

    @Test
    void believesForwardingHeadersOfTrustedProxiesUpToTheFirstThatIsNot() {
        get("/plain/a", "X-Forwarded-For", "6.6.6.6, 203.0.113.9, 127.0.0.2", "X-Forwarded-Proto", "https");

        assertThat(onlyRecord().clientAddress()).isEqualTo("203.0.113.9");
        assertThat(seen.getFirst().headers())
                .containsEntry("x-forwarded-for", "6.6.6.6, 203.0.113.9, 127.0.0.2, 127.0.0.1")
                .containsEntry("x-forwarded-proto", "https");
    }

    @Test
    void matchesHostsWithoutPortAndCase() {
        assertThat(hosted("A.Example.com:8080")).startsWith("HTTP/1.1 200");
        assertThat(hosted("example.org")).startsWith("HTTP/1.1 404");
        assertThat(hosted("example.com")).startsWith("HTTP/1.1 404");
    }

    private static String hosted(String host) {
        return Wire.send(edge.port(), "GET /hosted HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    }

    @Test
    void runsStockFiltersOnRequestAndAnswer() {
        HttpResponse<String> answer = get("/stock/old/x");

        assertThat(seen).singleElement().satisfies(it -> {
            assertThat(it.uri()).isEqualTo("/new/x");
            assertThat(it.headers()).containsEntry("X-Id", "id-old");
        });
        assertThat(answer.headers().allValues("X-Backend")).containsExactly("changed");
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example.com, GET, 204",
        "https://a.preview.example.com, DELETE, 204",
        "https://evil.example, GET, 403",
        "https://evil/.preview.example.com, GET, 403"
    })
    void answersPreflightsForTheRouteThatThePageAsksAbout(String origin, String method, int status) {
        HttpResponse<String> answer =
                send(request("/closed/a", "Origin", origin, "Access-Control-Request-Method", method)
                        .method("OPTIONS", BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                .isEqualTo(status == 204 ? java.util.Optional.of(origin) : java.util.Optional.empty());
        assertThat(seen).isEmpty();
    }

    @Test
    void letsPagesReadRefusalsToo() {
        HttpResponse<String> answer = get("/closed/a", "Origin", "https://app.example.com");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Access-Control-Allow-Origin")).contains("https://app.example.com");
        assertThat(answer.headers().firstValue("Access-Control-Allow-Credentials"))
                .contains("true");
        assertThat(answer.headers().firstValue("Vary").orElseThrow()).contains("Origin");
        assertThat(onlyRecord().step()).isEqualTo(EdgeOrder.AUTHENTICATE);
    }

    @Test
    void aBackendDoesNotAnswerBrowsersWhereTheGatewayDoes() {
        HttpResponse<String> allowed = get("/closed/a", "Origin", "https://app.example.com", "X-Test-Caller", "a/b");
        assertThat(allowed.headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://app.example.com");
        assertThat(allowed.headers().firstValue("Access-Control-Expose-Headers"))
                .contains("x-backend");

        HttpResponse<String> other = get("/closed/a", "Origin", "https://evil.example", "X-Test-Caller", "a/b");
        assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
    }

    @Test
    void tellsOfTheEndOfARoute() {
        HttpResponse<String> answer = get("/closed/a", "X-Test-Caller", "a/b");

        assertThat(answer.headers().firstValue("Deprecation")).contains("@1796083200");
        assertThat(answer.headers().firstValue("Sunset")).contains("Mon, 01 Mar 2027 00:00:00 GMT");
        assertThat(answer.headers().firstValue("Link")).contains("</api/v2>; rel=\"successor-version\"");
    }

    @Test
    void explainsEveryProblemToPeopleAndPrograms() {
        for (ProblemType type : ProblemType.values()) {
            assertThat(get(type.path()).body()).contains("\"type\":\"" + type.path() + "\"");
            assertThat(get(type.path(), "Accept", "text/html").body()).contains("<h1>" + type.title());
        }
        assertThat(get("/problems").body()).contains("no-route");
        assertThat(get("/problems", "Accept", "text/html").body()).contains("<table>");
        assertThat(get("/problems/none").statusCode()).isEqualTo(404);
        assertThat(send(request("/problems").DELETE()).statusCode()).isEqualTo(405);
    }

    @Test
    void aChangedRouteServesItsNewFormAndARemovedOneNone() {
        String upstream = "upstream: { primary: \"http://127.0.0.1:" + backend.port() + "\" }\n";
        edge.route("demo/changing", "match: { path: /before }\n" + upstream);
        assertThat(get("/before").statusCode()).isEqualTo(200);
        edge.route("demo/changing", "match: { path: /after }\n" + upstream);
        assertThat(get("/before").statusCode()).isEqualTo(404);
        assertThat(get("/after").statusCode()).isEqualTo(200);
        edge.remove("demo/changing");
        assertThat(get("/after").statusCode()).isEqualTo(404);
    }

    @Test
    void explainsWhatWouldBecomeOfARequest() {
        RouteExplainer explainer = edge.bean(RouteExplainer.class);

        assertThat(explainer.explain("GET", "/a/../b", "h")).isInstanceOf(Explained.Refused.class);
        assertThat(explainer.explain("DELETE", "/plain/a", "h"))
                .isInstanceOfSatisfying(Explained.Unmatched.class, it -> {
                    assertThat(it.allowed()).containsExactly("GET", "HEAD", "POST");
                    assertThat(it.candidates()).hasSize(1);
                });
        assertThat(explainer.explain("GET", "/stock/7/x", "h")).isInstanceOfSatisfying(Explained.Matched.class, it -> {
            assertThat(it.route()).hasToString("demo/stock");
            assertThat(it.steps())
                    .extracting(step -> step.order())
                    .isSorted()
                    .contains(EdgeOrder.STOCK, EdgeOrder.UPSTREAM);
        });
    }

    @Test
    void aClientThatGoesAwayIsSeenOnce() throws Exception {
        DisposableServer silent = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((in, out) -> Mono.never())
                .bindNow();
        edge.route(
                "demo/silent",
                "match: { path: /silent }\nupstream: { primary: \"http://127.0.0.1:" + silent.port() + "\" }\n");
        try (var socket = new java.net.Socket("127.0.0.1", edge.port())) {
            socket.getOutputStream()
                    .write("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n"
                            .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            await(() -> edge.records().started.stream()
                    .anyMatch(it -> isSilent(it) && it.upstream().attempts() == 1));
        }
        await(() -> edge.records().completed.stream().anyMatch(EdgeTest::isSilent));
        assertThat(edge.records().completed.stream().filter(EdgeTest::isSilent))
                .extracting(EdgeRecord::outcome)
                .containsExactly(Outcome.CANCELLED);
        silent.disposeNow();
        edge.remove("demo/silent");
    }

    private static boolean isSilent(EdgeRecord record) {
        return record.route().filter(it -> it.id().name().equals("silent")).isPresent();
    }

    /** Of the request that was sent last; earlier ones may still be reported meanwhile. */
    private static EdgeRecord onlyRecord() {
        await(() -> ofLast().findAny().isPresent());
        assertThat(ofLast()).hasSize(1);
        return ofLast().findFirst().orElseThrow();
    }

    private static java.util.stream.Stream<EdgeRecord> ofLast() {
        return edge.records().completed.stream().filter(it -> it.requestId().equals("test-" + requests.get()));
    }

    private static void await(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it never came").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static HttpResponse<String> get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    private static HttpRequest.Builder request(String path, String... headers) {
        var builder = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("X-Request-Id", "test-" + requests.incrementAndGet());
        for (int i = 0; i < headers.length; i += 2) {
            builder.setHeader(headers[i], headers[i + 1]);
        }
        return builder;
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (java.io.IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}

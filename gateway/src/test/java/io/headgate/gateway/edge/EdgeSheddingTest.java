package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeOrder;
import io.headgate.gateway.admin.Awaited;
import io.headgate.ratelimit.LimitInsight;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.FlowAdapters;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Backends that may have four requests at once, three of them default ones. */
class EdgeSheddingTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Sinks.One<String> held = Sinks.one();
    private final AtomicInteger uploads = new AtomicInteger();
    private final DisposableServer backend = backend();
    private final DisposableServer canary = backend();
    private final TestEdge edge = TestEdge.start(
                    "headgate.limits.shedding.min-limit=4", "headgate.limits.shedding.max-limit=4")
            .route("demo/standard", route("/standard/**", backend, ""))
            .route("demo/critical", route("/critical/**", backend, "rateLimit: { criticality: critical }\n"))
            .route("demo/elsewhere", route("/elsewhere/**", canary, ""));

    private DisposableServer backend() {
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get("/{route}/held", (in, out) -> out.sendString(held.asMono()))
                        .get(
                                "/{route}/events",
                                (in, out) -> out.sse()
                                        .sendString(Flux.just("data: first\n\n").concatWith(Flux.never())))
                        .post("/{route}/upload", (in, out) -> {
                            uploads.incrementAndGet();
                            return out.sendString(in.receive().aggregate().asString());
                        })
                        .get("/{route}/quick", (in, out) -> out.sendString(Mono.just("quick"))))
                .bindNow();
    }

    private static String route(String path, DisposableServer upstream, String more) {
        return "match: { path: \"" + path + "\" }\n" + more + "upstream: { primary: \"http://127.0.0.1:"
                + upstream.port() + "\", timeouts: { response: 60s } }\n";
    }

    @AfterEach
    void stop() {
        edge.close();
        backend.disposeNow();
        canary.disposeNow();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.port() + path))
                .header("X-Test-Caller", "acme/ana");
    }

    private HttpResponse<String> get(String path) {
        return CLIENT.sendAsync(request(path).build(), BodyHandlers.ofString()).join();
    }

    private List<CompletableFuture<HttpResponse<String>>> hold(int requests) {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            answers.add(CLIENT.sendAsync(request("/standard/held").build(), BodyHandlers.ofString()));
        }
        awaitUnderWay(requests);
        return answers;
    }

    private void awaitUnderWay(int requests) {
        Awaited.until(requests + " requests are under way", () -> underWay() == requests);
    }

    private int underWay() {
        int all = 0;
        for (var upstream :
                edge.bean(LimitInsight.class).state().path("shedding").path("upstreams")) {
            all += upstream.path("under_way").asInt();
        }
        return all;
    }

    @Test
    void shedsWhatABackendHasNoRoomForAndNothingElse() {
        List<CompletableFuture<HttpResponse<String>>> answers = hold(3);

        HttpResponse<String> shed = get("/standard/quick");

        assertThat(shed.statusCode()).isEqualTo(503);
        assertThat(shed.body()).contains("\"type\":\"/problems/overloaded\"", "\"retry_after\":");
        assertThat(Integer.parseInt(shed.headers().firstValue("Retry-After").orElse("")))
                .isBetween(1, 3);
        assertThat(get("/critical/quick").statusCode()).as("a critical request").isEqualTo(200);
        assertThat(get("/elsewhere/quick").statusCode()).as("another backend").isEqualTo(200);

        held.tryEmitValue("at last");
        answers.forEach(answer -> assertThat(answer.join().body()).isEqualTo("at last"));
        assertThat(get("/standard/quick").statusCode()).isEqualTo(200);
        awaitUnderWay(0);
    }

    @Test
    void aClientThatGoesAwayLeavesItsPlace() {
        List<CompletableFuture<HttpResponse<String>>> answers = hold(3);

        answers.forEach(answer -> answer.cancel(true));

        awaitUnderWay(0);
        assertThat(get("/standard/quick").statusCode()).isEqualTo(200);
    }

    @Test
    void streamsHoldNoPlaceOnceTheyHaveBegun() throws Exception {
        List<InputStream> streams = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            HttpResponse<InputStream> stream =
                    CLIENT.send(request("/standard/events").build(), BodyHandlers.ofInputStream());
            assertThat(stream.statusCode()).as("stream %s", i).isEqualTo(200);
            streams.add(stream.body());
        }

        assertThat(underWay()).isZero();
        assertThat(get("/standard/quick").statusCode()).isEqualTo(200);
        for (InputStream stream : streams) {
            stream.close();
        }
    }

    @Test
    void uploadsHoldNoPlaceUntilTheBackendHasThem() {
        Sinks.Many<byte[]> slow = Sinks.many().unicast().onBackpressureBuffer();
        var body = HttpRequest.BodyPublishers.fromPublisher(
                FlowAdapters.toFlowPublisher(slow.asFlux().map(ByteBuffer::wrap)));
        CompletableFuture<HttpResponse<String>> upload =
                CLIENT.sendAsync(request("/standard/upload").POST(body).build(), BodyHandlers.ofString());
        slow.tryEmitNext("hello".getBytes(StandardCharsets.US_ASCII));
        Awaited.until("the upload has begun", () -> uploads.get() == 1);
        List<CompletableFuture<HttpResponse<String>>> answers = hold(3);

        slow.tryEmitComplete();

        assertThat(upload.join().body()).isEqualTo("hello");
        held.tryEmitValue("at last");
        answers.forEach(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
    }

    @Test
    void saysWhatARoutesCriticalityMeans() {
        var explained = edge.bean(RouteExplainer.class).explain("GET", "/critical/x", "h");

        assertThat(explained)
                .isInstanceOfSatisfying(
                        RouteExplainer.Explained.Matched.class,
                        matched -> assertThat(matched.steps())
                                .filteredOn(step -> step.order() == EdgeOrder.SHED)
                                .singleElement()
                                .satisfies(step -> assertThat(step.text()).startsWith("critical: 503 once 100%")));
    }
}

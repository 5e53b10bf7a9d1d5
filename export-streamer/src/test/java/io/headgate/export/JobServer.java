package io.headgate.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import io.headgate.api.DatasetSpec;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;

/** The services of jobs behind a server, as the edge would have them; who calls is said in a header. */
final class JobServer implements AutoCloseable {

    private static final String WHO = "X-Who";

    private final List<JobService> services;
    private final DisposableServer server;
    final HttpClient client = HttpClient.newHttpClient();

    JobServer(Jobs jobs) {
        JobEndpoints endpoints = jobs.endpoints(new PlainOrders());
        this.services = List.of(
                endpoints.creating(),
                endpoints.listing(),
                endpoints.webhookSecrets(),
                endpoints.reading(),
                endpoints.ending(),
                endpoints.watching(),
                endpoints.deliveries(),
                endpoints.handingOut());
        var handler = WebHttpHandlerBuilder.webHandler((WebHandler) this::handle)
                .exceptionHandlers(handlers -> handlers.add(new ProblemHandler()))
                .build();
        this.server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
    }

    /** The narrowest path first, as the edge's index has it. */
    private Mono<Void> handle(ServerWebExchange exchange) {
        String[] path = PathTemplate.split(exchange.getRequest().getURI().getRawPath());
        RequestId.KEY.put(exchange, new RequestId("request-1"));
        Optional.ofNullable(exchange.getRequest().getHeaders().getFirst(WHO))
                .ifPresent(who -> Caller.KEY.put(exchange, caller(who.split("/"))));
        return services.stream()
                .filter(service -> service.route().path().matches(path)
                        && service.route()
                                .methods()
                                .contains(exchange.getRequest().getMethod()))
                .min(Comparator.comparingInt(
                        service -> service.route().path().variableNames().size()))
                .map(service -> service.isPublic() || Caller.KEY.find(exchange).isPresent()
                        ? service.serve(exchange)
                        : Mono.<Void>error(new Problem.Unauthenticated("").asException()))
                .orElseGet(() -> Mono.error(
                        Problem.of(ProblemType.NO_ROUTE, "no service").asException()));
    }

    private static Caller caller(String[] who) {
        return new Caller(
                who[0],
                who[1],
                who.length > 2 ? Set.of(who[2]) : Set.of(),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Set.of(),
                "credential",
                Instant.MAX);
    }

    /** Reads a dataset, and a filter that stands for the query; one dataset is nobody's to export. */
    private static final class PlainOrders implements JobOrders {

        @Override
        public Mono<ExportOrder> order(ServerWebExchange exchange, byte[] parameters, boolean gzip) {
            Caller caller = Caller.KEY.get(exchange);
            JsonNode asked = Job.JSON.readTree(parameters);
            if (!asked.path("dataset").isString()) {
                return Mono.error(new Problem.InvalidQuery(
                                List.of(new SpecProblem("/dataset", "not there (expected: team/name of a dataset)")))
                        .asException());
            }
            if (asked.path("dataset").stringValue().equals("reports/secret")) {
                return Mono.error(new Problem.Forbidden("no", Optional.empty()).asException());
            }
            ExportOrder plain = JobFixture.order(
                    caller.tenant(), caller.subject(), asked.path("filter").stringValue("all"));
            return Mono.just(new ExportOrder(
                    ResourceId.parse(asked.path("dataset").stringValue()),
                    plain.tenant(),
                    plain.subject(),
                    plain.query(),
                    plain.columns(),
                    DatasetSpec.Format.CSV,
                    ZoneOffset.UTC,
                    plain.csv(),
                    gzip,
                    plain.consistency()));
        }

        @Override
        public Mono<OptionalLong> reckon(ExportOrder order) {
            return Mono.just(OptionalLong.empty());
        }
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    int port() {
        return server.port();
    }

    HttpResponse<byte[]> send(String method, String path, @Nullable String who, String body, String... headers) {
        var request = HttpRequest.newBuilder(uri(path))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (who != null) {
            request.header(WHO, who);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    HttpResponse<byte[]> get(String path, @Nullable String who, String... headers) {
        return send("GET", path, who, "", headers);
    }

    /** @return where the job is */
    String create(String who) {
        HttpResponse<byte[]> created = send("POST", JobService.ROOT, who, "{\"dataset\":\"reports/events\"}");
        assertThat(created.statusCode()).as(new String(created.body(), UTF_8)).isEqualTo(202);
        return created.headers().firstValue("Location").orElseThrow();
    }

    JsonNode awaitCompleted(String self, String who) {
        Eventually.until(
                self + " is complete",
                () -> json(get(self, who)).path("state").stringValue().equals("completed"));
        return json(get(self, who));
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        return Job.JSON.readTree(response.body());
    }

    @Override
    public void close() {
        client.shutdownNow(); // what a broken answer keeps it waiting for is not waited for
        server.disposeNow();
    }
}

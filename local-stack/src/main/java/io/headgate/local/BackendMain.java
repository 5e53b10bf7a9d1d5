package io.headgate.local;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A demo backend's process: HTTP around one of the two services. */
final class BackendMain {

    static final String CALLER_HEADER = "Headgate-Caller";
    static final String NODE_HEADER = "X-Backend-Node";
    static final String LEGACY_HEADER = "Headgate-Legacy-Decision";

    private static final Logger log = LoggerFactory.getLogger(BackendMain.class);
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_NESTING = 32;
    private static final Duration KEYS_LIMIT = Duration.ofSeconds(2);
    private static final String READ_ONLY_STATE = "25006";
    private static final String BAD_DATA_CLASS = "22";

    static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_NESTING)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    /** One of the demo's services. */
    interface Service {
        Mono<BackendAnswer> handle(BackendCall call);
    }

    private final String node;
    private final DemoDatabase database;
    private final CallerVerifier callers;
    private final Service service;

    private BackendMain(String node, DemoDatabase database, CallerVerifier callers, Service service) {
        this.node = node;
        this.database = database;
        this.callers = callers;
        this.service = service;
    }

    /** @param args kind, node's name, port, database's port, addresses of the gateways' keys */
    public static void main(String[] args) throws InterruptedException {
        start(args[0], args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), List.of(args[4].split(",")));
        new CountDownLatch(1).await(); // the server's own threads do not keep the program alive
    }

    static DisposableServer start(String kind, String node, int port, int databasePort, List<String> keyUrls) {
        var database = new DemoDatabase(databasePort);
        Service service = switch (kind) {
            case "reports" -> new ReportsBackend(database);
            case "metrics" -> new MetricsBackend(database);
            default -> throw new IllegalArgumentException(kind + " (expected: reports or metrics)");
        };
        var callers = new CallerVerifier(kind + "/", keyUrls, BackendMain::keys, Clock.systemUTC());
        callers.fetchAhead();
        return HttpServer.create()
                .host(Ports.HOST)
                .port(port)
                .handle(new BackendMain(node, database, callers, service)::handle)
                .bindNow();
    }

    private static Mono<String> keys(String url) {
        return HttpClient.create()
                .responseTimeout(KEYS_LIMIT)
                .get()
                .uri(url)
                .responseSingle((response, body) -> response.status().code() == 200
                        ? body.asString()
                        : Mono.error(new IllegalStateException("status " + response.status())));
    }

    private Mono<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        var uri = new QueryStringDecoder(request.uri(), StandardCharsets.UTF_8);
        Mono<BackendAnswer> answer = uri.path().equals("/healthz") ? health() : serve(request, uri);
        return answer.onErrorResume(e -> Mono.just(answerOf(e))).flatMap(it -> write(request, response, it));
    }

    private Mono<BackendAnswer> health() {
        return database.number(new Predicates().append("SELECT count(*) FROM demo_loaded"))
                .map(loaded -> loaded < 2
                        ? BackendAnswer.error(503, "the demo's data is not here yet")
                        : BackendAnswer.of(200, JSON.createObjectNode().put("node", node)));
    }

    private Mono<BackendAnswer> serve(HttpServerRequest request, QueryStringDecoder uri) {
        String header = request.requestHeaders().get(CALLER_HEADER, "");
        return callers.verify(header)
                .flatMap(caller -> service.handle(new BackendCall(
                        request.method().name().equals("HEAD")
                                ? "GET"
                                : request.method().name(),
                        uri.path(),
                        uri.parameters(),
                        body(request),
                        caller)));
    }

    private static Mono<JsonNode> body(HttpServerRequest request) {
        return request.receive()
                .reduceWith(ByteArrayOutputStream::new, BackendMain::append)
                .map(bytes -> {
                    try {
                        return JSON.readTree(bytes.toByteArray());
                    } catch (JacksonException e) {
                        throw new BadRequest("the body is not JSON: " + e.getOriginalMessage());
                    }
                });
    }

    private static ByteArrayOutputStream append(ByteArrayOutputStream bytes, ByteBuf chunk) {
        if (bytes.size() + chunk.readableBytes() > MAX_BODY) {
            throw new BadRequest("the body is longer than " + MAX_BODY + " bytes");
        }
        byte[] copy = new byte[chunk.readableBytes()];
        chunk.readBytes(copy);
        bytes.writeBytes(copy);
        return bytes;
    }

    private static BackendAnswer answerOf(Throwable e) {
        return switch (e) {
            case BadRequest bad -> BackendAnswer.error(400, String.valueOf(bad.getMessage()));
            case CallerVerifier.Unauthenticated no -> BackendAnswer.error(401, String.valueOf(no.getMessage()));
            case CallerVerifier.KeysUnavailable none -> unavailable("the gateway's keys", none);
            case R2dbcDataIntegrityViolationException bad -> BackendAnswer.error(422, "the data does not allow it");
            case R2dbcException failed
            when READ_ONLY_STATE.equals(failed.getSqlState()) ->
                BackendAnswer.error(409, "this node is a replica and takes no writes");
            case R2dbcException failed
            when sqlState(failed).startsWith(BAD_DATA_CLASS) -> BackendAnswer.error(400, "a value is out of range");
            case R2dbcException failed -> unavailable("the database", failed);
            case TimeoutException late -> unavailable("the database", late);
            default -> {
                log.error("unexpected failure", e);
                yield BackendAnswer.error(500, "internal error");
            }
        };
    }

    private static BackendAnswer unavailable(String what, Exception e) {
        log.atWarn().addKeyValue("reason", e.toString()).log("{} not available", what);
        return BackendAnswer.error(503, "not available: " + what);
    }

    private static String sqlState(R2dbcException e) {
        return Optional.ofNullable(e.getSqlState()).orElse("");
    }

    private Mono<Void> write(HttpServerRequest request, HttpServerResponse response, BackendAnswer answer) {
        response.status(answer.status()).header(NODE_HEADER, node);
        answer.legacyDecision().ifPresent(word -> response.header(LEGACY_HEADER, word));
        return answer.body()
                .map(body -> {
                    byte[] bytes = JSON.writeValueAsBytes(body);
                    response.header(HttpHeaderNames.CONTENT_TYPE, "application/json")
                            .header(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length));
                    return request.method().name().equals("HEAD")
                            ? response.send()
                            : response.sendByteArray(Mono.just(bytes)).then();
                })
                .orElseGet(response::send);
    }
}

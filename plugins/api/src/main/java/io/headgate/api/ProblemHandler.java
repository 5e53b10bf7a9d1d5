package io.headgate.api;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** The one place that writes error answers: a problem document, or a status with trailers where the client speaks gRPC. */
@Order(-2) // before the framework's own handler, which renders in another shape
public final class ProblemHandler implements WebExceptionHandler {

    private static final Logger log = LoggerFactory.getLogger(ProblemHandler.class);
    private static final String GRPC = "application/grpc";
    /** What an answer that was begun says of a body that will not come. */
    private static final List<String> OF_ANOTHER_BODY = List.of(
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.TRANSFER_ENCODING,
            HttpHeaders.CONTENT_ENCODING,
            HttpHeaders.CONTENT_LANGUAGE,
            HttpHeaders.CONTENT_DISPOSITION,
            HttpHeaders.CONTENT_RANGE,
            HttpHeaders.ACCEPT_RANGES,
            HttpHeaders.ETAG,
            HttpHeaders.LAST_MODIFIED,
            HttpHeaders.EXPIRES,
            "Content-Digest",
            "Repr-Digest");

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable error) {
        Problem problem = problemOf(exchange, error);
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(error); // bytes have left: the connection must break, so that what was sent looks broken
        }
        OF_ANOTHER_BODY.forEach(response.getHeaders()::remove);
        problem.headers().forEach(response.getHeaders()::set);
        return isGrpc(exchange.getRequest()) ? writeGrpc(response, problem) : writeDocument(exchange, problem);
    }

    /** What a failure means to the client; what is not a problem of ours yet becomes one here. */
    public static Problem problemOf(ServerWebExchange exchange, Throwable error) {
        if (error instanceof ProblemException refused) {
            return refused.problem();
        }
        if (error instanceof ResponseStatusException status
                && status.getStatusCode().is4xxClientError()) {
            return ofStatus(status.getStatusCode());
        }
        log.atError()
                .addKeyValue(
                        "requestId",
                        RequestId.KEY.find(exchange).map(RequestId::value).orElse(""))
                .setCause(error)
                .log("request failed unexpectedly");
        return Problem.of(ProblemType.INTERNAL, "The gateway failed unexpectedly.");
    }

    private static Problem ofStatus(HttpStatusCode status) {
        return switch (status.value()) {
            case 404 -> Problem.of(ProblemType.NOT_FOUND, "There is nothing at this path.");
            case 405 -> Problem.of(ProblemType.METHOD_NOT_ALLOWED, "This path does not take this method.");
            case 413 -> Problem.of(ProblemType.BODY_TOO_LARGE, "The body is larger than this place takes.");
            case 415 -> Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "This media type is not read here.");
            default -> Problem.of(ProblemType.MALFORMED_REQUEST, "The request cannot be read.");
        };
    }

    private static Mono<Void> writeDocument(ServerWebExchange exchange, Problem problem) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("type", problem.type().path());
        document.put("title", problem.type().title());
        document.put("status", problem.type().status());
        document.put("detail", problem.detail());
        RequestId.KEY.find(exchange).ifPresent(id -> document.put("instance", id.value()));
        document.putAll(problem.members());
        byte[] body = JSON.writeValueAsBytes(document);

        ServerHttpResponse response = exchange.getResponse();
        response.setRawStatusCode(problem.type().status());
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.CONTENT_TYPE, "application/problem+json");
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.setContentLength(body.length);
        return exchange.getRequest().getMethod() == HttpMethod.HEAD
                ? response.setComplete()
                : response.writeWith(Mono.just(response.bufferFactory().wrap(body)));
    }

    private static boolean isGrpc(ServerHttpRequest request) {
        String type = request.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE);
        return type != null && type.startsWith(GRPC) && (type.length() == GRPC.length() || isEndOfGrpc(type));
    }

    /** What may follow: a message format or a parameter, but not the {@code -web} of a protocol without trailers. */
    private static boolean isEndOfGrpc(String type) {
        char next = type.charAt(GRPC.length());
        return next == '+' || next == ';' || next == ' ';
    }

    private static Mono<Void> writeGrpc(ServerHttpResponse response, Problem problem) {
        response.setRawStatusCode(200);
        HttpHeaders headers = response.getHeaders();
        headers.set(HttpHeaders.CONTENT_TYPE, GRPC);
        headers.set("grpc-status", Integer.toString(grpcStatus(problem.type())));
        headers.set("grpc-message", UriUtils.encode(problem.type().title(), StandardCharsets.UTF_8));
        return response.setComplete();
    }

    /** The status code by which a problem goes to a client that speaks gRPC. */
    public static int grpcStatus(ProblemType type) {
        return switch (type.status()) {
            case 401 -> 16; // UNAUTHENTICATED
            case 403 -> 7; // PERMISSION_DENIED
            case 404, 405 -> 12; // UNIMPLEMENTED, as clients read a path that nobody serves
            case 409, 412 -> 10; // ABORTED
            case 413, 429 -> 8; // RESOURCE_EXHAUSTED
            case 502, 503 -> 14; // UNAVAILABLE
            case 408, 504 -> 4; // DEADLINE_EXCEEDED
            case 500 -> 13; // INTERNAL
            default -> 3; // INVALID_ARGUMENT
        };
    }
}

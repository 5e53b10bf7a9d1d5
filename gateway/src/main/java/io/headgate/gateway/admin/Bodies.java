package io.headgate.gateway.admin;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.gateway.registry.Documents;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

/** Takes in a body as far as it may go, and has it read off the event loop, where a large one would hold up traffic. */
final class Bodies {

    private static final Set<String> YAML = Set.of("yaml", "x-yaml");

    private final Documents documents;
    private final Duration timeout;

    Bodies(Documents documents, Duration timeout) {
        this.documents = documents;
        this.timeout = timeout;
    }

    /** The body of a write. */
    Mono<JsonNode> document(ServerRequest request) {
        return read(request, documents.maxDocument(), (body, format) -> Views.submitted(documents.one(body, format)));
    }

    /** The body of a dry run. */
    Mono<List<JsonNode>> batch(ServerRequest request) {
        return read(
                request,
                documents.maxBatch(),
                (body, format) -> documents.all(body, format).stream()
                        .map(Views::submitted)
                        .toList());
    }

    /**
     * What is refused is refused after its body has come in, within the same bounds: many clients, Java's own among
     * them, hang when they are answered while they still send.
     */
    Mono<Void> discard(ServerRequest request) {
        if (request.headers().firstHeader(HttpHeaders.EXPECT) != null) {
            return Mono.empty(); // that client waits for the answer before it sends
        }
        Flux<DataBuffer> rest = request.exchange().getRequest().getBody();
        return DataBufferUtils.takeUntilByteCount(rest, documents.maxBatch().toBytes())
                .doOnNext(DataBufferUtils::release)
                .then()
                .timeout(timeout)
                .onErrorComplete(); // it was read already, or will not come
    }

    private <T> Mono<T> read(ServerRequest request, DataSize max, BiFunction<byte[], Documents.Format, T> reading) {
        Documents.Format format = format(request);
        if (request.headers().contentLength().orElse(0) > max.toBytes()) {
            throw tooLarge(max);
        }
        ServerHttpRequest sent = request.exchange().getRequest();
        return DataBufferUtils.join(sent.getBody(), (int) max.toBytes())
                .timeout(timeout)
                .onErrorMap(DataBufferLimitException.class, e -> tooLarge(max))
                .onErrorMap(TimeoutException.class, e -> tooSlow())
                .map(Bodies::bytes)
                .defaultIfEmpty(new byte[0])
                .publishOn(Schedulers.parallel())
                .map(body -> reading.apply(body, format));
    }

    private static Documents.Format format(ServerRequest request) {
        String sent = String.valueOf(request.headers().firstHeader(HttpHeaders.CONTENT_TYPE));
        MediaType type = mediaType(sent);
        String subtype = type.getSubtype();
        if (isText(type) && (YAML.contains(subtype) || subtype.endsWith("+yaml"))) {
            return Documents.Format.YAML;
        }
        if (isText(type) && (subtype.equals("json") || subtype.endsWith("+json"))) {
            return Documents.Format.JSON;
        }
        throw Problem.of(
                        ProblemType.UNSUPPORTED_MEDIA_TYPE,
                        "Content-Type: " + Refusals.excerpt(sent) + " (expected: application/json or application/yaml)")
                .asException();
    }

    private static MediaType mediaType(String text) {
        try {
            return MediaType.parseMediaType(text);
        } catch (InvalidMediaTypeException e) {
            return MediaType.APPLICATION_OCTET_STREAM;
        }
    }

    private static boolean isText(MediaType type) {
        return type.getType().equals("application") || type.getType().equals("text");
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    private static ProblemException tooLarge(DataSize max) {
        return Problem.of(ProblemType.BODY_TOO_LARGE, "More than " + max.toBytes() + " bytes (expected: at most that).")
                .asException();
    }

    private ProblemException tooSlow() {
        return Refusals.malformed("The body did not arrive within " + timeout.toMillis() + " ms.");
    }
}

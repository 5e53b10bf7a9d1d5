package io.headgate.export;

import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.SpecProblem;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads what is asked for in a body: what jobs alone know of is taken out, the rest are parameters of the export. */
final class JobBodies {

    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final int MAX_KEY = 255;

    /**
     * @param parameters one JSON object
     * @param hash of the whole body, byte for byte
     */
    record Body(byte[] parameters, boolean gzip, int priority, Optional<String> notifyUrl, String hash) {}

    private final NotifyUrl urls;
    private final int maxBytes;

    JobBodies(NotifyUrl urls, int maxBytes) {
        this.urls = urls;
        this.maxBytes = maxBytes;
    }

    Mono<Body> read(ServerHttpRequest request) {
        MediaType type = request.getHeaders().getContentType();
        if (type != null && !type.isCompatibleWith(MediaType.APPLICATION_JSON)) {
            throw Problem.of(
                            ProblemType.UNSUPPORTED_MEDIA_TYPE,
                            "Content-Type: " + type.getType() + "/" + type.getSubtype()
                                    + " (expected: application/json)")
                    .asException();
        }
        return DataBufferUtils.join(request.getBody(), maxBytes)
                .map(buffer -> {
                    byte[] bytes = new byte[buffer.readableByteCount()];
                    buffer.read(bytes);
                    DataBufferUtils.release(buffer);
                    return bytes;
                })
                .defaultIfEmpty(new byte[0])
                .onErrorMap(
                        DataBufferLimitException.class,
                        tooLarge -> Problem.of(
                                        ProblemType.BODY_TOO_LARGE,
                                        "The body (expected: at most " + maxBytes + " bytes)")
                                .asException())
                .map(this::parse);
    }

    private Body parse(byte[] bytes) {
        ObjectNode parameters = document(bytes);
        int priority = priority(parameters.remove("priority"));
        Optional<String> url = Optional.ofNullable(parameters.remove("notify")).map(this::notifyUrl);
        boolean gzip = gzip(parameters.remove("gzip"));
        return new Body(STRICT.writeValueAsBytes(parameters), gzip, priority, url, Digests.hex(bytes));
    }

    private static ObjectNode document(byte[] bytes) {
        try {
            if (STRICT.readTree(bytes) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw new Problem.MalformedAt("", "not JSON, or a member twice (expected: one object)").asException();
        }
        throw new Problem.MalformedAt("", "not an object (expected: one object)").asException();
    }

    private static int priority(@Nullable JsonNode value) {
        if (value == null) {
            return JobRequest.PRIORITY;
        }
        boolean fits = value.isInt()
                && value.intValue() >= JobRequest.MIN_PRIORITY
                && value.intValue() <= JobRequest.MAX_PRIORITY;
        if (!fits) {
            throw problem(
                    "/priority",
                    "not such a number (expected: " + JobRequest.MIN_PRIORITY + ".." + JobRequest.MAX_PRIORITY + ")");
        }
        return value.intValue();
    }

    private static boolean gzip(@Nullable JsonNode value) {
        if (value != null && !value.isBoolean()) {
            throw problem("/gzip", "not such a value (expected: true or false)");
        }
        return value != null && value.booleanValue();
    }

    private String notifyUrl(JsonNode notify) {
        if (!(notify instanceof ObjectNode object)
                || object.size() != 1
                || !object.path("url").isString()) {
            throw problem("/notify", "not such an object (expected: {\"url\": \"https://...\"})");
        }
        String url = object.path("url").stringValue();
        urls.problem(url).ifPresent(wrong -> {
            throw problem("/notify/url", wrong);
        });
        return url;
    }

    private static ProblemException problem(String pointer, String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem(pointer, detail))).asException();
    }

    static Optional<String> idempotencyKey(HttpHeaders headers) {
        List<String> keys = headers.getOrEmpty("Idempotency-Key");
        if (keys.isEmpty()) {
            return Optional.empty();
        }
        String key = keys.getFirst();
        if (keys.size() > 1
                || key.isEmpty()
                || key.length() > MAX_KEY
                || !key.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw Problem.of(
                            ProblemType.MALFORMED_REQUEST,
                            "Idempotency-Key (expected: one, of 1-" + MAX_KEY + " printable ASCII characters)")
                    .asException();
        }
        return Optional.of(key);
    }
}

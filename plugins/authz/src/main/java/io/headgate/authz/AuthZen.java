package io.headgate.authz;

import static org.springframework.http.HttpMethod.GET;
import static org.springframework.http.HttpMethod.HEAD;
import static org.springframework.http.HttpMethod.POST;

import io.headgate.api.EventLoops;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.HandlerFunction;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Decisions over HTTP, as the OpenID AuthZEN Authorization API 1.0 has them. */
public final class AuthZen {

    private static final String EVALUATION = "/access/v1/evaluation";
    private static final String EVALUATIONS = "/access/v1/evaluations";
    private static final String METADATA = "/.well-known/authzen-configuration";
    private static final String VIA = "authzen";
    private static final int MAX_DEPTH = 32;
    private static final Duration METADATA_AGE = Duration.ofHours(1);

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Askers askers;
    private final Evaluations evaluations;
    private final AuthzProperties.Served settings;

    AuthZen(Askers askers, Evaluations evaluations, AuthzProperties.Served settings) {
        this.askers = askers;
        this.evaluations = evaluations;
        this.settings = settings;
    }

    /** For the internal port alone: whoever reaches it and has a credential of a service gets answers. */
    public RouterFunction<ServerResponse> routes() {
        return at(EVALUATION, POST, request -> decided(request, this::one))
                .and(at(EVALUATIONS, POST, request -> decided(request, this::oneOrAll)))
                .and(at(METADATA, GET, this::metadata));
    }

    private static RouterFunction<ServerResponse> at(
            String path, HttpMethod method, HandlerFunction<ServerResponse> handler) {
        return RouterFunctions.route(
                RequestPredicates.path(path),
                request -> request.method().equals(method)
                                || method.equals(GET) && request.method().equals(HEAD)
                        ? handler.handle(request)
                        : Mono.error(
                                new Problem.MethodNotAllowed(method.equals(GET) ? Set.of(GET, HEAD) : Set.of(method))
                                        .asException()));
    }

    /** What is asked, decided into a document. */
    private interface Deciding {
        Mono<ObjectNode> decide(JsonNode request, Asker asker);
    }

    private Mono<ServerResponse> decided(ServerRequest request, Deciding deciding) {
        echoRequestId(request);
        String id = RequestId.KEY
                .find(request.exchange())
                .map(RequestId::value)
                .orElseGet(() -> UUID.randomUUID().toString());
        return askers.admit(request.headers().asHttpHeaders(), VIA, id)
                .flatMap(asker -> body(request).flatMap(document -> deciding.decide(document, asker)))
                .onErrorResume(refused -> discard(request).then(Mono.error(refused)))
                .publishOn(EventLoops.of(request.exchange().getRequest()))
                .flatMap(document -> answer(document, CacheControl.noStore()));
    }

    /** To the letter, whatever it is: the audit has it only where it is one that can be kept. */
    private static void echoRequestId(ServerRequest request) {
        Optional.ofNullable(request.headers().firstHeader(RequestId.HEADER))
                .filter(id -> !id.isEmpty())
                .ifPresent(id -> request.exchange().getResponse().getHeaders().set(RequestId.HEADER, id));
    }

    private Mono<ObjectNode> oneOrAll(JsonNode request, Asker asker) {
        return Evaluations.isList(request)
                ? evaluations.all(request, asker).map(AuthZen::document)
                : one(request, asker);
    }

    private Mono<ObjectNode> one(JsonNode request, Asker asker) {
        return evaluations.one(request, asker).map(AuthZen::document);
    }

    private static ObjectNode document(List<Evaluated> answers) {
        ObjectNode document = JSON.createObjectNode();
        ArrayNode array = document.putArray(EvaluationReader.EVALUATIONS);
        answers.forEach(answer -> array.add(document(answer)));
        return document;
    }

    private static ObjectNode document(Evaluated evaluated) {
        ObjectNode document = JSON.createObjectNode().put("decision", evaluated.isPermit());
        ObjectNode context = document.putObject("context");
        switch (evaluated) {
            case Evaluated.Permitted(UUID id, Optional<List<String>> policies) -> explain(context, id, policies);
            case Evaluated.Denied(UUID id, var reason, Optional<List<String>> policies) -> {
                explain(context, id, policies);
                context.put("reason", reason.name().toLowerCase(Locale.ROOT));
            }
            case Evaluated.Failed(Problem problem) -> {
                ObjectNode error = context.putObject("error");
                error.put("status", problem.type().status());
                error.put("message", problem.detail());
                if (problem instanceof Problem.MalformedAt malformed) {
                    error.put("pointer", malformed.pointer());
                }
            }
        }
        return document;
    }

    private static void explain(ObjectNode context, UUID id, Optional<List<String>> policies) {
        context.put("decision_id", id.toString());
        policies.ifPresent(shown -> shown.forEach(context.putArray("deciding_policies")::add));
    }

    private Mono<ServerResponse> metadata(ServerRequest request) {
        boolean isSet = !settings.baseUrl().isEmpty();
        String base = isSet ? settings.baseUrl().replaceAll("/+$", "") : addressOf(request.uri());
        ObjectNode document = JSON.createObjectNode()
                .put("policy_decision_point", base)
                .put("access_evaluation_endpoint", base + EVALUATION)
                .put("access_evaluations_endpoint", base + EVALUATIONS);
        // what was made of a request's own Host is for that client alone
        return answer(document, isSet ? CacheControl.maxAge(METADATA_AGE) : CacheControl.noStore());
    }

    private static String addressOf(URI uri) {
        if (uri.getHost() == null) {
            throw Problem.of(ProblemType.MALFORMED_REQUEST, "Host: not a name or an address (expected: one)")
                    .asException();
        }
        return uri.getScheme() + "://" + uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    }

    private static Mono<ServerResponse> answer(ObjectNode document, CacheControl caching) {
        return ServerResponse.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .cacheControl(caching)
                .bodyValue(JSON.writeValueAsBytes(document));
    }

    private Mono<JsonNode> body(ServerRequest request) {
        int max = Math.toIntExact(settings.maxBodySize().toBytes());
        requireJson(request);
        return DataBufferUtils.join(request.exchange().getRequest().getBody(), max)
                .timeout(settings.bodyTimeout())
                .onErrorMap(DataBufferLimitException.class, _ -> tooLarge(max))
                .onErrorMap(
                        TimeoutException.class,
                        _ -> Problem.of(
                                        ProblemType.REQUEST_TIMEOUT,
                                        "The body did not arrive within "
                                                + settings.bodyTimeout().toMillis() + " ms.")
                                .asException())
                .map(AuthZen::bytes)
                .defaultIfEmpty(new byte[0])
                .map(AuthZen::parse);
    }

    /** The standard has 400 for another type as for everything else that cannot be read. */
    private static void requireJson(ServerRequest request) {
        String sent = request.headers().firstHeader(HttpHeaders.CONTENT_TYPE);
        try {
            if (sent != null && MediaType.APPLICATION_JSON.equalsTypeAndSubtype(MediaType.parseMediaType(sent))) {
                return;
            }
        } catch (InvalidMediaTypeException e) {
            // as below
        }
        throw Problem.of(ProblemType.MALFORMED_REQUEST, "Content-Type: another (expected: application/json)")
                .asException();
    }

    private static JsonNode parse(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            TokenStreamLocation where = e.getLocation();
            throw Problem.of(
                            ProblemType.MALFORMED_REQUEST,
                            "No JSON document"
                                    + (where == null
                                            ? "."
                                            : ": line " + where.getLineNr() + ", column " + where.getColumnNr() + "."))
                    .asException();
        }
    }

    private static byte[] bytes(DataBuffer buffer) {
        byte[] bytes = new byte[buffer.readableByteCount()];
        buffer.read(bytes);
        DataBufferUtils.release(buffer);
        return bytes;
    }

    /** Many clients hang when they are answered while they still send. */
    private Mono<Void> discard(ServerRequest request) {
        if (request.headers().firstHeader(HttpHeaders.EXPECT) != null) {
            return Mono.empty(); // that client waits for the answer before it sends
        }
        return DataBufferUtils.takeUntilByteCount(
                        request.exchange().getRequest().getBody(),
                        settings.maxBodySize().toBytes())
                .doOnNext(DataBufferUtils::release)
                .then()
                .timeout(settings.bodyTimeout())
                .onErrorComplete(); // it was read already, or will not come
    }

    private static ProblemException tooLarge(int max) {
        return Problem.of(ProblemType.BODY_TOO_LARGE, "More than " + max + " bytes (expected: at most that).")
                .asException();
    }
}

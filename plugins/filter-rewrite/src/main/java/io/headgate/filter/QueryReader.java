package io.headgate.filter;

import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.SpecProblem;
import io.headgate.filter.QueryLanguage.Understood;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import reactor.core.publisher.Mono;

/** Reads the query of a request, in its URL or in its body; whatever is no part of one and stands beside it is refused. */
final class QueryReader {

    private final QueryLanguage language;
    private final int maxSize;

    QueryReader(QueryLanguage language, int maxSize) {
        this.language = language;
        this.maxSize = maxSize;
    }

    Understood fromUrl(ServerHttpRequest request, FilterSchema schema, FilterSection section) {
        HttpHeaders headers = request.getHeaders();
        if (headers.getContentLength() > 0 || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING)) {
            throw invalid("", "a body (expected: none; QUERY has one, and POST to the path with /query)");
        }
        return language.parameters(asked(request, section), schema, section.accepts());
    }

    /** @param text what {@link #body} read; without any, the URL says it all */
    Understood fromBody(String text, ServerHttpRequest request, FilterSchema schema, FilterSection section) {
        List<Parameter> asked = asked(request, section);
        if (text.isBlank()) {
            return language.parameters(asked, schema, section.accepts());
        }
        if (!asked.isEmpty()) {
            throw invalid(
                    "/" + Pointers.escaped(asked.getFirst().name()),
                    "a parameter beside a query in the body (expected: one of " + section.passing() + ")");
        }
        Understood query = language.document(text, schema);
        requireOnePage(query, request);
        return query;
    }

    private static void requireOnePage(Understood query, ServerHttpRequest request) {
        if (!query.page().equals(PageRequest.NONE)) {
            UrlQuery.read(request.getURI().getRawQuery()).stream()
                    .map(Parameter::name)
                    .filter(FilterSection::isOfPages)
                    .findFirst()
                    .ifPresent(name -> {
                        throw invalid("/" + name, "a page in the URL beside one in the body (expected: one of them)");
                    });
        }
    }

    /** All parameters but those that may stand beside a query; what is no part of one is refused with the rest. */
    private static List<Parameter> asked(ServerHttpRequest request, FilterSection section) {
        return UrlQuery.read(request.getURI().getRawQuery()).stream()
                .filter(parameter -> !section.passes(parameter.name()))
                .toList();
    }

    /** Emits exactly once; errs where it is not a text of JSON within its bounds. */
    Mono<String> body(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        if (headers.getContentLength() > maxSize) {
            return Mono.error(tooLarge());
        }
        boolean mayHaveBody = headers.getContentLength() != 0;
        if (mayHaveBody && !isJson(headers)) {
            return Mono.error(Problem.of(
                            ProblemType.UNSUPPORTED_MEDIA_TYPE,
                            "A query is read as application/json in UTF-8, without an encoding of the content.")
                    .asException());
        }
        return DataBufferUtils.join(request.getBody(), maxSize)
                .map(QueryReader::text)
                .defaultIfEmpty("")
                .onErrorMap(DataBufferLimitException.class, tooLong -> tooLarge());
    }

    private static String text(DataBuffer body) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(body.readableByteCount());
            body.toByteBuffer(bytes);
            return UrlQuery.utf8(bytes);
        } finally {
            DataBufferUtils.release(body);
        }
    }

    /** A body without a type, and without a length, may turn out to be none at all. */
    private static boolean isJson(HttpHeaders headers) {
        try {
            MediaType type = headers.getContentType();
            boolean isType = type == null
                    ? headers.getContentLength() < 0
                    : type.getType().equals("application")
                            && type.getSubtype().equals("json")
                            && (type.getCharset() == null || type.getCharset().equals(StandardCharsets.UTF_8));
            return isType && !headers.containsHeader(HttpHeaders.CONTENT_ENCODING);
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private ProblemException tooLarge() {
        return Problem.of(ProblemType.BODY_TOO_LARGE, "A query has at most " + maxSize + " bytes.")
                .asException();
    }

    /** Whether it is about the query; others only passed by while its body was read. */
    static boolean isAboutQuery(ProblemException refused) {
        return switch (refused.problem().type()) {
            case INVALID_QUERY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, UNSUPPORTED_QUERY, FILTER_TOO_EXPENSIVE -> true;
            default -> false;
        };
    }

    static ProblemException invalid(String pointer, String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem(pointer, detail))).asException();
    }
}

package io.headgate.filter;

import io.headgate.api.Caller;
import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecProblem;
import io.headgate.api.Value;
import io.headgate.filter.FilterMetrics.Outcome;
import io.headgate.filter.QueryLanguage.Understood;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Passes a query on as the gateway itself understood it, limited to the caller's tenant, or refuses it. */
final class QueryFilter implements GatewayFilter {

    /** What all routes share. */
    record Shared(
            QueryLanguage language,
            FilterSchemas schemas,
            QueryLog log,
            FilterMetrics metrics,
            FilterProperties limits) {}

    private static final Problem NO_SCHEMA = Problem.tryLater(
            ProblemType.NOT_READY, "What may be asked here is not known at the moment.", Duration.ofSeconds(1));

    private final Shared shared;
    private final FilterSection section;
    private final RouteInfo route;

    QueryFilter(Shared shared, FilterSection section, RouteInfo route) {
        this.shared = shared;
        this.section = section;
        this.route = route;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return switch (RequestKind.of(exchange.getRequest(), section.collections())) {
            case NONE -> then(this::withoutQuery, exchange, chain);
            case URL -> then(this::fromUrl, exchange, chain);
            case BODY -> body(exchange).flatMap(text -> then(given -> fromBody(text, given), exchange, chain));
        };
    }

    private interface Step {
        ServerWebExchange apply(ServerWebExchange exchange);
    }

    private Mono<Void> then(Step step, ServerWebExchange exchange, GatewayFilterChain chain) {
        ServerWebExchange written;
        try {
            written = step.apply(exchange);
        } catch (ProblemException refused) {
            return refuse(refused, exchange);
        }
        return chain.filter(written);
    }

    private <T> Mono<T> refuse(ProblemException refused, ServerWebExchange exchange) {
        Outcome outcome =
                refused.problem().type() == ProblemType.UNSUPPORTED_QUERY ? Outcome.UNSUPPORTED : Outcome.REJECTED;
        shared.metrics().count(outcome, section.emits());
        shared.log().rejected(refused.problem(), section, route, exchange);
        return Mono.error(refused);
    }

    /** Where no query is answered none may pass: it would reach the backend as the client wrote it. */
    private ServerWebExchange withoutQuery(ServerWebExchange exchange) {
        for (Parameter parameter : UrlQuery.read(exchange.getRequest().getURI().getRawQuery())) {
            if (section.emits().means(parameter.name())) {
                throw invalid(
                        "/" + Pointers.escaped(parameter.name()),
                        "a filter or an order (expected: none at this path with this method)");
            }
        }
        return exchange;
    }

    private ServerWebExchange fromUrl(ServerWebExchange exchange) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        if (headers.getContentLength() > 0 || headers.containsHeader(HttpHeaders.TRANSFER_ENCODING)) {
            throw invalid("", "a body (expected: none; QUERY has one, and POST to the path with /query)");
        }
        long start = System.nanoTime();
        FilterSchema schema = schema();
        Understood query = shared.language().parameters(asked(exchange), schema, section.accepts());
        return passOn(query, schema, exchange, start);
    }

    private ServerWebExchange fromBody(String text, ServerWebExchange exchange) {
        long start = System.nanoTime();
        FilterSchema schema = schema();
        List<Parameter> asked = asked(exchange);
        if (text.isBlank()) {
            return passOn(shared.language().parameters(asked, schema, section.accepts()), schema, exchange, start);
        }
        if (!asked.isEmpty()) {
            throw invalid(
                    "/" + Pointers.escaped(asked.getFirst().name()),
                    "a parameter beside a query in the body (expected: one of " + section.passing() + ")");
        }
        Understood query = shared.language().document(text, schema);
        requireOnePage(query, exchange);
        return passOn(query, schema, exchange, start);
    }

    private static void requireOnePage(Understood query, ServerWebExchange exchange) {
        if (!query.page().equals(PageRequest.NONE)) {
            UrlQuery.read(exchange.getRequest().getURI().getRawQuery()).stream()
                    .map(Parameter::name)
                    .filter(FilterSection::isOfPages)
                    .findFirst()
                    .ifPresent(name -> {
                        throw invalid("/" + name, "a page in the URL beside one in the body (expected: one of them)");
                    });
        }
    }

    /** All parameters but those that may stand beside a query; what is no part of one is refused with the rest. */
    private List<Parameter> asked(ServerWebExchange exchange) {
        return UrlQuery.read(exchange.getRequest().getURI().getRawQuery()).stream()
                .filter(parameter -> !section.passes(parameter.name()))
                .toList();
    }

    private ServerWebExchange passOn(Understood asked, FilterSchema schema, ServerWebExchange exchange, long start) {
        String tenant = Caller.KEY
                .find(exchange)
                .map(Caller::tenant)
                .orElseThrow(() -> new Problem.Unauthenticated("").asException());
        var scope = new Filter.Condition(schema.tenantField(), Operator.EQ, new Value.Text(tenant));
        var query = new Query(scope, asked.filter(), asked.sort(), asked.page(), asked.digest());
        var form = new BackendForm(
                section.emits(), schema, shared.limits().maxQueryString().toBytes());
        ServerWebExchange written = form.write(query, exchange);
        Query.KEY.put(exchange, query);
        QueryForm.KEY.put(exchange, form);
        shared.metrics().took(System.nanoTime() - start);
        if (asked.dialect().isPresent()) {
            shared.metrics().count(Outcome.APPLIED, section.emits());
            shared.log().applied(asked, section, route, exchange);
        } else {
            shared.metrics().count(Outcome.SCOPED, section.emits());
        }
        return written;
    }

    private FilterSchema schema() {
        return shared.schemas().find(section.schema()).orElseThrow(NO_SCHEMA::asException);
    }

    private Mono<String> body(ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        int most = (int) shared.limits().maxSize().toBytes();
        HttpHeaders headers = request.getHeaders();
        if (headers.getContentLength() > most) {
            return refuse(tooLarge(most), exchange);
        }
        boolean mayHaveBody = headers.getContentLength() != 0;
        if (mayHaveBody && !isJson(headers)) {
            return refuse(
                    Problem.of(
                                    ProblemType.UNSUPPORTED_MEDIA_TYPE,
                                    "A query is read as application/json in UTF-8, without an encoding of the content.")
                            .asException(),
                    exchange);
        }
        return DataBufferUtils.join(request.getBody(), most)
                .map(QueryFilter::text)
                .defaultIfEmpty("")
                .onErrorResume(DataBufferLimitException.class, tooLong -> refuse(tooLarge(most), exchange))
                .onErrorResume(
                        ProblemException.class,
                        refused -> refused.problem() instanceof Problem.InvalidQuery
                                ? refuse(refused, exchange)
                                : Mono.error(refused));
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
                            && (type.getCharset() == null
                                    || type.getCharset().equals(java.nio.charset.StandardCharsets.UTF_8));
            return isType && !headers.containsHeader(HttpHeaders.CONTENT_ENCODING);
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private static ProblemException tooLarge(int most) {
        return Problem.of(ProblemType.BODY_TOO_LARGE, "A query has at most " + most + " bytes.")
                .asException();
    }

    private static ProblemException invalid(String pointer, String detail) {
        return new Problem.InvalidQuery(List.of(new SpecProblem(pointer, detail))).asException();
    }
}

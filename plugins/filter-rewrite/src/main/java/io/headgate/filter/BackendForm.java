package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;

/**
 * Writes a query into the request as the route's backend reads it: as a body where it came as one and the backend's
 * language has a body, else into the URL. Nothing of a query that stood there before stays.
 */
final class BackendForm implements QueryForm {

    private static final List<String> OF_A_BODY = List.of(
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.CONTENT_ENCODING,
            HttpHeaders.CONTENT_LANGUAGE,
            HttpHeaders.TRANSFER_ENCODING,
            HttpHeaders.TRAILER,
            HttpHeaders.EXPECT,
            "Content-MD5",
            "Digest",
            "Content-Digest",
            "Repr-Digest");

    private final FilterDialect emits;
    private final FilterSchema schema;
    private final long maxQueryString;

    BackendForm(FilterDialect emits, FilterSchema schema, long maxQueryString) {
        this.emits = emits;
        this.schema = schema;
        this.maxQueryString = maxQueryString;
    }

    @Override
    public ServerWebExchange write(Query query, ServerWebExchange exchange) {
        ServerHttpRequest request = exchange.getRequest();
        boolean isRead = request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
        try {
            ServerHttpRequest written =
                    isRead || emits != FilterDialect.JSON ? inUrl(query, request, isRead) : inBody(query, request);
            return exchange.mutate().request(written).build();
        } catch (Unspeakable e) {
            throw unsupported("The backend of this route has no words for " + e.what() + ".");
        }
    }

    private static RuntimeException unsupported(String detail) {
        return Problem.of(ProblemType.UNSUPPORTED_QUERY, detail).asException();
    }

    private ServerHttpRequest inUrl(Query query, ServerHttpRequest request, boolean isRead) {
        List<Parameter> parameters = emits.parameters(scoped(query), query.sort(), schema);
        parameters.addAll(others(request));
        addPage(query.page(), parameters);
        ServerHttpRequest.Builder builder = request.mutate();
        String path = request.getURI().getRawPath();
        if (!isRead) {
            builder.method(HttpMethod.GET).headers(headers -> OF_A_BODY.forEach(headers::remove));
            path = request.getMethod() == HttpMethod.POST ? RequestKind.collectionOf(path) : path;
        }
        ServerHttpRequest written =
                builder.uri(withQuery(request.getURI(), path, parameters)).build();
        return isRead ? written : new WithBody(written, new byte[0]);
    }

    private ServerHttpRequest inBody(Query query, ServerHttpRequest request) {
        byte[] body =
                JsonText.document(scoped(query), query.sort(), query.page()).getBytes(StandardCharsets.UTF_8);
        ServerHttpRequest written = request.mutate()
                .uri(withQuery(request.getURI(), request.getURI().getRawPath(), others(request)))
                .headers(headers -> {
                    OF_A_BODY.forEach(headers::remove);
                    headers.setContentType(MediaType.APPLICATION_JSON);
                    headers.setContentLength(body.length);
                })
                .build();
        return new WithBody(written, body);
    }

    /** The caller's tenant first, whatever follows. */
    private static Filter scoped(Query query) {
        List<Filter> members = new ArrayList<>();
        members.add(query.scope());
        if (query.filter() instanceof Filter.All(List<Filter> all)) {
            members.addAll(all);
        } else {
            members.add(query.filter());
        }
        return new Filter.All(members);
    }

    private List<Parameter> others(ServerHttpRequest request) {
        List<Parameter> others = new ArrayList<>();
        for (Parameter parameter : UrlQuery.read(request.getURI().getRawQuery())) {
            if (!emits.means(parameter.name())) {
                others.add(parameter);
            }
        }
        return others;
    }

    /** A page that was asked for in a body, where there is none any more. */
    private static void addPage(PageRequest page, List<Parameter> parameters) {
        page.limit().ifPresent(limit -> parameters.add(new Parameter("limit", Long.toString(limit))));
        page.cursor().ifPresent(cursor -> parameters.add(new Parameter("cursor", cursor)));
        page.offset().ifPresent(offset -> parameters.add(new Parameter("offset", Long.toString(offset))));
        page.page().ifPresent(number -> parameters.add(new Parameter("page", Long.toString(number))));
    }

    private URI withQuery(URI uri, String path, List<Parameter> parameters) {
        String query = UrlQuery.write(parameters);
        if (query.length() > maxQueryString) {
            throw unsupported("The backend of this route would need a URL with a query of " + query.length()
                    + " characters; at most " + maxQueryString + " are sent.");
        }
        return URI.create(
                uri.getScheme() + "://" + uri.getRawAuthority() + path + (query.isEmpty() ? "" : "?" + query));
    }

    /** A request with a body of ours. */
    private static final class WithBody extends ServerHttpRequestDecorator {
        private final byte[] body;

        WithBody(ServerHttpRequest request, byte[] body) {
            super(request);
            this.body = body;
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return body.length == 0
                    ? Flux.empty()
                    : Flux.defer(() -> Flux.just(
                            org.springframework.core.io.buffer.DefaultDataBufferFactory.sharedInstance.wrap(body)));
        }
    }
}

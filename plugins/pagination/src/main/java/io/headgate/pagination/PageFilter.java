package io.headgate.pagination;

import io.headgate.api.Caller;
import io.headgate.api.PageRequest;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import io.headgate.pagination.Cursors.Binding;
import io.headgate.pagination.PageQuestion.Start;
import io.headgate.pagination.UrlParameters.Parameter;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.ServerWebExchangeDecorator;
import reactor.core.publisher.Mono;

/** Asks a route's backend for the page that a client asks for, and has its answer rewritten as it streams. */
final class PageFilter implements GatewayFilter {

    /** What all routes share. */
    record Shared(Cursors cursors, PageMeters meters, PaginationProperties limits) {}

    /** Each would have the backend leave out bytes that the envelope needs, or speak of another representation. */
    private static final List<String> OF_ANOTHER_ANSWER = List.of(
            HttpHeaders.RANGE,
            HttpHeaders.IF_RANGE,
            HttpHeaders.IF_NONE_MATCH,
            HttpHeaders.IF_MODIFIED_SINCE,
            HttpHeaders.IF_MATCH,
            HttpHeaders.IF_UNMODIFIED_SINCE);

    private final Shared shared;
    private final PaginationSection section;
    private final String route;

    PageFilter(Shared shared, PaginationSection section, String route) {
        this.shared = shared;
        this.section = section;
        this.route = route;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        if (!Pages.isAskedFor(exchange.getRequest(), section.collections())) {
            return chain.filter(exchange);
        }
        ServerWebExchange paged;
        try {
            paged = paged(exchange);
        } catch (RuntimeException refused) {
            return Mono.error(refused);
        }
        return chain.filter(paged);
    }

    private ServerWebExchange paged(ServerWebExchange given) {
        Optional<Query> query = Query.KEY.find(given);
        PageRequest inBody = query.map(Query::page).orElse(PageRequest.NONE);
        ServerWebExchange exchange = withoutPage(given, query);
        ServerHttpRequest request = exchange.getRequest();
        PageQuestion asked = PageQuestion.read(rawQuery(client(given)), inBody, section);
        List<Parameter> others = others(request);

        Optional<Caller> caller = Caller.KEY.find(exchange);
        String digest =
                query.map(Query::digest).orElse("") + "\n" + UrlParameters.write(query.isEmpty() ? others : List.of());
        Binding binding = Binding.of(route, caller, digest);
        Optional<Cursor> cursor = cursor(asked.start(), binding);
        BackendPage page =
                BackendPage.of(section.upstream(), asked.start(), cursor, limit(asked, cursor), shared.limits());

        boolean isEnvelope = section.respond() == PageFormat.ENVELOPE;
        if (isEnvelope && !shared.cursors().canSeal()) {
            throw Cursors.unavailable();
        }
        shared.meters().count(route, asked.start(), section.respond(), caller);
        boolean looksAhead = isEnvelope && page.canLookAhead();
        ServerHttpRequest written = rewritten(request, others, page.parameters(looksAhead), isEnvelope);
        ServerWebExchange.Builder paged = exchange.mutate().request(written);
        if (isEnvelope) {
            var links = new PageLinks(client(given), asked.others(), page.limit());
            var seals = new PageSeals(shared.cursors(), binding, page.limit());
            paged.response(
                    new PagedResponse(exchange.getResponse(), request, page, others, links, seals, shared.limits()));
        }
        return paged.build();
    }

    private Optional<Cursor> cursor(Start start, Binding binding) {
        return start instanceof Start.AtCursor(String text, String where)
                ? Optional.of(shared.cursors().open(binding, text, where))
                : Optional.empty();
    }

    private int limit(PageQuestion asked, Optional<Cursor> cursor) {
        int otherwise = cursor.map(Cursor::limit).orElse(shared.limits().defaultLimit());
        return asked.limit().orElse(Math.min(otherwise, section.maxLimit()));
    }

    /** What a body says of pages must not reach the backend: what this step says stands in the URL. */
    private static ServerWebExchange withoutPage(ServerWebExchange exchange, Optional<Query> query) {
        if (query.isEmpty() || query.get().page().equals(PageRequest.NONE)) {
            return exchange;
        }
        return QueryForm.KEY
                .find(exchange)
                .map(form -> form.write(query.get().withPage(PageRequest.NONE), exchange))
                .orElse(exchange);
    }

    private List<Parameter> others(ServerHttpRequest request) {
        return UrlParameters.read(request.getURI().getRawQuery()).stream()
                .filter(parameter -> !section.reserved().contains(parameter.looseName()))
                .toList();
    }

    /** The request as the client sent it, before any step wrote it anew. */
    private static ServerHttpRequest client(ServerWebExchange exchange) {
        ServerWebExchange bare = exchange;
        while (bare instanceof ServerWebExchangeDecorator decorator) {
            bare = decorator.getDelegate();
        }
        return bare.getRequest();
    }

    private static String rawQuery(ServerHttpRequest request) {
        String query = request.getURI().getRawQuery();
        return query == null ? "" : query;
    }

    private static ServerHttpRequest rewritten(
            ServerHttpRequest request, List<Parameter> others, List<Parameter> ofPage, boolean isEnvelope) {
        List<Parameter> all = new ArrayList<>(others);
        all.addAll(ofPage);
        String uri = request.getURI().toString();
        int end = uri.indexOf('?');
        return request.mutate()
                .uri(URI.create((end < 0 ? uri : uri.substring(0, end)) + "?" + UrlParameters.write(all)))
                .headers(headers -> {
                    if (isEnvelope) {
                        OF_ANOTHER_ANSWER.forEach(headers::remove);
                        headers.set(HttpHeaders.ACCEPT_ENCODING, "identity");
                    }
                })
                .build();
    }

    /** Links lead a client on by itself, which it can do only where the address says all. */
    static boolean hasLinks(ServerHttpRequest request) {
        return request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

package io.headgate.pagination;

import io.headgate.pagination.UrlParameters.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Puts a backend's page into the envelope. Whatever is not a page, a failure above all, passes as it is. */
final class PagedResponse extends ServerHttpResponseDecorator implements PageBody.Ending {

    /** What speaks of the backend's own bytes. */
    private static final List<String> OF_THE_BYTES = List.of(
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.CONTENT_ENCODING,
            HttpHeaders.ETAG,
            HttpHeaders.LAST_MODIFIED,
            HttpHeaders.ACCEPT_RANGES,
            "Content-MD5",
            "Digest",
            "Content-Digest",
            "Repr-Digest");

    private static final Pattern QUERY = Pattern.compile("[A-Za-z0-9._~!$&'()*+,;=:@/?%\\[\\]-]{1,}");

    private final ServerHttpRequest request;
    private final BackendPage page;
    private final List<Parameter> others;
    private final PageLinks links;
    private final PageSeals seals;
    private final PaginationProperties limits;

    private Optional<String> next = Optional.empty();
    private Optional<String> previous = Optional.empty();

    PagedResponse(
            ServerHttpResponse response,
            ServerHttpRequest request,
            BackendPage page,
            List<Parameter> others,
            PageLinks links,
            PageSeals seals,
            PaginationProperties limits) {
        super(response);
        this.request = request;
        this.page = page;
        this.others = others;
        this.links = links;
        this.seals = seals;
        this.limits = limits;
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        if (!isPage()) {
            return super.writeWith(body);
        }
        if (request.getMethod() == HttpMethod.HEAD) {
            return Mono.defer(() -> {
                prepareHead();
                return super.writeWith(body);
            });
        }
        return Mono.defer(() -> super.writeWith(rewritten(Flux.from(body))));
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        return isPage() ? writeWith(Flux.from(body).concatMap(part -> part, 1)) : super.writeAndFlushWith(body);
    }

    /** An answer without a body: to {@code HEAD}, or a page that is none. */
    @Override
    public Mono<Void> setComplete() {
        if (!isCommitted() && isPage()) {
            if (request.getMethod() != HttpMethod.HEAD) {
                return Mono.error(Refusals.brokenAnswer("it is empty"));
            }
            prepareHead();
        }
        return super.setComplete();
    }

    private boolean isPage() {
        if (getStatusCode() != HttpStatus.OK) {
            return false;
        }
        try {
            MediaType type = getHeaders().getContentType();
            return type != null
                    && (type.getCharset() == null || type.getCharset().equals(StandardCharsets.UTF_8))
                    && type.getType().equals("application")
                    && (type.getSubtype().equals("json") || isJsonOfItsOwn(type.getSubtype()));
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }

    private static boolean isJsonOfItsOwn(String subtype) {
        return subtype.endsWith("+json") && !subtype.equals("problem+json") && !subtype.equals("stream+json");
    }

    private Flux<DataBuffer> rewritten(Flux<DataBuffer> body) {
        String encoding = getHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
        Flux<DataBuffer> plain = encoding == null || encoding.equalsIgnoreCase("identity")
                ? body
                : Gunzip.inflate(body, encoding, bufferFactory());
        prepareHead();
        return new PageBody(bufferFactory(), page.upstream(), limits, page.mostItems(), this).rewrite(plain);
    }

    private void prepareHead() {
        HttpHeaders headers = getHeaders();
        OF_THE_BYTES.forEach(headers::remove);
        headers.setContentType(MediaType.APPLICATION_JSON);
        previous = page.previous().map(seals::seal);
        List<LinkHeader.Link> given = LinkHeader.read(List.copyOf(headers.getOrEmpty(HttpHeaders.LINK)));
        if (page.upstream().dialect() == UpstreamDialect.LINK) {
            next = linked(given, "next");
            previous = linked(given, "prev").or(() -> linked(given, "previous"));
        }
        setLinks(given);
    }

    /** Links to other pages are ours now; those to anything else stay. */
    private void setLinks(List<LinkHeader.Link> given) {
        List<String> all = new ArrayList<>();
        given.stream()
                .filter(link -> !link.isOfPages())
                .map(LinkHeader.Link::text)
                .forEach(all::add);
        if (links.areOfUse()) {
            all.add(links.first());
            previous.ifPresent(cursor -> all.add(links.to(cursor, "prev")));
            next.ifPresent(cursor -> all.add(links.to(cursor, "next")));
        }
        if (all.isEmpty()) {
            getHeaders().remove(HttpHeaders.LINK);
        } else {
            getHeaders().put(HttpHeaders.LINK, List.of(String.join(", ", all)));
        }
    }

    /** Of the backend's link only what it adds to the question: what is asked stays what this request says. */
    private Optional<String> linked(List<LinkHeader.Link> given, String relation) {
        Set<String> own = others.stream().map(Parameter::name).collect(Collectors.toSet());
        return given.stream()
                .filter(link -> link.isAbout(relation))
                .findFirst()
                .map(link -> seals.seal(new Position.Token(place(link.target(), own))));
    }

    private String place(String target, Set<String> own) {
        int start = target.indexOf('?');
        int end = target.indexOf('#');
        String query = start < 0 ? "" : target.substring(start + 1, end < start ? target.length() : end);
        if (!QUERY.matcher(query).matches()) {
            throw Refusals.brokenAnswer("its link to another page has no query that could be sent");
        }
        try {
            String place = UrlParameters.write(UrlParameters.read(query).stream()
                    .filter(parameter -> !own.contains(parameter.name())
                            && !parameter.name().equals(page.upstream().limit()))
                    .toList());
            if (place.length() > limits.maxBackendCursor()) {
                throw Refusals.brokenAnswer("its link is longer than " + limits.maxBackendCursor() + " characters");
            }
            return place;
        } catch (IllegalArgumentException e) {
            throw Refusals.brokenAnswer("its link to another page cannot be read");
        }
    }

    @Override
    public byte[] of(PageSeen seen) {
        if (page.upstream().dialect() != UpstreamDialect.LINK) {
            next = page.next(seen).map(seals::seal);
        }
        return PageSeals.tail(page.limit(), next, previous).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void wholeAnswer(long length) {
        HttpHeaders headers = getHeaders();
        headers.setContentLength(length);
        if (links.areOfUse() && page.upstream().dialect() != UpstreamDialect.LINK) {
            next.ifPresent(cursor -> headers.put(
                    HttpHeaders.LINK,
                    List.of(String.join(", ", headers.getOrEmpty(HttpHeaders.LINK)) + ", "
                            + links.to(cursor, "next"))));
        }
    }
}

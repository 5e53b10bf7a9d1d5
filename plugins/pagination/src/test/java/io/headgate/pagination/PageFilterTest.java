package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Caller;
import io.headgate.api.Filter;
import io.headgate.api.FilterContract;
import io.headgate.api.Operator;
import io.headgate.api.PageRequest;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import io.headgate.api.Value;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PageFilterTest implements FilterContract {

    private static final String TWO = "{\"items\":[1,2],\"total\":5}";

    private final PageFixture fixture = new PageFixture();
    private String asked = "";
    private HttpHeaders sent = new HttpHeaders();

    @Override
    public GatewayFilter filter() {
        return offsets();
    }

    @Override
    public ServerWebExchange passing() {
        return PageFixture.get("/api/reports?limit=2");
    }

    private PageFilter offsets() {
        return fixture.filter(PageFixture.section(
                PageFixture.upstream(UpstreamDialect.OFFSET),
                PageFormat.ENVELOPE,
                ClientDialect.OFFSET,
                ClientDialect.PAGE));
    }

    private PageFilter by(UpstreamDialect dialect, String total) {
        return fixture.filter(PageFixture.section(PageFixture.upstream(dialect, "/items", total), PageFormat.ENVELOPE));
    }

    @Test
    void asksTheBackendInItsOwnWordsAndPassesNoneOfTheClients() {
        assertThat(asked(offsets(), "/api/reports")).isEqualTo("offset=0&limit=50");
        assertThat(asked(offsets(), "/api/reports?x=%20a&limit=7&y")).isEqualTo("x=%20a&y&offset=0&limit=7");
        assertThat(asked(offsets(), "/api/reports?limit=100000")).isEqualTo("offset=0&limit=200");
        assertThat(asked(offsets(), "/api/reports?%6Cimit=7&offset=9")).isEqualTo("offset=9&limit=7");
        assertThat(asked(offsets(), "/api/reports?page=3&per_page=7")).isEqualTo("offset=14&limit=7");
        assertThat(asked(by(UpstreamDialect.PAGE, "/total"), "/api/reports?limit=7"))
                .isEqualTo("page=1&limit=7");
        assertThat(asked(by(UpstreamDialect.CURSOR, ""), "/api/reports?limit=7"))
                .isEqualTo("limit=7");
        assertThat(asked(by(UpstreamDialect.OFFSET, ""), "/api/reports?limit=7"))
                .as("one more, to look ahead")
                .isEqualTo("offset=0&limit=8");
        assertThat(asked(offsets(), "/api/reports/7?limit=x"))
                .as("no collection")
                .isEqualTo("limit=x");
    }

    @Test
    void refusesWhatIsNoPage() {
        for (String query : List.of(
                "limit=0",
                "limit=-1",
                "limit=x",
                "limit=",
                "limit",
                "limit=1.5",
                "limit=+5",
                "limit=1e2",
                "limit=9999999999999999999",
                "limit=1&limit=1",
                "limit=1&per_page=1",
                "offset=-1",
                "offset=1000001",
                "offset=1&page=1",
                "page=0",
                "page=999999999999999999",
                "cursor=x&offset=1",
                "cursor=",
                "cursor=x",
                "Limit=1",
                "limit[]=1",
                "OFFSET=1",
                "page[size]=1",
                "limit%5B%5D=1",
                "offset=%00")) {
            assertRefused(
                    offsets(),
                    PageFixture.get("/api/reports?" + query.replace("[", "%5B").replace("]", "%5D")),
                    query);
        }
        assertRefused(by(UpstreamDialect.OFFSET, ""), PageFixture.get("/api/reports?offset=1"), "/offset");
        assertRefused(by(UpstreamDialect.PAGE, ""), PageFixture.get("/api/reports?page=1"), "/page");
    }

    @Test
    void walksForwardsAndBackByOffset() {
        JsonNode first = page(offsets(), "/api/reports?limit=2", TWO);
        assertThat(first.path("page").path("prev_cursor").isNull()).isTrue();
        JsonNode second = page(offsets(), "/api/reports?cursor=" + next(first), TWO);
        assertThat(asked).isEqualTo("offset=2&limit=2");
        JsonNode third = page(offsets(), "/api/reports?cursor=" + next(second), "{\"total\":5,\"items\":[5]}");
        assertThat(asked).isEqualTo("offset=4&limit=2");
        assertThat(third.path("page").path("has_more").booleanValue()).isFalse();
        assertThat(third.path("page").path("next_cursor").isNull()).isTrue();

        JsonNode back = page(offsets(), "/api/reports?cursor=" + previous(third), TWO);
        assertThat(asked).isEqualTo("offset=2&limit=2");
        page(offsets(), "/api/reports?limit=9&cursor=" + previous(back), TWO);
        assertThat(asked).as("no further than to the page it came from").isEqualTo("offset=0&limit=2");
    }

    @Test
    void looksAheadWhereNoTotalIsTold() {
        JsonNode full = page(by(UpstreamDialect.OFFSET, ""), "/api/reports?limit=2", "{\"items\":[1,2,3]}");
        assertThat(full.path("data")).hasSize(2);
        assertThat(full.path("page").path("has_more").booleanValue()).isTrue();
        JsonNode last = page(by(UpstreamDialect.OFFSET, ""), "/api/reports?cursor=" + next(full), "{\"items\":[3]}");
        assertThat(asked).isEqualTo("offset=2&limit=3");
        assertThat(last.path("page").path("has_more").booleanValue()).isFalse();
    }

    @Test
    void walksByNumberWithPagesOfOneSize() {
        PageFilter pages = by(UpstreamDialect.PAGE, "/total");
        JsonNode first = page(pages, "/api/reports?limit=2", TWO);
        JsonNode second = page(pages, "/api/reports?cursor=" + next(first), TWO);
        assertThat(asked).isEqualTo("page=2&limit=2");
        assertRefused(pages, PageFixture.get("/api/reports?limit=3&cursor=" + next(first)), "/limit");
        page(pages, "/api/reports?cursor=" + previous(second), TWO);
        assertThat(asked).isEqualTo("page=1&limit=2");
        JsonNode end = page(pages, "/api/reports?limit=2", "{\"items\":[],\"total\":5}");
        assertThat(end.path("page").path("has_more").booleanValue())
                .as("an empty page")
                .isFalse();
    }

    @Test
    void wrapsTheBackendsCursor() {
        PageFilter cursors = by(UpstreamDialect.CURSOR, "");
        JsonNode first = page(cursors, "/api/reports?x=1", "{\"items\":[1],\"next\":\"a b&c=\u00e9\"}");
        assertThat(next(first)).doesNotContain("a b");
        JsonNode second = page(cursors, "/api/reports?x=1&cursor=" + next(first), "{\"items\":[],\"next\":null}");
        assertThat(asked).isEqualTo("x=1&cursor=a+b%26c%3D%C3%A9&limit=50");
        assertThat(second.path("page").path("has_more").booleanValue()).isFalse();
    }

    @Test
    void wrapsTheBackendsLinkWithoutLettingItChangeTheQuestion() {
        PageFilter linked = by(UpstreamDialect.LINK, "");
        var exchange = PageFixture.get("/api/reports?x=1&limit=3");
        run(
                linked,
                exchange,
                answering(
                        "{\"items\":[1]}",
                        headers -> headers.add(
                                HttpHeaders.LINK,
                                "<https://backend.internal/r?x=2&after=7%2C8&limit=3>; title=\"a, <b>\"; REL=\"last Next\", </docs>; rel=help")));
        JsonNode first = body(exchange);
        assertThat(first.path("page").path("has_more").booleanValue()).isTrue();
        assertThat(exchange.getResponse().getHeaders().getFirst(HttpHeaders.LINK))
                .contains("</docs>; rel=help", "</api/reports?x=1&limit=3&cursor=" + next(first) + ">; rel=\"next\"")
                .doesNotContain("backend.internal");

        page(linked, "/api/reports?x=1&cursor=" + next(first), "{\"items\":[]}");
        assertThat(asked).isEqualTo("x=1&after=7%2C8&limit=3");
    }

    @Test
    void bindsACursorToTheQuestionAndTheCaller() {
        String cursor = next(page(offsets(), "/api/reports?x=1&limit=2", TWO));

        assertRefused(offsets(), PageFixture.get("/api/reports?x=2&cursor=" + cursor), "/cursor");
        for (Caller other : List.of(PageFixture.caller("globex", "ana"), PageFixture.caller("acme", "bob"))) {
            var exchange = PageFixture.get("/api/reports?x=1&cursor=" + cursor);
            Caller.KEY.put(exchange, other);
            assertRefused(offsets(), exchange, "/cursor");
        }
        var filtered = PageFixture.get("/api/reports?x=1&cursor=" + cursor);
        Query.KEY.put(filtered, query("digest", PageRequest.NONE));
        assertRefused(offsets(), filtered, "/cursor");
    }

    @Test
    void takesThePageOutOfABody() {
        var exchange = PageFixture.exchange(
                MockServerHttpRequest.method(HttpMethod.POST, java.net.URI.create("http://edge.test/api/reports/query"))
                        .build());
        var page = new PageRequest(OptionalLong.of(2), Optional.empty(), OptionalLong.of(4), OptionalLong.empty());
        Query.KEY.put(exchange, query("digest", page));
        QueryForm.KEY.put(exchange, (query, given) -> {
            assertThat(query.page()).isEqualTo(PageRequest.NONE);
            return given;
        });

        run(offsets(), exchange, answering(TWO, headers -> {}));

        assertThat(asked).isEqualTo("offset=4&limit=2");
        assertThat(exchange.getResponse().getHeaders().containsHeader(HttpHeaders.LINK))
                .isFalse();
    }

    @Test
    void saysInTheHeadWhatTheBodyIs() {
        var exchange = PageFixture.exchange(MockServerHttpRequest.get("http://edge.test/api/reports?a=1&limit=2")
                .header(HttpHeaders.IF_NONE_MATCH, "\"x\"")
                .header(HttpHeaders.RANGE, "bytes=0-1")
                .header(HttpHeaders.ACCEPT_ENCODING, "gzip")
                .build());
        run(offsets(), exchange, answering(TWO, headers -> {
            headers.setETag("\"x\"");
            headers.setContentLength(TWO.length());
        }));

        HttpHeaders headers = exchange.getResponse().getHeaders();
        String body =
                Objects.requireNonNull(exchange.getResponse().getBodyAsString().block());
        assertThat(headers.getContentLength()).isEqualTo(body.length());
        assertThat(headers.getETag()).isNull();
        assertThat(headers.getFirst(HttpHeaders.LINK))
                .isEqualTo("</api/reports?a=1&limit=2>; rel=\"first\", </api/reports?a=1&limit=2&cursor="
                        + next(JsonMapper.shared().readTree(body)) + ">; rel=\"next\"");
        assertThat(sent.getFirst(HttpHeaders.ACCEPT_ENCODING)).isEqualTo("identity");
        assertThat(sent.containsHeader(HttpHeaders.RANGE) || sent.containsHeader(HttpHeaders.IF_NONE_MATCH))
                .isFalse();
    }

    @Test
    void leavesAloneWhatIsNoPage() {
        String text = "{\"error\":\"no\"}";
        for (HttpStatus status :
                List.of(HttpStatus.BAD_REQUEST, HttpStatus.INTERNAL_SERVER_ERROR, HttpStatus.ACCEPTED)) {
            var exchange = PageFixture.get("/api/reports");
            run(offsets(), exchange, paged -> write(paged, status, MediaType.APPLICATION_JSON, text));
            assertThat(exchange.getResponse().getBodyAsString().block()).isEqualTo(text);
            assertThat(exchange.getResponse().getHeaders().getETag()).isEqualTo("\"v\"");
        }
        for (MediaType type :
                List.of(MediaType.TEXT_HTML, MediaType.APPLICATION_PROBLEM_JSON, MediaType.APPLICATION_NDJSON)) {
            var exchange = PageFixture.get("/api/reports");
            run(offsets(), exchange, paged -> write(paged, HttpStatus.OK, type, text));
            assertThat(exchange.getResponse().getBodyAsString().block()).isEqualTo(text);
        }
    }

    @Test
    void countsWhoStillGetsTheOldEnvelopeAndLeavesItAsItIs() {
        PageFilter legacy = fixture.filter(PageFixture.section(
                PageFixture.upstream(UpstreamDialect.OFFSET, "/items", ""), PageFormat.LEGACY, ClientDialect.PAGE));
        for (String tenant : List.of("acme", "acme", "globex", "initech", "umbrella")) {
            var exchange = PageFixture.get("/api/reports?page=2&per_page=3");
            Caller.KEY.put(exchange, PageFixture.caller(tenant, "ana"));
            run(legacy, exchange, answering(TWO, headers -> headers.setETag("\"x\"")));
            assertThat(exchange.getResponse().getBodyAsString().block()).isEqualTo(TWO);
            assertThat(exchange.getResponse().getHeaders().getETag()).isEqualTo("\"x\"");
        }
        assertThat(asked).isEqualTo("offset=3&limit=3");
        assertThat(count("acme")).isEqualTo(2);
        assertThat(count("globex")).isEqualTo(1);
        assertThat(count("other")).as("beyond the bound").isEqualTo(2);
    }

    @Test
    void refusesPagesWithoutAKeyForCursors() {
        fixture.keys.remove("one");

        assertThatThrownBy(() -> offsets()
                        .filter(PageFixture.get("/api/reports"), exchange -> Mono.empty())
                        .block())
                .isInstanceOf(ProblemException.class)
                .hasMessage("not-ready");
    }

    private double count(String tenant) {
        return fixture.meters
                .get("headgate.pagination.legacy")
                .tag("tenant", tenant)
                .counter()
                .count();
    }

    private static Query query(String digest, PageRequest page) {
        var scope = new Filter.Condition("tenant_id", Operator.EQ, new Value.Text("acme"));
        return new Query(scope, Filter.EVERYTHING, List.of(), page, digest);
    }

    private String asked(PageFilter filter, String uri) {
        run(filter, PageFixture.get(uri), exchange -> Mono.empty());
        return asked;
    }

    private JsonNode page(PageFilter filter, String uri, String answer) {
        var exchange = PageFixture.get(uri);
        run(filter, exchange, answering(answer, headers -> {}));
        return body(exchange);
    }

    private static JsonNode body(MockServerWebExchange exchange) {
        return JsonMapper.shared()
                .readTree(exchange.getResponse().getBodyAsString().block());
    }

    private static String next(JsonNode page) {
        return page.path("page").path("next_cursor").stringValue();
    }

    private static String previous(JsonNode page) {
        return page.path("page").path("prev_cursor").stringValue();
    }

    private void run(PageFilter filter, ServerWebExchange exchange, GatewayFilterChain backend) {
        filter.filter(exchange, paged -> {
                    asked = PageFixture.query(paged.getRequest());
                    sent = paged.getRequest().getHeaders();
                    return backend.filter(paged);
                })
                .block();
    }

    private static GatewayFilterChain answering(String text, java.util.function.Consumer<HttpHeaders> more) {
        return exchange -> {
            more.accept(exchange.getResponse().getHeaders());
            exchange.getResponse().setStatusCode(HttpStatus.OK);
            exchange.getResponse().getHeaders().setContentType(MediaType.APPLICATION_JSON);
            return exchange.getResponse().writeWith(buffers(exchange.getResponse(), text));
        };
    }

    private static Mono<Void> write(ServerWebExchange exchange, HttpStatus status, MediaType type, String text) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(status);
        response.getHeaders().setContentType(type);
        response.getHeaders().setETag("\"v\"");
        return response.writeWith(buffers(response, text));
    }

    private static Flux<org.springframework.core.io.buffer.DataBuffer> buffers(
            ServerHttpResponse response, String text) {
        return Flux.just(response.bufferFactory().wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }

    private static void assertRefused(PageFilter filter, ServerWebExchange exchange, String what) {
        assertThatThrownBy(() -> filter.filter(exchange, paged -> Mono.empty()).block())
                .as(what)
                .isInstanceOfSatisfying(ProblemException.class, refused -> {
                    assertThat(refused.problem()).isInstanceOf(Problem.InvalidQuery.class);
                    if (what.startsWith("/")) {
                        assertThat(refused.problem().members()).containsEntry("pointer", what);
                    }
                });
    }
}

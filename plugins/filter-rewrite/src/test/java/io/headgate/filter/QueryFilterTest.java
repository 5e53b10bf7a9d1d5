package io.headgate.filter;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Event;
import io.headgate.api.Filter;
import io.headgate.api.FilterContract;
import io.headgate.api.Operator;
import io.headgate.api.PageRequest;
import io.headgate.api.ProblemType;
import io.headgate.api.Query;
import io.headgate.api.QueryForm;
import io.headgate.api.Value;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

class QueryFilterTest implements FilterContract {

    private static final String SCOPE = "{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"acme\"}";
    private static final String ACTIVE = "{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}";
    private static final HttpMethod QUERY = HttpMethod.valueOf("QUERY");

    private final QueryFixture fixture = new QueryFixture();

    @Override
    public GatewayFilter filter() {
        return fixture.filter(FilterDialect.JSON);
    }

    @Override
    public ServerWebExchange passing() {
        return posted("{\"filters\":[" + ACTIVE + "]}");
    }

    @Test
    void writesAnewWhatWasAskedInTheUrl() {
        Passed passed = pass(FilterDialect.JSON, get("filter[status]=active&sort=-id&limit=5&include=x%26y"));

        assertThat(passed.uri().getRawPath()).isEqualTo("/api/reports");
        assertThat(UrlQuery.read(passed.uri().getRawQuery()))
                .containsExactly(
                        new Parameter("filter", "[" + SCOPE + "," + ACTIVE + "]"),
                        new Parameter("sort", "-id"),
                        new Parameter("limit", "5"),
                        new Parameter("include", "x&y"));
        assertThat(passed.request().getQueryParams().getFirst("filter")).startsWith("[{\"field\":\"tenant_id\"");
        assertThat(passed.method()).isEqualTo(HttpMethod.GET);
    }

    @Test
    void limitsAQueryThatAsksForNothingToTheTenant() {
        assertThat(UrlQuery.read(pass(FilterDialect.JSON, get("")).uri().getRawQuery()))
                .containsExactly(new Parameter("filter", "[" + SCOPE + "]"));
        assertThat(UrlQuery.read(pass(FilterDialect.RSQL, get("limit=1")).uri().getRawQuery()))
                .containsExactly(new Parameter("filter", "tenant_id==acme"), new Parameter("limit", "1"));
        assertThat(UrlQuery.read(pass(FilterDialect.ODATA, get("")).uri().getRawQuery()))
                .containsExactly(new Parameter("$filter", "tenant_id eq 'acme'"));
        assertThat(UrlQuery.read(pass(FilterDialect.POSTGREST, get("")).uri().getRawQuery()))
                .containsExactly(new Parameter("and", "(tenant_id.eq.\"acme\")"));
        assertThat(UrlQuery.read(pass(FilterDialect.BRACKETS, get("")).uri().getRawQuery()))
                .containsExactly(new Parameter("filter[tenant_id][eq]", "acme"));
    }

    @Test
    void takesASlashAtTheEndForNothing() {
        var list = MockServerHttpRequest.method(HttpMethod.GET, URI.create("http://edge/api/reports/"));

        assertThat(UrlQuery.read(pass(FilterDialect.JSON, QueryFixture.by("acme", list.build()))
                        .uri()
                        .getRawQuery()))
                .containsExactly(new Parameter("filter", "[" + SCOPE + "]"));
        assertThat(pass(FilterDialect.RSQL, body(HttpMethod.POST, "/api/reports/query/", "{}"))
                        .uri()
                        .getRawPath())
                .isEqualTo("/api/reports");
    }

    @Test
    void noAlternativeReachesAroundTheTenant() {
        String either = "filter[or][0][status]=active&filter[or][1][id][gt]=0";

        assertThat(UrlQuery.read(pass(FilterDialect.RSQL, get(either)).uri().getRawQuery()))
                .containsExactly(new Parameter("filter", "tenant_id==acme;(id=gt=0,status==active)"));
        assertThat(UrlQuery.read(pass(FilterDialect.ODATA, get(either)).uri().getRawQuery()))
                .containsExactly(new Parameter("$filter", "tenant_id eq 'acme' and (id gt 0 or status eq 'active')"));
        assertThat(UrlQuery.read(
                        pass(FilterDialect.POSTGREST, get(either)).uri().getRawQuery()))
                .containsExactly(new Parameter("and", "(tenant_id.eq.\"acme\",or(id.gt.\"0\",status.eq.\"active\"))"));
    }

    @Test
    void replacesTheBodyOfAQuery() {
        Passed passed = pass(FilterDialect.JSON, posted("""
                { "sort": [ {"field":"id"} ], "filters": [ {"op":"eq","value":"active","field":"status"} ], "page": {"limit":3} }"""));

        String expected = "{\"filters\":[" + SCOPE + "," + ACTIVE
                + "],\"sort\":[{\"field\":\"id\",\"dir\":\"asc\"}],\"page\":{\"limit\":3}}";
        assertThat(passed.body()).isEqualTo(expected);
        assertThat(passed.request().getHeaders().getContentLength()).isEqualTo(expected.length());
        assertThat(passed.request().getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
        assertThat(passed.uri().getRawPath()).isEqualTo("/api/reports/query");
        assertThat(passed.method()).isEqualTo(HttpMethod.POST);
    }

    @Test
    void takesTheMethodQuery() {
        Passed passed = pass(FilterDialect.JSON, body(QUERY, "/api/reports", "{\"filters\":[" + ACTIVE + "]}"));

        assertThat(passed.body()).isEqualTo("{\"filters\":[" + SCOPE + "," + ACTIVE + "]}");
        assertThat(passed.method()).isEqualTo(QUERY);
    }

    @Test
    void asksABackendWithoutABodyInTheUrl() {
        Passed passed = pass(
                FilterDialect.RSQL,
                posted("{\"filters\":[" + ACTIVE + "],\"sort\":[{\"field\":\"id\",\"dir\":\"desc\"}],"
                        + "\"page\":{\"limit\":3,\"cursor\":\"a b\"}}"));

        assertThat(passed.method()).isEqualTo(HttpMethod.GET);
        assertThat(passed.uri().getRawPath()).isEqualTo("/api/reports");
        assertThat(UrlQuery.read(passed.uri().getRawQuery()))
                .containsExactly(
                        new Parameter("filter", "status==active;tenant_id==acme"),
                        new Parameter("sort", "-id"),
                        new Parameter("limit", "3"),
                        new Parameter("cursor", "a b"));
        assertThat(passed.body()).isEmpty();
        assertThat(passed.request().getHeaders().getContentLength()).isEqualTo(-1);
        assertThat(passed.request().getHeaders().getContentType()).isNull();
        assertThat(pass(FilterDialect.RSQL, body(QUERY, "/api/reports", "{}"))
                        .uri()
                        .getRawPath())
                .isEqualTo("/api/reports");
    }

    @Test
    void readsTheUrlWhereABodyIsEmpty() {
        var request = MockServerHttpRequest.method(QUERY, URI.create("/api/reports?filter%5Bstatus%5D=active"));

        assertThat(pass(FilterDialect.JSON, QueryFixture.by("acme", request.build()))
                        .body())
                .isEqualTo("{\"filters\":[" + SCOPE + "," + ACTIVE + "]}");
    }

    @Test
    void leavesTheQueryForTheStepsThatFollow() {
        ServerWebExchange exchange = get("filter[status]=active&sort=id");

        Passed passed = pass(FilterDialect.JSON, exchange);

        Query query = Query.KEY.get(passed.exchange());
        assertThat(query.scope()).isEqualTo(new Filter.Condition("tenant_id", Operator.EQ, new Value.Text("acme")));
        assertThat(query.filter()).isEqualTo(new Filter.Condition("status", Operator.EQ, new Value.Text("active")));
        assertThat(query.digest())
                .isEqualTo(Examples.url("sort=id&filter[status]=active").digest());

        var page = new PageRequest(OptionalLong.of(10), Optional.empty(), OptionalLong.of(20), OptionalLong.empty());
        ServerWebExchange again = QueryForm.KEY
                .get(passed.exchange())
                .write(
                        query.withPage(page)
                                .narrowedTo(new Filter.Condition("id", Operator.GT, new Value.Whole(7L)), query.sort()),
                        passed.exchange());
        assertThat(UrlQuery.read(again.getRequest().getURI().getRawQuery()))
                .containsExactly(
                        new Parameter(
                                "filter",
                                "[" + SCOPE + "," + ACTIVE + ",{\"field\":\"id\",\"op\":\"gt\",\"value\":7}]"),
                        new Parameter("sort", "id"),
                        new Parameter("limit", "10"),
                        new Parameter("offset", "20"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filter[tenant_id]=globex",
                "filter=[{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"globex\"}]",
                "tenant_id=globex",
                "FILTER=x",
                "Filter[status]=active",
                "filter[status]=active&$filter=id%20eq%201",
                "sort=tenant_id",
                "select=secret",
                "%66ilter=x",
                "filter=id==1"
            })
    void refusesWhatTheRouteDoesNotTake(String query) {
        String escaped = query.replace("\"", "%22").replace("{", "%7B").replace("}", "%7D");

        assertThatRefusalOf(run(FilterDialect.JSON, get(escaped))).hasType(ProblemType.INVALID_QUERY);
    }

    @Test
    void namesAParameterThatItDoesNotKnowBesideAllElse() {
        assertThat(Examples.refusals(() -> run(FilterDialect.JSON, get("select=secret&filter[nope]=1&sort=nope"))
                        .block()))
                .extracting(problem -> problem.substring(0, problem.indexOf(':')))
                .containsExactlyInAnyOrder("/select", "/filter[nope]", "/sort/0");
    }

    @Test
    void letsNoQueryPassWhereNoneIsAnswered() {
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.PATCH, HttpMethod.POST, HttpMethod.DELETE)) {
            var one = MockServerHttpRequest.method(method, URI.create("/api/reports/7?filter%5Bid%5D=1"));
            assertThatRefusalOf(run(FilterDialect.JSON, QueryFixture.by("acme", one.build())))
                    .hasType(ProblemType.INVALID_QUERY)
                    .hasMember("pointer", "/filter[id]");
        }
        var all = MockServerHttpRequest.method(HttpMethod.DELETE, URI.create("/api/reports?sort=id"));
        assertThatRefusalOf(run(FilterDialect.JSON, QueryFixture.by("acme", all.build())))
                .hasType(ProblemType.INVALID_QUERY);
    }

    @Test
    void leavesOtherRequestsAsTheyAre() {
        ServerWebExchange exchange = QueryFixture.by(
                "acme",
                MockServerHttpRequest.method(HttpMethod.PATCH, URI.create("/api/reports/7?dry=1"))
                        .body("{}"));

        assertThat(pass(FilterDialect.JSON, exchange).exchange()).isSameAs(exchange);
    }

    @Test
    void readsNoBodyThatIsNoQuery() {
        String path = "/api/reports/query";
        assertThatRefusalOf(run(FilterDialect.JSON, body(HttpMethod.POST, path, "{\"filters\":")))
                .hasType(ProblemType.INVALID_QUERY);
        assertThatRefusalOf(run(FilterDialect.JSON, body(HttpMethod.POST, path + "?sort=id", "{}")))
                .hasMember("pointer", "/sort");
        assertThatRefusalOf(
                        run(FilterDialect.JSON, body(HttpMethod.POST, path + "?limit=1", "{\"page\":{\"limit\":2}}")))
                .hasMember("pointer", "/limit");
        assertThatRefusalOf(run(FilterDialect.JSON, typed(path, "text/plain", "{}")))
                .hasType(ProblemType.UNSUPPORTED_MEDIA_TYPE);
        assertThatRefusalOf(run(FilterDialect.JSON, typed(path, "application/json;charset=utf-16", "{}")))
                .hasType(ProblemType.UNSUPPORTED_MEDIA_TYPE);
        assertThatRefusalOf(run(FilterDialect.JSON, body(HttpMethod.POST, path, "{" + " ".repeat(16 * 1024) + "}")))
                .hasType(ProblemType.BODY_TOO_LARGE);
        assertThatRefusalOf(run(
                        FilterDialect.JSON,
                        QueryFixture.by(
                                "acme",
                                MockServerHttpRequest.post(path)
                                        .contentType(MediaType.APPLICATION_JSON)
                                        .header("Transfer-Encoding", "chunked")
                                        .body(" ".repeat(16 * 1024 + 1)))))
                .hasType(ProblemType.BODY_TOO_LARGE);
        assertThatRefusalOf(run(FilterDialect.JSON, bytes(path, new byte[] {'{', (byte) 0xC0, (byte) 0x80, '}'})))
                .hasType(ProblemType.INVALID_QUERY);
        assertThatRefusalOf(run(
                        FilterDialect.JSON,
                        QueryFixture.by(
                                "acme",
                                MockServerHttpRequest.method(HttpMethod.GET, "/api/reports")
                                        .contentLength(2)
                                        .body("{}"))))
                .hasType(ProblemType.INVALID_QUERY);
    }

    @Test
    void saysWhatTheBackendHasNoWordsFor() {
        assertThatRefusalOf(run(FilterDialect.RSQL, get("filter[not][name][contains]=x")))
                .hasType(ProblemType.UNSUPPORTED_QUERY)
                .hasDetailContaining("the negation of contains on name");
        assertThatRefusalOf(run(FilterDialect.JSON, get("filter[name][contains]=" + "%20".repeat(6_000))))
                .hasType(ProblemType.UNSUPPORTED_QUERY)
                .hasDetailContaining("at most 16384");
        assertThat(count("unsupported", "rsql")).isEqualTo(1);
    }

    @Test
    void asksNobodysRows() {
        assertThatRefusalOf(
                        run(FilterDialect.JSON, MockServerWebExchange.from(MockServerHttpRequest.get("/api/reports"))))
                .hasType(ProblemType.UNAUTHENTICATED);
    }

    @Test
    void passesNothingWhileItsSchemaIsNotThere() {
        fixture.withoutSchema();

        assertThatRefusalOf(run(FilterDialect.JSON, get(""))).hasType(ProblemType.NOT_READY);
    }

    @Test
    void tellsWhatWasAskedWithoutAValue() {
        pass(FilterDialect.JSON, get("filter[name][eq]=s3cret&filter[status]=active&sort=-id"));
        pass(FilterDialect.JSON, get("limit=1"));

        assertThat(fixture.events).singleElement().satisfies(event -> {
            assertThat(event.eventType()).isEqualTo("filter.applied");
            assertThat(event.accountId()).contains("acme");
            assertThat(event.data())
                    .isEqualTo(Map.of(
                            "route", "reports/api",
                            "schema", "reports/reports",
                            "emits", "json",
                            "dialect", "brackets",
                            "shape",
                                    Examples.url("filter[name]=x&filter[status]=draft&sort=-id")
                                            .shape(),
                            "fields", List.of("name", "status"),
                            "sort", List.of("-id")));
        });
        assertThat(count("applied", "json")).isEqualTo(1);
        assertThat(count("scoped", "json")).isEqualTo(1);
    }

    @Test
    void tellsWhatWasRefusedWithoutAWordOfTheClients() {
        assertThatRefusalOf(run(FilterDialect.JSON, posted("""
                {"filters":[{"field":"s3cret","op":"s3cret","value":"s3cret"},{"s3cret":1}],"s3cret":1}"""))).hasType(ProblemType.INVALID_QUERY);
        assertThatRefusalOf(run(FilterDialect.JSON, get("filter[s3cret][s3cret]=s3cret")))
                .hasType(ProblemType.INVALID_QUERY);

        assertThat(fixture.events).hasSize(2).extracting(Event::eventType).containsOnly("filter.rejected");
        assertThat(fixture.events.getFirst().data()).containsEntry("reason", "invalid-query");
        assertThat(fixture.events.getFirst().data().get("pointers"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .contains("/filters/0/field", "/filters/0/op", "/filters/1/*", "/*");
        assertThat(fixture.events.toString()).doesNotContain("s3cret");
        assertThat(count("rejected", "json")).isEqualTo(2);
    }

    @Test
    void goesOnWhereTheEventLogDoesNot() {
        var broken = new QueryFixture();
        var metrics = new FilterMetrics(broken.meters);
        var shared = broken.shared();
        var log = new QueryLog(
                () -> Optional.of(event -> {
                    throw new IllegalStateException("full");
                }),
                new io.headgate.api.EventIds(java.time.Clock.systemUTC()),
                java.time.Clock.systemUTC(),
                metrics);
        var filter = new QueryFilter(
                new QueryFilter.Shared(shared.reader(), shared.schemas(), log, metrics, shared.limits()),
                broken.section(),
                QueryFixture.ROUTE);

        filter.filter(get("sort=id"), exchange -> Mono.empty()).block();

        assertThat(broken.meters.counter("headgate.filter.events.unrecorded").count())
                .isEqualTo(1);
    }

    private double count(String outcome, String emits) {
        return fixture.meters
                .counter("headgate.filter.queries", "outcome", outcome, "emits", emits)
                .count();
    }

    private record Passed(ServerWebExchange exchange) {

        ServerHttpRequest request() {
            return exchange.getRequest();
        }

        URI uri() {
            return request().getURI();
        }

        HttpMethod method() {
            return request().getMethod();
        }

        String body() {
            return DataBufferUtils.join(request().getBody())
                    .map(buffer -> buffer.toString(StandardCharsets.UTF_8))
                    .blockOptional()
                    .orElse("");
        }
    }

    private Passed pass(FilterDialect emits, ServerWebExchange exchange) {
        AtomicReference<Optional<ServerWebExchange>> passed = new AtomicReference<>(Optional.empty());
        GatewayFilterChain chain = written -> {
            passed.set(Optional.of(written));
            return Mono.empty();
        };
        fixture.filter(emits).filter(exchange, chain).block();
        return new Passed(passed.get().orElseThrow());
    }

    private Mono<Void> run(FilterDialect emits, ServerWebExchange exchange) {
        return fixture.filter(emits).filter(exchange, passed -> Mono.empty());
    }

    private static ServerWebExchange get(String query) {
        return QueryFixture.by(
                "acme",
                MockServerHttpRequest.method(HttpMethod.GET, URI.create("http://edge/api/reports?" + brackets(query)))
                        .build());
    }

    private static String brackets(String query) {
        return query.replace("[", "%5B").replace("]", "%5D");
    }

    private static ServerWebExchange posted(String body) {
        return body(HttpMethod.POST, "/api/reports/query", body);
    }

    private static ServerWebExchange body(HttpMethod method, String path, String body) {
        return QueryFixture.by(
                "acme",
                MockServerHttpRequest.method(method, URI.create("http://edge" + path))
                        .contentType(MediaType.APPLICATION_JSON)
                        .contentLength(body.getBytes(StandardCharsets.UTF_8).length)
                        .body(body));
    }

    private static ServerWebExchange typed(String path, String type, String body) {
        return QueryFixture.by(
                "acme",
                MockServerHttpRequest.post(path)
                        .header("Content-Type", type)
                        .contentLength(body.length())
                        .body(body));
    }

    private static ServerWebExchange bytes(String path, byte[] body) {
        return QueryFixture.by(
                "acme",
                MockServerHttpRequest.post(path)
                        .contentType(MediaType.APPLICATION_JSON)
                        .contentLength(body.length)
                        .body(reactor.core.publisher.Flux.just(
                                org.springframework.core.io.buffer.DefaultDataBufferFactory.sharedInstance.wrap(
                                        body))));
    }
}

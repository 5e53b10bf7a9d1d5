package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import io.headgate.api.ClientIp;
import io.headgate.api.FilterContract;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ResourceId;
import io.headgate.ratelimit.RateLimitSpec.Enforcement;
import io.headgate.ratelimit.RateLimitSpec.Mode;
import io.headgate.ratelimit.RateLimitSpec.OnStoreDown;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

class RateLimitFilterTest implements FilterContract {

    private final String prefix = "test-" + UUID.randomUUID();
    private final TestTime time = new TestTime();
    private final AtomicReference<LimitBook> book = new AtomicReference<>(new LimitBook(List.of()));
    private final Instance instance =
            new Instance("a", Instance.settings(prefix), book, time::nanos).on(Redises.store(prefix, time::micros));

    private static RateLimit limit(String id, Quota quota, List<KeyPart> key) {
        return limit(id, quota, key, Enforcement.ENFORCE, OnStoreDown.LOCAL);
    }

    private static RateLimit limit(
            String id, Quota quota, List<KeyPart> key, Enforcement enforcement, OnStoreDown rule) {
        return new RateLimit(
                ResourceId.parse(id),
                1,
                new RateLimitSpec(key, List.of(), quota, Map.of(), Map.of(), Mode.EXACT, rule, enforcement));
    }

    private static final List<KeyPart> TENANT = List.of(KeyPart.Known.TENANT);
    private static final List<KeyPart> IP = List.of(KeyPart.Known.IP);

    private GatewayFilter filter(long cost, RateLimit... limits) {
        return new RateLimitFilter(
                () -> List.of(limits), "reports/api", cost, instance.engine.keys(), instance.engine.limits());
    }

    @Override
    public GatewayFilter filter() {
        return filter(1, limit("platform/wide", Instance.quota(1_000, 60, 1_000), TENANT));
    }

    @Override
    public ServerWebExchange passing() {
        return of("acme", "ana");
    }

    private static MockServerWebExchange of(String tenant, String subject) {
        return of(tenant, subject, "10.0.0.1", "");
    }

    private static MockServerWebExchange of(String tenant, String subject, String ip, String device) {
        var exchange = MockServerWebExchange.from(
                MockServerHttpRequest.get("/api/reports").header("X-Device", device));
        Caller.KEY.put(
                exchange,
                new Caller(
                        tenant,
                        subject,
                        Set.of(),
                        Optional.of("pro"),
                        Set.of(),
                        Set.of(),
                        Set.of(),
                        "credential-" + subject,
                        Instant.MAX));
        ClientIp.KEY.put(exchange, new ClientIp(ip));
        return exchange;
    }

    private static Optional<Problem> refusal(GatewayFilter filter, ServerWebExchange exchange) {
        return filter.filter(exchange, passed -> Mono.empty())
                .then(Mono.just(Optional.<Problem>empty()))
                .onErrorResume(
                        ProblemException.class,
                        refused -> new ProblemHandler()
                                .handle(exchange, refused)
                                .thenReturn(Optional.of(refused.problem())))
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private static String header(ServerWebExchange exchange, String name) {
        return String.valueOf(exchange.getResponse().getHeaders().getFirst(name));
    }

    @Test
    void tellsWhoeverPassesWhereItStands() {
        GatewayFilter filter = filter(1, limit("platform/tenant-default", Instance.quota(600, 60, 100), TENANT));
        var exchange = of("acme", "ana");

        assertThat(refusal(filter, exchange)).isEmpty();

        assertThat(header(exchange, "RateLimit-Policy")).isEqualTo("\"tenant-default\";q=600;w=60");
        assertThat(header(exchange, "RateLimit")).isEqualTo("\"tenant-default\";r=99;t=1");
        assertThat(LimitDecision.KEY.get(exchange)).isInstanceOf(LimitDecision.Admitted.class);
    }

    @Test
    void refusesWithTheTimeThatIsReallyToBeWaited() {
        GatewayFilter filter = filter(3, limit("platform/slow", Instance.quota(6, 60, 4), TENANT));
        refusal(filter, of("acme", "ana"));
        var exchange = of("acme", "ana");

        assertThat(refusal(filter, exchange)).containsInstanceOf(Problem.Limited.class);

        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
        assertThat(header(exchange, "Retry-After")).isEqualTo("20");
        assertThat(header(exchange, "RateLimit")).isEqualTo("\"slow\";r=1;t=20");
        assertThat(exchange.getResponse().getBodyAsString().block())
                .contains(
                        "\"violated_policies\":[\"platform/slow\"]",
                        "\"retry_after\":20",
                        "/problems/too-many-requests");
        time.advance(Duration.ofMillis(19_999));
        assertThat(refusal(filter, of("acme", "ana"))).as("too early").isNotEmpty();
        time.advance(Duration.ofMillis(1));
        assertThat(refusal(filter, of("acme", "ana")))
                .as("after exactly that time")
                .isEmpty();
    }

    @Test
    void drawsOnAllLimitsOrOnNone() {
        RateLimit wide = limit("platform/wide", Instance.quota(1, 60, 10), TENANT);
        RateLimit narrow = limit("platform/narrow", Instance.quota(1, 60, 1), IP);
        GatewayFilter both = filter(1, wide, narrow);
        assertThat(refusal(both, of("acme", "ana"))).isEmpty();
        var exchange = of("acme", "ana");

        assertThat(refusal(both, exchange)).isNotEmpty();

        assertThat(header(exchange, "RateLimit-Policy")).isEqualTo("\"wide\";q=1;w=60, \"narrow\";q=1;w=60");
        var other = of("acme", "ana");
        refusal(filter(1, wide), other);
        assertThat(header(other, "RateLimit")).startsWith("\"wide\";r=8;");
    }

    @Test
    void tellsCallersApartByWhatTheLimitSays() {
        RateLimit byUser = limit("platform/user", Instance.quota(1, 60, 1), List.of(KeyPart.Known.USER));
        RateLimit byDevice =
                limit("platform/device", Instance.quota(1, 60, 1), List.of(new KeyPart.Header("x-device")));

        assertThat(refusal(filter(1, byUser), of("acme", "ana"))).isEmpty();
        assertThat(refusal(filter(1, byUser), of("globex", "ana"))).isEmpty();
        assertThat(refusal(filter(1, byUser), of("acme", "bob"))).isEmpty();
        assertThat(refusal(filter(1, byUser), of("acme", "ana"))).isNotEmpty();
        assertThat(refusal(filter(1, byDevice), of("acme", "ana", "10.0.0.1", "one")))
                .isEmpty();
        assertThat(refusal(filter(1, byDevice), of("acme", "ana", "10.0.0.1", "two")))
                .isEmpty();
        assertThat(refusal(filter(1, byDevice), of("globex", "bob", "10.0.0.2", "one")))
                .isNotEmpty();
    }

    @Test
    void countsTheAddressesOfOneNetworkAsOneClient() {
        GatewayFilter filter = filter(1, limit("platform/ip", Instance.quota(1, 60, 1), IP));

        assertThat(refusal(filter, of("acme", "ana", "2001:db8:1:2::1", ""))).isEmpty();
        assertThat(refusal(filter, of("acme", "ana", "2001:db8:1:2:ffff::9", "")))
                .isNotEmpty();
        assertThat(refusal(filter, of("acme", "ana", "2001:db8:1:3::1", ""))).isEmpty();
    }

    @Test
    void countsNobodyWhereALimitGoesByACallerAndThereIsNone() {
        GatewayFilter filter = filter(1, limit("platform/tenant", Instance.quota(1, 60, 1), TENANT));
        var anonymous = MockServerWebExchange.from(MockServerHttpRequest.get("/api/reports"));

        assertThat(refusal(filter, anonymous)).isEmpty();
        assertThat(header(anonymous, "RateLimit")).isEqualTo("null");
    }

    @Test
    void refusesNobodyInTheShadowAndCounts() {
        GatewayFilter filter = filter(
                1, limit("platform/trial", Instance.quota(1, 60, 1), TENANT, Enforcement.SHADOW, OnStoreDown.LOCAL));

        for (int i = 0; i < 3; i++) {
            var exchange = of("acme", "ana");
            assertThat(refusal(filter, exchange)).isEmpty();
            assertThat(header(exchange, "RateLimit")).isEqualTo("null");
        }

        assertThat(instance.count("platform/trial", "shadow-refused")).isEqualTo(2);
        time.advance(Duration.ofSeconds(61));
        instance.engine.parts().events().flush();
        assertThat(instance.events)
                .filteredOn(event -> event.eventType().equals("limit.exceeded"))
                .singleElement()
                .satisfies(event -> assertThat(event.data()).containsEntry("enforcement", "shadow"));
    }

    @Test
    void answersThatNothingCanBeToldWhereTheLimitWantsThat() {
        var alone = new Instance("b", Instance.settings(prefix), book, time::nanos);
        RateLimit strict =
                limit("platform/strict", Instance.quota(1, 60, 1), TENANT, Enforcement.ENFORCE, OnStoreDown.DENY);
        var exchange = of("acme", "ana");

        refusal(
                new RateLimitFilter(
                        () -> List.of(strict), "reports/api", 1, alone.engine.keys(), alone.engine.limits()),
                exchange);

        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(exchange.getResponse().getBodyAsString().block()).contains("/problems/limits-unavailable");
    }

    @Test
    void keepsItsMemoryWhateverClientsMakeUp() {
        GatewayFilter filter =
                filter(1, limit("platform/device", Instance.quota(1, 60, 1), List.of(new KeyPart.Header("x-device"))));

        for (int i = 0; i < 3_000; i++) {
            refusal(filter, of("acme", "ana", "10.0.0.1", "made-up-" + i));
        }

        assertThat(instance.engine.allowances().size()).isLessThanOrEqualTo(1_000);
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.CallWatch;
import io.headgate.api.Caller;
import io.headgate.api.ClientIp;
import io.headgate.api.Destination;
import io.headgate.api.FilterContract;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.ratelimit.LimitsProperties.Shedding;
import io.headgate.ratelimit.LimitsProperties.SheddingMode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class ShedFilterTest implements FilterContract {

    private static final String UPSTREAM = "http://reports:9101";

    private final TestTime time = new TestTime();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Throttles throttles = throttles(SheddingMode.ENFORCE, 4);

    /** Of four, three are for default requests. */
    private Throttles throttles(SheddingMode mode, int limit) {
        var settings =
                new Shedding(mode, limit, limit, 2, Duration.ofMillis(100), Duration.ZERO, 10, Duration.ofMinutes(10));
        return new Throttles(settings, new ShedMetrics(meters), time::nanos, new Random(1));
    }

    private Throttle throttle() {
        return throttles.of(UPSTREAM);
    }

    @Override
    public GatewayFilter filter() {
        return ShedFilter.ofGateway(throttles, Criticality.DEFAULT, "reports/api");
    }

    @Override
    public ServerWebExchange passing() {
        return of(MockServerHttpRequest.get("/api/reports"), "acme");
    }

    private static ServerWebExchange of(MockServerHttpRequest.BaseBuilder<?> request, String tenant) {
        var exchange = MockServerWebExchange.from(request);
        Destination.KEY.put(exchange, new Destination(UPSTREAM));
        Caller.KEY.put(
                exchange,
                new Caller(
                        tenant, "ana", Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "token", Instant.MAX));
        return exchange;
    }

    /** A request behind which the backend is silent until the test lets it answer. */
    private Running run(ServerWebExchange exchange) {
        Sinks.Empty<Void> answer = Sinks.empty();
        List<Throwable> failures = new ArrayList<>();
        Disposable running =
                filter().filter(exchange, behind -> answer.asMono()).subscribe(ignored -> {}, failures::add);
        return new Running(exchange, answer, running, failures);
    }

    private record Running(
            ServerWebExchange exchange, Sinks.Empty<Void> answer, Disposable running, List<Throwable> failures) {

        void answers(HttpStatus status) {
            exchange.getResponse().setStatusCode(status);
            answer.tryEmitEmpty();
        }
    }

    @Test
    void refusesWhatTheBackendHasNoRoomForAndSaysWhenToComeBack() {
        for (int i = 0; i < 3; i++) {
            run(passing());
        }

        StepVerifier.create(filter().filter(passing(), behind -> Mono.error(new AssertionError("called"))))
                .expectErrorSatisfies(error -> {
                    Problem problem = ((ProblemException) error).problem();
                    assertThat(problem.type()).isEqualTo(ProblemType.OVERLOADED);
                    assertThat(problem.type().status()).isEqualTo(503);
                    assertThat(Integer.parseInt(
                                    Objects.requireNonNull(problem.headers().get("Retry-After"))))
                            .isBetween(1, 3);
                })
                .verify(PATIENCE);
        assertThat(throttle().underWay()).isEqualTo(3);
        assertThat(refused("within")).isEqualTo(1);
    }

    private double refused(String share) {
        return meters.get("headgate.limits.shedding.refused")
                .tag("upstream", UPSTREAM)
                .tag("criticality", "default")
                .tag("share", share)
                .counter()
                .count();
    }

    @Test
    void leavesTheLastPlacesToCriticalRequests() {
        for (int i = 0; i < 3; i++) {
            run(passing());
        }
        GatewayFilter critical = ShedFilter.ofGateway(throttles, Criticality.CRITICAL, "reports/api");

        critical.filter(passing(), behind -> Mono.never()).subscribe();

        assertThat(throttle().underWay()).isEqualTo(4);
    }

    @Test
    void refusesNobodyInShadowAndCountsWhomItWouldHave() {
        Throttles shadow = throttles(SheddingMode.SHADOW, 1);
        GatewayFilter filter = ShedFilter.ofGateway(shadow, Criticality.DEFAULT, "reports/api");

        for (int i = 0; i < 5; i++) {
            filter.filter(passing(), behind -> Mono.never()).subscribe();
        }

        assertThat(shadow.of(UPSTREAM).underWay()).isEqualTo(5);
        assertThat(refused("within")).isEqualTo(4);
    }

    enum Ending {
        ANSWERED,
        UNAVAILABLE,
        FAILED,
        CANCELLED
    }

    @ParameterizedTest
    @EnumSource(Ending.class)
    void givesThePlaceBackHoweverItEnds(Ending ending) {
        Running request = run(passing());
        assertThat(throttle().underWay()).isEqualTo(1);

        end(request, ending);

        assertThat(throttle().underWay()).isZero();
        assertThat(throttle().account("acme").held()).isZero();
    }

    private static void end(Running request, Ending ending) {
        switch (ending) {
            case ANSWERED -> request.answers(HttpStatus.OK);
            case UNAVAILABLE -> request.answers(HttpStatus.SERVICE_UNAVAILABLE);
            case FAILED -> request.answer().tryEmitError(new IllegalStateException("broken"));
            case CANCELLED -> request.running().dispose();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void keepsNoPlaceInWhateverOrderRequestsComeAndEnd(long seed) {
        Throttles wide = throttles(SheddingMode.ENFORCE, 1_000);
        GatewayFilter filter = ShedFilter.ofGateway(wide, Criticality.DEFAULT, "reports/api");
        var random = new Random(seed);
        List<Running> running = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            if (running.isEmpty() || random.nextInt(2) == 0) {
                running.add(begin(filter, random));
            } else {
                Running request = running.remove(random.nextInt(running.size()));
                CallWatch watch = CallWatch.KEY.get(request.exchange());
                if (random.nextBoolean()) {
                    watch.sent();
                }
                if (random.nextInt(5) == 0) {
                    watch.failedAttempt();
                    watch.sent();
                }
                end(request, Ending.values()[random.nextInt(4)]);
                if (random.nextInt(3) == 0) {
                    watch.sent(); // late, from the connection's own thread
                    request.running().dispose();
                }
            }
            if (random.nextInt(50) == 0) {
                time.advance(Duration.ofMillis(random.nextInt(3_000)));
                wide.tick();
            }
        }
        running.forEach(request -> end(request, Ending.values()[random.nextInt(4)]));

        assertThat(wide.of(UPSTREAM).underWay()).isZero();
        for (int tenant = 0; tenant < 20; tenant++) {
            assertThat(wide.of(UPSTREAM).account("tenant-" + tenant).held()).isZero();
        }
    }

    private static Running begin(GatewayFilter filter, Random random) {
        var request = random.nextInt(3) == 0
                ? MockServerHttpRequest.post("/api/reports").contentLength(10)
                : MockServerHttpRequest.get("/api/reports");
        ServerWebExchange exchange = of(request, "tenant-" + random.nextInt(20));
        Sinks.Empty<Void> answer = Sinks.empty();
        List<Throwable> failures = new ArrayList<>();
        Disposable running = filter.filter(exchange, behind -> answer.asMono()).subscribe(ignored -> {}, failures::add);
        return new Running(exchange, answer, running, failures);
    }

    @Test
    void keepsNoPlaceWhereThreadsRaceToEndOneRequest() throws Exception {
        for (int i = 0; i < 500; i++) {
            Running request = run(passing());
            CallWatch watch = CallWatch.KEY.get(request.exchange());
            var done = new CountDownLatch(3);
            List<Runnable> racers = List.of(
                    watch::sent,
                    () -> request.answers(HttpStatus.OK),
                    () -> request.running().dispose());
            racers.forEach(racer -> Thread.startVirtualThread(() -> {
                racer.run();
                done.countDown();
            }));
            assertThat(done.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
        }
        assertThat(throttle().underWay()).isZero();
        assertThat(throttle().account("acme").held()).isZero();
    }

    @Test
    void aBodyHoldsNoPlaceWhileTheClientSendsIt() {
        Running upload = run(
                of(MockServerHttpRequest.method(HttpMethod.POST, "/api/reports").contentLength(10), "acme"));
        assertThat(throttle().underWay()).isZero();

        CallWatch.KEY.get(upload.exchange()).sent();

        assertThat(throttle().underWay()).isEqualTo(1);
        upload.answers(HttpStatus.CREATED);
        assertThat(throttle().underWay()).isZero();
    }

    @Test
    void aWebSocketHoldsNoPlaceAndIsNotSlow() {
        Running socket = run(of(MockServerHttpRequest.get("/socket").header("Upgrade", "websocket"), "acme"));
        assertThat(throttle().underWay()).isZero();

        time.advance(Duration.ofHours(1));
        socket.answers(HttpStatus.SWITCHING_PROTOCOLS);
        throttles.tick();

        assertThat(throttle().usualNanos("reports/api")).isZero();
    }

    @Test
    void countsTheBackendsTimeAndNotTheClients() {
        Running upload = run(
                of(MockServerHttpRequest.method(HttpMethod.POST, "/api/reports").contentLength(10), "acme"));
        time.advance(Duration.ofSeconds(30));
        CallWatch.KEY.get(upload.exchange()).sent();
        time.advance(Duration.ofMillis(200));
        upload.answers(HttpStatus.OK);
        time.advance(Duration.ofSeconds(1));

        throttles.tick();

        assertThat(throttle().usualNanos("reports/api"))
                .isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    void aClientThatLeavesEarlyTellsNothingAndOneThatGaveUpDoes() {
        Running early = run(passing());
        CallWatch.KEY.get(early.exchange()).sent();
        time.advance(Duration.ofMillis(50));
        early.running().dispose();
        time.advance(Duration.ofSeconds(1));
        throttles.tick();
        assertThat(throttle().usualNanos("reports/api")).isZero();

        Running patient = run(passing());
        CallWatch.KEY.get(patient.exchange()).sent();
        time.advance(Duration.ofSeconds(2));
        patient.running().dispose();
        throttles.tick();
        assertThat(throttle().usualNanos("reports/api"))
                .isEqualTo(Duration.ofSeconds(2).toNanos());
    }

    @Test
    void sharesOutAmongAddressesWhereThereIsNoCaller() {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/public"));
        Destination.KEY.put(exchange, new Destination(UPSTREAM));
        ClientIp.KEY.put(exchange, new ClientIp("10.0.0.7"));

        run(exchange);

        assertThat(throttle().account("ip:10.0.0.7").held()).isEqualTo(1);
    }

    @Test
    void forgetsABackendThatIsCalledNoMoreWithItsMeters() {
        run(passing()).answers(HttpStatus.OK);
        throttles.tick();
        assertThat(meters.getMeters()).isNotEmpty();

        time.advance(Duration.ofMinutes(11));
        throttles.tick();
        time.advance(Duration.ofMinutes(11));
        throttles.tick();

        assertThat(meters.getMeters()).isEmpty();
    }

    @Test
    void saysWhatItExpectsOfARoutesArguments() {
        var config = new ShedGatewayFilterFactory.Config();

        assertThatThrownBy(() -> config.setCriticality("urgent"))
                .hasMessage("criticality: 'urgent' (expected: critical, default or sheddable)");
    }

    @Test
    void hasNothingToDoWithWhatTheGatewayServesItself() {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/api/v1/exports"));

        StepVerifier.create(filter().filter(exchange, behind -> Mono.empty()))
                .expectComplete()
                .verify(PATIENCE);

        assertThat(meters.getMeters()).isEmpty();
    }

    @Test
    void describesEachBackendForTheStatus() {
        run(passing());
        ObjectNode view = JsonNodeFactory.instance.objectNode();

        throttles.describe(view);

        assertThat(view.toString())
                .isEqualTo("{\"mode\":\"enforce\",\"upstreams\":[{\"upstream\":\"" + UPSTREAM
                        + "\",\"limit\":4,\"under_way\":1,\"tenants\":1,\"refused\":0}]}");
    }
}

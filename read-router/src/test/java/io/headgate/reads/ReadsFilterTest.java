package io.headgate.reads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.BackendCall;
import io.headgate.api.BackendListener;
import io.headgate.api.Caller;
import io.headgate.api.DatabaseReplica;
import io.headgate.api.Decision.Granted;
import io.headgate.api.FilterContract;
import io.headgate.api.MutableClock;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.AbstractServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.SslInfo;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.test.scheduler.VirtualTimeScheduler;

class ReadsFilterTest implements FilterContract {

    private static final String TENANT = "acme";
    private static final String TOKEN = "Headgate-Consistency";
    private static final String OUTCOME = "Headgate-Consistency-Outcome";
    private static final Branch BRANCH = new Branch(FakeProbe.SYSTEM, 1);

    private final VirtualTimeScheduler time = VirtualTimeScheduler.create();
    private final FakeProbe primary = FakeProbe.primary(1000);
    private final FakeProbe one = FakeProbe.replica("one", 1000);
    private final FakeProbe two = FakeProbe.replica("two", 1000);
    private final ReadsMetrics metrics = new ReadsMetrics(new SimpleMeterRegistry());
    private final ReadScopes scopes = scopes();
    private final Cluster cluster = cluster();
    private final FakeSubjects subjects = new FakeSubjects();
    private final List<String> calls = new ArrayList<>();
    private ReadsSection section = section(Consistency.SESSION, Set.of(Consistency.EVENTUAL, Consistency.BOUNDED));

    @Test
    void aReadGoesToAReplicaSaysSoAndHandsOutWhatItSaw() {
        var exchange = get();

        run(exchange, answering(HttpStatus.OK));

        assertThat(calls).hasSize(1).first().asString().startsWith("main/");
        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME))
                .matches("replica;node=\"(one|two)\";level=session;lag=\\d+");
        assertThat(handedOut(exchange).marks()).containsEntry(BRANCH, new Seen.Mark(new Lsn(1000), true));
    }

    @Test
    void anOfferOfHttp2IsNoWayAroundAndAWebSocketIsNoRead() {
        run(get("Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c"), answering(HttpStatus.OK));
        run(get("Connection", "Upgrade", "Upgrade", "websocket"), answering(HttpStatus.OK));

        assertThat(calls).hasSize(2);
        assertThat(calls.getFirst()).startsWith("main/");
        assertThat(calls.getLast()).isEqualTo("primary");
    }

    @Test
    void aReadThatBringsTheWritersTokenGoesWhereTheWriteIs() {
        primary.at(2000);
        two.at(2000);
        tick();

        for (int i = 0; i < 20; i++) {
            run(get(TOKEN, token(1500)), answering(HttpStatus.OK));
        }

        assertThat(calls).containsOnly("main/two");
    }

    @Test
    void severalTokensAndTheCookieCountTogether() {
        primary.at(2000);
        two.at(2000);
        tick();
        var request = MockServerHttpRequest.get("/api/reports")
                .header(TOKEN, token(900), token(1000))
                .cookie(new HttpCookie(CarriedTokens.COOKIE, token(1500)));

        for (int i = 0; i < 20; i++) {
            run(exchange(request), answering(HttpStatus.OK));
        }

        assertThat(calls).containsOnly("main/two");
    }

    @Test
    void browsersGetTheTokenAsACookieThatScriptsAndOtherSitesCannotUse() {
        var browser = get("Sec-Fetch-Site", "same-origin");
        var client = get();

        run(browser, answering(HttpStatus.OK));
        run(client, answering(HttpStatus.OK));

        assertThat(browser.getResponse().getHeaders().getFirst("Set-Cookie"))
                .startsWith(CarriedTokens.COOKIE + "=")
                .endsWith("; Path=/; HttpOnly; SameSite=Lax");
        assertThat(client.getResponse().getHeaders().containsHeader("Set-Cookie"))
                .isFalse();
    }

    @Test
    void aWriteLearnsThePositionOnceItsAnswerIsThereAndNotBefore() {
        var exchange = write();

        run(exchange, it -> {
            primary.at(2000);
            return answering(HttpStatus.CREATED).filter(it);
        });

        assertThat(calls).containsExactly("primary");
        assertThat(handedOut(exchange).marks()).containsEntry(BRANCH, new Seen.Mark(new Lsn(2000), false));
    }

    @Test
    void aWriteThatFailedMayHaveTakenEffect() {
        var exchange = write();

        CompletableFuture<Boolean> failed = start(exchange, it -> {
            primary.at(2000);
            return Mono.error(
                    Problem.of(ProblemType.GATEWAY_TIMEOUT, "too slow").asException());
        });

        assertThatThrownBy(failed::join).hasCauseInstanceOf(ProblemException.class);
        assertThat(handedOut(exchange).marks()).containsEntry(BRANCH, new Seen.Mark(new Lsn(2000), false));
        assertThat(subjects.kept).hasSize(1);
    }

    @Test
    void aBackendThatSaysWhereItsCommitEndedSparesTheQuestion() {
        int before = primary.asked();
        var exchange = write();

        filter().filter(exchange, it -> {
                    BackendListener.KEY
                            .get(it)
                            .answered(name -> name.equals("Headgate-Commit-Position") ? List.of("1/0/7D0") : List.of());
                    return answering(HttpStatus.CREATED).filter(it);
                })
                .subscribe();

        assertThat(handedOut(exchange).marks()).containsEntry(BRANCH, new Seen.Mark(new Lsn(0x7D0), false));
        assertThat(primary.asked()).isEqualTo(before);
    }

    @Test
    void aPositionThatNobodyCanReadIsAskedFor() {
        var exchange = write();

        run(exchange, it -> {
            BackendListener.KEY.get(it).answered(_ -> List.of("everything"));
            return answering(HttpStatus.CREATED).filter(it);
        });

        assertThat(handedOut(exchange).marks()).containsEntry(BRANCH, new Seen.Mark(new Lsn(1000), false));
    }

    @Test
    void aWriteWhosePositionNobodyTellsMakesTheNextReadAStrongOne() {
        primary.down(true);
        var write = write();
        run(write, answering(HttpStatus.OK));
        primary.down(false);
        tick();

        var read = get(TOKEN, String.valueOf(write.getResponse().getHeaders().getFirst(TOKEN)));
        run(read, answering(HttpStatus.OK));

        assertThat(read.getResponse().getHeaders().getFirst(OUTCOME))
                .isEqualTo("primary;node=\"primary\";level=strong");
    }

    @Test
    void aReadIsSentElsewhereWhereAReplicasInstanceBreaks() {
        var exchange = get();

        run(exchange, it -> {
            BackendCall.KEY.put(it, () -> true);
            boolean first = calls.isEmpty();
            return answering(first ? HttpStatus.BAD_GATEWAY : HttpStatus.OK).filter(it);
        });

        assertThat(calls).containsExactlyInAnyOrder("main/one", "main/two");
        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.OK);
        assertThat(cluster.replicas()).extracting(Node::reads).containsOnly(0);
    }

    @Test
    void aReadThatNoReplicasInstanceAnswersGoesToThePrimary() {
        run(get(), it -> {
            BackendCall.KEY.put(it, () -> true);
            return calls.size() < 2 ? failing(it) : answering(HttpStatus.OK).filter(it);
        });

        assertThat(calls).hasSize(3).last().isEqualTo("primary");
    }

    @Test
    void aReadThatCannotBeSentAgainEndsAsItDid() {
        var exchange = get();

        run(exchange, it -> {
            BackendCall.KEY.put(it, () -> false);
            return answering(HttpStatus.BAD_GATEWAY).filter(it);
        });

        assertThat(calls).hasSize(1);
        assertThat(exchange.getResponse().getStatusCode()).isEqualTo(HttpStatus.BAD_GATEWAY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "bounded;max-age=5"})
    void whatWasReadWhereAnotherServerTookTheAddressIsReadElsewhere(String level) {
        var exchange = get("Headgate-Consistency-Level", level);

        run(exchange, it -> {
            BackendCall.KEY.put(it, () -> true);
            if (calls.isEmpty()) {
                moveAway(called(it));
            }
            return answering(HttpStatus.OK).filter(it);
        });

        assertThat(calls).containsExactlyInAnyOrder("main/one", "main/two");
        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME))
                .startsWith("replica;node=\"" + calls.getLast().substring("main/".length()) + "\";level="
                        + level.replaceFirst(";.*", ""));
        assertThat(cluster.replicas()).extracting(Node::reads).containsOnly(0);
    }

    @Test
    void whatWasReadThereAndCannotBeReadAgainSaysSoAndMakesTheNextReadAStrongOne() {
        var exchange = get();

        run(exchange, it -> {
            BackendCall.KEY.put(it, () -> false);
            moveAway(called(it));
            return answering(HttpStatus.OK).filter(it);
        });

        assertThat(calls).hasSize(1);
        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME))
                .isEqualTo("degraded;node=\"" + calls.getFirst().substring("main/".length()) + "\";level=eventual");
        assertThat(handedOut(exchange).marks().keySet()).anyMatch(Seen::isUnknownWrite);
    }

    @Test
    void whatBreaksOnceItsAnswerHasLeftIsNotSentAgainThoughNoBackendWasCalled() {
        CompletableFuture<Boolean> broken =
                start(get(), it -> it.getResponse().setComplete().then(failing(it)));

        assertThatThrownBy(broken::join).hasCauseInstanceOf(ProblemException.class);
        assertThat(calls).hasSize(1);
    }

    @Test
    void whatNoBackendWasCalledForIsNotReadAgain() {
        var exchange = get();

        run(exchange, it -> {
            moveAway(called(it));
            return answering(HttpStatus.OK).filter(it);
        });

        assertThat(calls).hasSize(1);
        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME)).startsWith("degraded;");
    }

    @Test
    void aWriteIsNeverSentAgain() {
        run(write(), it -> {
            BackendCall.KEY.put(it, () -> true);
            return answering(HttpStatus.BAD_GATEWAY).filter(it);
        });

        assertThat(calls).containsExactly("primary");
    }

    @Test
    void aPostIsAReadWhereItsOperationSaysSo() {
        var exchange = exchange(MockServerHttpRequest.post("/api/reports/search"));
        Granted.KEY.put(exchange, new Granted(new UUID(0, 1), "read", true, "Report", "*", Optional.empty()));

        run(exchange, answering(HttpStatus.OK));

        assertThat(calls.getFirst()).startsWith("main/");
    }

    @Test
    void aPostToAPathThatMerelyEndsInQueryIsAWrite() {
        run(exchange(MockServerHttpRequest.post("/api/reports/query")), answering(HttpStatus.OK));

        assertThat(calls).containsExactly("primary");
    }

    @Test
    void aRequestGetsTheLevelThatItAsksForWhereTheRouteAllowsIt() {
        assertThat(levelOf("strong")).isEqualTo("primary;node=\"primary\";level=strong");
        assertThat(levelOf("eventual")).startsWith("replica").contains("level=eventual");
        assertThat(levelOf("bounded;max-age=2")).contains("level=bounded");
        assertThat(levelOf("bounded; max-age=5")).contains("level=bounded");
        section = section(Consistency.SESSION, Set.of());
        assertThat(levelOf("eventual")).contains("level=session");
    }

    @Test
    void aLevelThatIsNoneIsRefusedWithWhatIsExpected() {
        for (String level :
                List.of("perfect", "bounded;max-age=0", "bounded;max-age=x", "strong;max-age=5", "", "a,b")) {
            assertThatThrownBy(start(get("Headgate-Consistency-Level", level), answering(HttpStatus.OK))::join)
                    .as(level)
                    .cause()
                    .isInstanceOfSatisfying(ProblemException.class, refused -> {
                        assertThat(refused.problem().type()).isEqualTo(ProblemType.MALFORMED_REQUEST);
                        assertThat(refused.problem().detail()).contains("expected: eventual, session, strong");
                    });
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void anAgeThatIsAskedForHoldsToTheRoutesOwn() {
        assertThat(AskedLevel.of("bounded;max-age=600", section))
                .isEqualTo(new AskedLevel(Consistency.BOUNDED, Duration.ofSeconds(5)));
        assertThat(AskedLevel.of("bounded;max-age=2", section))
                .isEqualTo(new AskedLevel(Consistency.BOUNDED, Duration.ofSeconds(2)));
        assertThat(AskedLevel.of("bounded", section))
                .isEqualTo(new AskedLevel(Consistency.BOUNDED, Duration.ofSeconds(5)));
    }

    @Test
    void anEventualReadAsksNobodyAndLeavesNothing() {
        section = section(Consistency.EVENTUAL, Set.of());
        int before = one.asked() + two.asked() + primary.asked();
        var exchange = get();

        filter().filter(exchange, answering(HttpStatus.OK)).subscribe();

        assertThat(one.asked() + two.asked() + primary.asked()).isEqualTo(before);
        assertThat(exchange.getResponse().getHeaders().containsHeader(TOKEN)).isFalse();
    }

    @Test
    void aBoundedReadOnThePrimaryAsksNobodyWhatItSaw() {
        cluster.replicas().forEach(replica -> replica.drain(true));
        int before = one.asked() + two.asked() + primary.asked();
        var exchange = get("Headgate-Consistency-Level", "bounded;max-age=5");

        filter().filter(exchange, answering(HttpStatus.OK)).subscribe();

        assertThat(calls).containsExactly("primary");
        assertThat(one.asked() + two.asked() + primary.asked()).isEqualTo(before);
        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME))
                .isEqualTo("primary;node=\"primary\";level=bounded");
    }

    @Test
    void aReadThatIsCancelledOnItsWayBackToItsConnectionHoldsNoPlaceOnThePrimary() {
        var connection = new EmbeddedChannel();
        Disposable leaving = filter().filter(on(connection, "strong"), answering(HttpStatus.OK))
                .subscribe();
        assertThat(cluster.primary().reads()).isEqualTo(1);

        leaving.dispose();
        connection.runPendingTasks();

        assertThat(cluster.primary().reads()).isZero();
        assertThat(calls).isEmpty();
    }

    @Test
    void aReadContinuesOnItsConnectionAndThenHoldsNoPlaceEither() {
        var connection = new EmbeddedChannel();
        filter().filter(on(connection, "strong"), answering(HttpStatus.OK)).subscribe();
        assertThat(calls).isEmpty();

        connection.runPendingTasks();

        assertThat(calls).containsExactly("primary");
        assertThat(cluster.primary().reads()).isZero();
    }

    @Test
    void whoBringsNoTokenReadsAtThePositionThatIsKeptForIt() {
        primary.at(2000);
        two.at(2000);
        tick();
        subjects.known = Seen.NOTHING.with(new Position(BRANCH, new Lsn(1500)), false);

        for (int i = 0; i < 20; i++) {
            run(get(), answering(HttpStatus.OK));
        }

        assertThat(calls).containsOnly("main/two");
    }

    @Test
    void whoBringsATokenCostsNoQuestionAboutItsSubject() {
        run(get(TOKEN, token(900)), answering(HttpStatus.OK));
        run(get("Headgate-Consistency-Level", "eventual"), answering(HttpStatus.OK));

        assertThat(subjects.asked).isZero();
    }

    @Test
    void whoseWritesCannotBeToldReadsStrongly() {
        subjects.known = Seen.UNTRUSTED;

        assertThat(levelOf("session")).isEqualTo("primary;node=\"primary\";level=strong");
    }

    @Test
    void forgedTokensReadStronglyAndAreNotHandedOnAsTrue() {
        var exchange = get(TOKEN, token(900).replace('A', 'B') + "x");

        run(exchange, answering(HttpStatus.OK));

        assertThat(exchange.getResponse().getHeaders().getFirst(OUTCOME)).contains("level=strong");
        assertThat(handedOut(exchange).untrusted()).isFalse();
    }

    @Test
    void wherePrimaryAndReplicasAreFullOrBehindTheClientIsToldWhenToComeBack() {
        cluster.primary().take(Integer.MAX_VALUE);
        for (int i = 0; i < 64; i++) {
            cluster.primary().take(64);
        }

        assertThatThrownBy(start(get("Headgate-Consistency-Level", "strong"), answering(HttpStatus.OK))::join)
                .cause()
                .isInstanceOfSatisfying(ProblemException.class, refused -> {
                    assertThat(refused.problem().type()).isEqualTo(ProblemType.READS_UNAVAILABLE);
                    assertThat(refused.problem().headers()).containsEntry("Retry-After", "1");
                });
    }

    @Test
    void aDatabaseThatCannotBeReachedSendsEverythingToThePrimary() {
        var filter = new ReadsFilter(
                new ReadsFilter.Shared(_ -> Optional.empty(), scopes, subjects, metrics), section, targets());
        var read = get();
        var write = write();

        filter.filter(read, answering(HttpStatus.OK)).block();
        filter.filter(write, answering(HttpStatus.OK)).block();

        assertThat(calls).containsExactly("primary", "primary");
        assertThat(read.getResponse().getHeaders().getFirst(OUTCOME))
                .isEqualTo("primary;node=\"primary\";level=strong");
        assertThat(handedOut(write).marks().keySet()).allMatch(Seen::isUnknownWrite);
    }

    @Test
    void aWriteWhoseClientWentAwayIsKeptForItsNextRequest() {
        CompletableFuture<Boolean> cancelled = new CompletableFuture<>();

        filter().filter(write(), _ -> Mono.<Void>never().doOnCancel(() -> cancelled.complete(true)))
                .subscribe()
                .dispose();

        assertThat(cancelled).isDone();
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (subjects.kept.isEmpty() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertThat(subjects.kept).hasSize(1);
    }

    // ---- what stands around it

    private static final class FakeSubjects implements SubjectPositions {
        private volatile Seen known = Seen.NOTHING;
        private volatile int asked;
        private final List<Seen> kept = new java.util.concurrent.CopyOnWriteArrayList<>();

        @Override
        public Mono<Seen> of(Subject subject) {
            asked++;
            return Mono.just(known);
        }

        @Override
        public Mono<Void> keep(Subject subject, Seen wrote) {
            return Mono.fromRunnable(() -> kept.add(wrote));
        }
    }

    private String levelOf(String asked) {
        var exchange = get("Headgate-Consistency-Level", asked);
        run(exchange, answering(HttpStatus.OK));
        return String.valueOf(exchange.getResponse().getHeaders().getFirst(OUTCOME));
    }

    @Override
    public ServerWebExchange passing() {
        return get();
    }

    @Override
    public ReadsFilter filter() {
        return new ReadsFilter(
                new ReadsFilter.Shared(_ -> Optional.of(cluster), scopes, subjects, metrics), section, targets());
    }

    private static Map<String, BackendCall.Target> targets() {
        Map<String, BackendCall.Target> targets = new HashMap<>();
        for (String name : List.of("one", "two")) {
            targets.put(name, new BackendCall.Target(Optional.of(new DatabaseReplica("main", name))));
        }
        return targets;
    }

    private void run(ServerWebExchange exchange, GatewayFilterChain chain) {
        start(exchange, chain).join();
    }

    /** Whatever waits within it has waited long enough. */
    private CompletableFuture<Boolean> start(ServerWebExchange exchange, GatewayFilterChain chain) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        filter().filter(exchange, chain).subscribe(_ -> {}, done::completeExceptionally, () -> done.complete(true));
        time.advanceTimeBy(Duration.ofSeconds(2));
        return done;
    }

    private GatewayFilterChain answering(HttpStatus status) {
        return exchange -> {
            calls.add(called(exchange));
            exchange.getResponse().setStatusCode(status);
            return Mono.empty();
        };
    }

    private Mono<Void> failing(ServerWebExchange exchange) {
        calls.add(called(exchange));
        return Mono.error(Problem.of(ProblemType.BAD_GATEWAY, "broken").asException());
    }

    /** Another server answers at the replica's address from now on. */
    private void moveAway(String replica) {
        (replica.equals("main/one") ? one : two).says(FakeProbe.reading("another", true, 1, 1000));
    }

    private static String called(ServerWebExchange exchange) {
        Function<BackendCall.Target, Optional<DatabaseReplica>> replica = BackendCall.Target::replica;
        return BackendCall.Target.KEY
                .find(exchange)
                .flatMap(replica)
                .map(String::valueOf)
                .orElse("primary");
    }

    private static MockServerWebExchange get(String... headers) {
        var request = MockServerHttpRequest.get("/api/reports");
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return exchange(request);
    }

    /** A read whose connection lives on an event loop that runs when the test says so. */
    private static ServerWebExchange on(EmbeddedChannel channel, String level) {
        MockServerWebExchange exchange = get("Headgate-Consistency-Level", level);
        ServerHttpRequest request = exchange.getRequest();
        var onChannel = new AbstractServerHttpRequest(request.getMethod(), request.getURI(), "", request.getHeaders()) {
            @Override
            @SuppressWarnings("unchecked")
            public <T> T getNativeRequest() {
                return (T) (Connection) () -> channel;
            }

            @Override
            protected MultiValueMap<String, HttpCookie> initCookies() {
                return new LinkedMultiValueMap<>();
            }

            @Override
            protected @Nullable SslInfo initSslInfo() {
                return null;
            }

            @Override
            public Flux<DataBuffer> getBody() {
                return Flux.empty();
            }
        };
        return exchange.mutate().request(onChannel).build();
    }

    private static MockServerWebExchange write() {
        return exchange(MockServerHttpRequest.method(HttpMethod.PATCH, "/api/reports/1"));
    }

    private static MockServerWebExchange exchange(MockServerHttpRequest.BaseBuilder<?> request) {
        var exchange = MockServerWebExchange.from(request);
        Caller.KEY.put(
                exchange,
                new Caller(TENANT, "ana", Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "t1", Instant.MAX));
        return exchange;
    }

    private Seen handedOut(ServerWebExchange exchange) {
        return scopes.seen(TENANT, exchange.getResponse().getHeaders().getOrEmpty(TOKEN));
    }

    private String token(long lsn) {
        return scopes.token(TENANT, Seen.NOTHING.with(new Position(BRANCH, new Lsn(lsn)), false))
                .orElseThrow();
    }

    private static ReadsSection section(Consistency level, Set<Consistency> allow) {
        return new ReadsSection(
                level,
                allow,
                allow.contains(Consistency.BOUNDED) ? Optional.of(Duration.ofSeconds(5)) : Optional.empty(),
                new ResourceId("platform", "main"));
    }

    private ReadScopes scopes() {
        var tokens = new ConsistencyTokens(
                new TestKeys("k1"),
                new MutableClock(Instant.parse("2026-11-21T12:00:00Z")),
                TestSettings.standard().tokens(),
                metrics);
        return new ReadScopes(Optional.of(tokens), Consistency.SESSION, Duration.ofSeconds(5));
    }

    private Cluster cluster() {
        var made = new Cluster(
                "main",
                Member.primary(primary),
                List.of(new Member("one", false, one), new Member("two", false, two)),
                _ -> false,
                TestSettings.standard(),
                new Environment(time, () -> time.now(TimeUnit.NANOSECONDS), new SplittableRandom(1)),
                metrics);
        made.start();
        return made;
    }

    private void tick() {
        time.advanceTimeBy(Duration.ofMillis(100));
    }
}

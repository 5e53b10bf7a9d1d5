package io.headgate.authz;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.ROUTE;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.caller;
import static io.headgate.authz.PolicyFixtures.section;
import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import io.headgate.api.Decision.Granted;
import io.headgate.api.Event;
import io.headgate.api.FilterContract;
import io.headgate.api.MutableClock;
import io.headgate.api.PathTemplate;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.authz.CandidateReport.Difference;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

class AuthorizeFilterTest {

    private static final ExecutorService THREADS = BoundedThreads.of("test", 2, 100);
    private static final Caller ANA = caller("acme", "ana", "analyst");

    private final PolicyFixtures.Live live = new PolicyFixtures.Live();
    private final PolicyFixtures.Events events = new PolicyFixtures.Events();
    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final CandidateReports reports = new CandidateReports(2);
    private final List<Runnable> waiting = new ArrayList<>();

    @BeforeEach
    void serve() {
        live.serve(book(set().policy("analysts-read", ANALYSTS_READ).resource()));
    }

    @AfterAll
    static void stop() {
        THREADS.shutdownNow();
    }

    @Nested
    class WithADecisionThatIsNew implements FilterContract {
        @Override
        public GatewayFilter filter() {
            return new AuthorizeFilter(
                    PolicyFixtures.authority(PolicyFixtures.engine(live, THREADS, reports, clock), events, clock),
                    new RouteQuestions(section(AuthzMode.ENFORCE), ROUTE, clock),
                    AuthzMode.ENFORCE);
        }

        @Override
        public ServerWebExchange passing() {
            return exchange(ANA, HttpMethod.GET, "/api/reports/1");
        }
    }

    @Test
    void decidesWithoutAnyOperatorWhatWasDecidedBefore() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        run(filter, ANA, HttpMethod.GET, "/api/reports/1");
        Mono<Void> rest = Mono.empty();

        ServerWebExchange exchange = exchange(ANA, HttpMethod.GET, "/api/reports/2");

        assertThat(filter.filter(exchange, passed -> rest)).isSameAs(rest);
        assertThat(Granted.KEY.get(exchange).resourceId()).isEqualTo("acme/2");
        assertThat(Granted.KEY.get(exchange).permit().orElseThrow().policies()).containsExactly("analysts-read");
        assertThat(events.kept)
                .hasSize(2)
                .extracting(event -> event.data().get("cached"))
                .containsExactly(false, true);
    }

    @Test
    void recordsAPermitBeforeTheRequestGoesOn() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        List<Integer> recordedBefore = new ArrayList<>();

        filter.filter(exchange(ANA, HttpMethod.GET, "/api/reports/1"), passed -> {
                    recordedBefore.add(events.kept.size());
                    return Mono.empty();
                })
                .block();

        assertThat(recordedBefore).containsExactly(1);
        Event event = events.kept.getFirst();
        assertThat(event.eventType()).isEqualTo("permission.checked");
        assertThat(event.accountId()).contains("acme");
        assertThat(event.userId()).contains("ana");
        assertThat(event.requestId()).contains("r-1");
        assertThat(event.data())
                .containsEntry("decision", "permit")
                .containsEntry("mode", "enforce")
                .containsEntry("action", "read")
                .containsEntry("resource_type", "Report")
                .containsEntry("resource_id", "acme/1")
                .containsEntry("policies", List.of("analysts-read"))
                .containsEntry("policy_sets", List.of("reports/reports@1"));
    }

    @Test
    void refusesAndRecordsWhatNoPolicyPermits() {
        Caller viewer = caller("acme", "vic", "viewer");

        assertThatRefusalOf(run(AuthzMode.ENFORCE, viewer)).hasType(ProblemType.FORBIDDEN);

        assertThat(events.kept).singleElement().satisfies(event -> {
            assertThat(event.eventType()).isEqualTo("permission.denied");
            assertThat(event.data()).containsEntry("reason", "not_permitted");
        });
    }

    @Test
    void tellsOnlyWhoMaySeeThemWhichPoliciesForbid() {
        live.serve(book(
                set().policy("frozen", "forbid(principal, action, resource);").resource()));

        assertThatRefusalOf(run(AuthzMode.ENFORCE, caller("acme", "amy", "admin")))
                .hasMember("deciding_policies", List.of("frozen"));
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> run(AuthzMode.ENFORCE, ANA).block()))
                .isInstanceOfSatisfying(
                        io.headgate.api.ProblemException.class,
                        refused -> assertThat(refused.problem().members()).isEmpty());
    }

    @Test
    void cannotDecideWithoutAPolicySet() {
        live.serve(book());

        assertThatRefusalOf(run(AuthzMode.ENFORCE, ANA))
                .hasType(ProblemType.AUTHORIZATION_UNAVAILABLE)
                .hasHeader("Retry-After", "1");
        assertThat(events.kept).singleElement().satisfies(event -> {
            assertThat(event.eventType()).isEqualTo("permission.denied");
            assertThat(event.data())
                    .containsEntry("decision", "deny")
                    .containsEntry("reason", "undecided")
                    .containsEntry("detail", "no active policy set of team reports decides on Report");
        });
    }

    @Test
    void refusesWhatCannotBeDecidedAlsoWhereThatCannotBeRecorded() {
        live.serve(book());
        events.full = true;

        assertThatRefusalOf(run(AuthzMode.ENFORCE, ANA)).hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);
    }

    @Test
    void cannotDecideWhereMoreQuestionsWaitThanMay() {
        PolicyEngine full = PolicyFixtures.engine(
                live,
                task -> {
                    throw new RejectedExecutionException("full");
                },
                reports,
                clock);

        assertThatRefusalOf(filter(AuthzMode.ENFORCE, full)
                        .filter(exchange(ANA, HttpMethod.GET, "/api/reports/1"), passed -> Mono.empty()))
                .hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);
    }

    @Test
    void cannotDecideWhereTheEngineNeverAnswers() {
        var impatient = new PolicyEngine(
                live,
                task -> {},
                reports,
                Fixtures.metrics(),
                clock,
                new AuthzProperties.Policies(
                        1, 1, Duration.ofMillis(20), 10, Duration.ofSeconds(60), 1, Set.of("admin")));

        assertThatRefusalOf(filter(AuthzMode.ENFORCE, impatient)
                        .filter(exchange(ANA, HttpMethod.GET, "/api/reports/1"), passed -> Mono.empty()))
                .hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);
    }

    @Test
    void remembersNothingUndecided() {
        live.serve(book());
        PolicyEngine engine = PolicyFixtures.engine(
                live,
                task -> {
                    waiting.add(task);
                    task.run();
                },
                reports,
                clock);
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE, engine);

        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);
        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);

        assertThat(waiting).as("questions that were put to the policies").hasSize(2);
    }

    @Test
    void refusesWhatCannotBeRecorded() {
        events.full = true;

        assertThatRefusalOf(run(AuthzMode.ENFORCE, ANA)).hasType(ProblemType.EVENTS_UNAVAILABLE);
        assertThatRefusalOf(run(AuthzMode.ENFORCE, caller("acme", "vic", "viewer")))
                .hasType(ProblemType.EVENTS_UNAVAILABLE);
    }

    @Test
    void passesEverythingInShadowModeAndRecordsWhatWouldHaveBeen() {
        ServerWebExchange exchange = exchange(caller("acme", "vic", "viewer"), HttpMethod.GET, "/api/reports/1");

        filter(AuthzMode.SHADOW).filter(exchange, passed -> Mono.empty()).block();

        assertThat(Granted.KEY.get(exchange).permit()).isEmpty();
        assertThat(events.kept).singleElement().satisfies(event -> {
            assertThat(event.eventType()).isEqualTo("permission.checked");
            assertThat(event.data())
                    .containsEntry("mode", "shadow")
                    .containsEntry("decision", "permit")
                    .containsEntry("would_have_been", "deny");
        });
    }

    @Test
    void passesInShadowModeAlsoWhatCannotBeDecidedOrRecorded() {
        live.serve(book());
        run(AuthzMode.SHADOW, ANA).block();
        events.full = true;
        run(AuthzMode.SHADOW, ANA).block();

        assertThat(events.kept)
                .singleElement()
                .satisfies(event -> assertThat(event.data()).containsEntry("would_have_been", "undecided"));
    }

    @Test
    void deniesAPathThatNamesAnotherTenant() {
        var route = new RouteInfo(
                new ResourceId("reports", "api"), Optional.empty(), PathTemplate.parse("/t/{tenant}/**"), Set.of());
        var operation = new Operation(Set.of(), PathTemplate.parse("/t/*/x"), "read", Optional.empty(), true);
        var all = new Operation(Set.of(), route.path(), "read", Optional.empty(), true);
        live.serve(
                book(set().policy("all", "permit(principal, action, resource);").resource()));
        var filter = new AuthorizeFilter(
                PolicyFixtures.authority(engine(), events, clock),
                new RouteQuestions(
                        new AuthzSection(AuthzMode.ENFORCE, Optional.of("Report"), List.of(all, operation)),
                        route,
                        clock),
                AuthzMode.ENFORCE);

        for (String path : List.of("/t/globex/x", "/t/globex/y")) {
            assertThatRefusalOf(filter.filter(exchange(ANA, HttpMethod.GET, path), passed -> Mono.empty()))
                    .hasType(ProblemType.FORBIDDEN);
        }
        filter.filter(exchange(ANA, HttpMethod.GET, "/t/acme/x"), passed -> Mono.empty())
                .block();
        assertThat(events.kept)
                .extracting(Event::eventType)
                .containsExactly("permission.denied", "permission.denied", "permission.checked");
    }

    @Test
    void asksTheNarrowestOperationThatTakesTheRequest() {
        AuthorizeFilter filter = filter(AuthzMode.SHADOW);

        run(filter, ANA, HttpMethod.DELETE, "/api/reports/7");
        run(filter, ANA, HttpMethod.HEAD, "/api/reports/a%20b");
        run(filter, ANA, HttpMethod.GET, "/api/reports");
        run(filter, ANA, HttpMethod.GET, "/api/reports/*");

        assertThat(events.kept)
                .extracting(
                        event -> event.data().get("action") + " " + event.data().get("resource_id"))
                .containsExactly("delete acme/7", "read acme/a b", "read acme/*", "read acme/%2A");
    }

    @Test
    void decidesAnewWhenThePoliciesChange() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        live.serve(book(set().version(2)
                .policy("none", "forbid(principal, action, resource);")
                .resource()));

        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.FORBIDDEN);
    }

    @Test
    void decidesAnewWhenTheTimeOfADecisionIsOver() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();
        clock.advance(Duration.ofSeconds(60));

        request(filter, ANA).block();

        assertThat(events.kept).extracting(event -> event.data().get("cached")).containsExactly(false, false);
    }

    @Test
    void sharesNoDecisionBetweenCallersWhoDifferInAnything() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();
        List<Caller> others = List.of(
                caller("acme", "ana", "analyst", "editor"),
                caller("acme", "bob", "analyst"),
                caller("globex", "ana", "analyst"),
                new Caller(
                        "acme",
                        "ana",
                        ANA.roles(),
                        Optional.of("pro"),
                        Set.of(),
                        Set.of(),
                        Set.of(),
                        "t",
                        ANA.expiresAt()),
                new Caller(
                        "acme",
                        "ana",
                        ANA.roles(),
                        Optional.empty(),
                        Set.of("s"),
                        Set.of(),
                        Set.of(),
                        "t",
                        ANA.expiresAt()));

        for (Caller other : others) {
            request(filter, other).block();
        }

        assertThat(events.kept).extracting(event -> event.data().get("cached")).containsOnly(false);
    }

    @Test
    void sharesADecisionBetweenTokensThatSayTheSame() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        request(
                        filter,
                        new Caller(
                                "acme",
                                "ana",
                                ANA.roles(),
                                ANA.plan(),
                                ANA.scopes(),
                                Set.of(),
                                Set.of("headgate"),
                                "another-token",
                                ANA.expiresAt().plusSeconds(60)))
                .block();

        assertThat(events.kept.getLast().data()).containsEntry("cached", true);
    }

    @Test
    void remembersNothingThatDependsOnTheTime() {
        live.serve(book(set().policy(
                        "until",
                        "permit(principal, action, resource) when { context.time < datetime(\"2026-11-21T12:00:30Z\") };")
                .resource()));
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        clock.advance(Duration.ofSeconds(30));

        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.FORBIDDEN);
    }

    @Test
    void distinguishesTheResourcesThatAPolicyNames() {
        live.serve(book(set().policy("one", "permit(principal, action, resource == Report::\"acme/1\");")
                .resource()));
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        run(filter, ANA, HttpMethod.GET, "/api/reports/1");

        assertThatRefusalOf(filter.filter(exchange(ANA, HttpMethod.GET, "/api/reports/2"), passed -> Mono.empty()))
                .hasType(ProblemType.FORBIDDEN);
    }

    @Test
    void asksOnceForAllWhoAskTheSameAtOnce() {
        PolicyEngine engine = PolicyFixtures.engine(live, waiting::add, reports, clock);
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE, engine);
        var first = request(filter, ANA).toFuture();
        var second = request(filter, ANA).toFuture();

        assertThat(waiting).hasSize(1);
        waiting.getFirst().run();

        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    @Test
    void goesOnForTheOthersWhenOneWhoAskedGoesAway() {
        PolicyEngine engine = PolicyFixtures.engine(live, waiting::add, reports, clock);
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE, engine);
        var first = request(filter, ANA).subscribe();
        var second = request(filter, ANA).toFuture();
        first.dispose();

        waiting.getFirst().run();

        assertThat(second).isCompleted();
    }

    @Test
    void deniesTheRevokedWhateverWasDecidedBefore() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        live.revoke(new Revoked(
                Map.of(), Map.of("acme/ana", clock.instant().plusSeconds(60)), Map.of(), Map.of("acme", 1L)));

        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.FORBIDDEN);
    }

    @Test
    void decidesNothingWhileARevocationCannotBeRead() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        live.revoke(new Revoked(Map.of(), Map.of(), Map.of(), Map.of(), false));

        assertThatRefusalOf(request(filter, ANA)).hasType(ProblemType.AUTHORIZATION_UNAVAILABLE);
    }

    @Test
    void decidesAnewForATenantOfWhichSomethingWasRevoked() {
        AuthorizeFilter filter = filter(AuthzMode.ENFORCE);
        request(filter, ANA).block();

        live.revoke(new Revoked(
                Map.of(), Map.of("acme/bob", clock.instant().plusSeconds(60)), Map.of(), Map.of("acme", 1L)));
        request(filter, ANA).block();

        assertThat(events.kept).extracting(event -> event.data().get("cached")).containsExactly(false, false);
    }

    @Test
    void countsWhatASetInTheShadowWouldHaveDecidedOtherwise() {
        var candidate = set().name("next")
                .shadow()
                .policy("viewers-read", "permit(principal in Role::\"viewer\", action, resource);");
        live.serve(book(set().policy("analysts-read", ANALYSTS_READ).resource(), candidate.resource()));
        AuthorizeFilter filter = filter(AuthzMode.SHADOW);
        request(filter, ANA).block();
        request(filter, ANA).block();
        request(filter, caller("acme", "vic", "viewer")).block();

        CandidateReport.Body report =
                reports.known(new ResourceId("reports", "next")).orElseThrow().found();

        assertThat(report.compared()).isEqualTo(2);
        assertThat(report.differences())
                .extracting(
                        CandidateReport.Seen::difference, CandidateReport.Seen::count, CandidateReport.Seen::example)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                new Difference("read", "Report", "permit", "deny", List.of("analysts-read"), List.of()),
                                2L,
                                "r-1"),
                        org.assertj.core.groups.Tuple.tuple(
                                new Difference("read", "Report", "deny", "permit", List.of(), List.of("viewers-read")),
                                1L,
                                "r-1"));
        assertThat(report.opening(Set.of())).hasSize(1);
        assertThat(report.opening(Set.of("viewers-read"))).isEmpty();
    }

    private AuthorizeFilter filter(AuthzMode mode) {
        return filter(mode, engine());
    }

    private PolicyEngine engine() {
        return PolicyFixtures.engine(live, Runnable::run, reports, clock);
    }

    private AuthorizeFilter filter(AuthzMode mode, PolicyEngine engine) {
        return new AuthorizeFilter(
                PolicyFixtures.authority(engine, events, clock), new RouteQuestions(section(mode), ROUTE, clock), mode);
    }

    private Mono<Void> run(AuthzMode mode, Caller caller) {
        return request(filter(mode), caller);
    }

    private static Mono<Void> request(AuthorizeFilter filter, Caller caller) {
        return Mono.defer(
                () -> filter.filter(exchange(caller, HttpMethod.GET, "/api/reports/1"), passed -> Mono.empty()));
    }

    private static void run(AuthorizeFilter filter, Caller caller, HttpMethod method, String path) {
        filter.filter(exchange(caller, method, path), passed -> Mono.empty()).block();
    }

    private static ServerWebExchange exchange(Caller caller, HttpMethod method, String path) {
        var exchange = MockServerWebExchange.from(
                MockServerHttpRequest.method(method, java.net.URI.create("http://localhost" + path)));
        Caller.KEY.put(exchange, caller);
        RequestId.KEY.put(exchange, new RequestId("r-1"));
        return exchange;
    }
}

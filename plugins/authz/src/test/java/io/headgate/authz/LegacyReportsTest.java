package io.headgate.authz;

import static io.headgate.api.ProblemAssert.assertThatRefusalOf;
import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.ROUTE;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.caller;
import static io.headgate.authz.PolicyFixtures.section;
import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.BackendListener;
import io.headgate.api.Caller;
import io.headgate.api.Findings;
import io.headgate.api.MutableClock;
import io.headgate.api.ProblemType;
import io.headgate.api.RequestId;
import io.headgate.authz.LegacyFindings.Count;
import io.headgate.authz.LegacyFindings.Example;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.Mono;

class LegacyReportsTest {

    private static final Caller ANA = caller("acme", "ana", "analyst");
    private static final Caller VIC = caller("acme", "vic", "viewer");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final PolicyFixtures.Live live = new PolicyFixtures.Live();
    private final PolicyFixtures.Events events = new PolicyFixtures.Events();
    private final FakeFindings findings = new FakeFindings();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @BeforeEach
    void serve() {
        live.serve(book(set().policy("analysts-read", ANALYSTS_READ).resource()));
    }

    /** One gateway with the route in shadow mode, unless a test says otherwise. */
    private final class Instance {
        private final Findings store;
        private final LegacyReports reports;
        private final ReportKeeper keeper;
        private final LegacyTally tally;
        private final AuthorizeFilter filter;

        Instance(String name, AuthzMode mode, long version) {
            store = findings.of(name);
            reports = new LegacyReports(
                    live, () -> Optional.of(store), bounds(3, Duration.ofHours(1)), new AuthzMetrics(meters), clock);
            keeper = new ReportKeeper(() -> Optional.of(store), reports::all, Duration.ofSeconds(1));
            AuthzSection section = section(mode);
            tally = reports.tally(section, ROUTE.served(version));
            filter = new AuthorizeFilter(
                    PolicyFixtures.authority(
                            PolicyFixtures.engine(live, Runnable::run, new CandidateReports(10), clock), events, clock),
                    new RouteQuestions(section, ROUTE, clock),
                    mode,
                    Optional.of(tally));
        }

        /** The request goes through, and the backend says this of it. */
        Instance answers(Caller caller, HttpMethod method, String... said) {
            var exchange = MockServerWebExchange.from(MockServerHttpRequest.method(
                    method, java.net.URI.create("http://localhost/api/reports/1?secret=of-ana")));
            Caller.KEY.put(exchange, caller);
            RequestId.KEY.put(exchange, new RequestId("r-1"));
            filter.filter(
                            exchange,
                            passed -> Mono.fromRunnable(() -> BackendListener.KEY
                                    .get(passed)
                                    .answered(name -> name.equalsIgnoreCase("headgate-legacy-decision")
                                            ? List.of(said)
                                            : List.of())))
                    .block();
            return this;
        }

        Instance tells() {
            keeper.tell(store).block();
            return this;
        }

        LegacyReport report() {
            return reports.find(ROUTE.id()).blockOptional().orElseThrow().orElseThrow();
        }
    }

    private static MigrationProperties bounds(int minComparisons, Duration minTime) {
        return new MigrationProperties(Duration.ofSeconds(1), minComparisons, minTime, 1, 0.1, 2, 1);
    }

    private Instance instance(String name) {
        return new Instance(name, AuthzMode.SHADOW, 1);
    }

    private static Map<String, Long> pairs(LegacyReport report) {
        Map<String, Long> pairs = new TreeMap<>();
        for (Count one : report.found().counts()) {
            pairs.merge(one.pair().ours() + "/" + one.pair().theirs(), one.count(), Long::sum);
        }
        return pairs;
    }

    @Test
    void countsWhichDecisionsMeet() {
        Instance one = instance("one")
                .answers(ANA, HttpMethod.GET, "allow")
                .answers(ANA, HttpMethod.GET, " Allow ")
                .answers(ANA, HttpMethod.GET, "deny")
                .answers(VIC, HttpMethod.GET, "allow")
                .answers(VIC, HttpMethod.GET, "DENY");
        live.serve(book());
        assertThat(pairs(one.report())).as("under other policies").isEmpty();
        one.answers(ANA, HttpMethod.GET, "allow");

        assertThat(pairs(one.report())).isEqualTo(Map.of("undecided/allow", 1L));
        assertThat(meters.counter(
                                "headgate.authz.legacy.decisions",
                                "route",
                                "reports/api",
                                "ours",
                                "allow",
                                "theirs",
                                "allow")
                        .count())
                .isEqualTo(2);
    }

    @Test
    void addsUpThePairsOfAnUnchangedPolicy() {
        Instance one = instance("one")
                .answers(ANA, HttpMethod.GET, "allow")
                .answers(ANA, HttpMethod.GET, "deny")
                .answers(VIC, HttpMethod.GET, "allow")
                .answers(VIC, HttpMethod.GET, "deny");

        assertThat(pairs(one.report()))
                .isEqualTo(Map.of("allow/allow", 1L, "allow/deny", 1L, "deny/allow", 1L, "deny/deny", 1L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "", "allow, deny", "allow;q=1", "allowed", "аllow"})
    void takesWhatIsGarbledForNoAgreement(String said) {
        Instance one = instance("one").answers(ANA, HttpMethod.GET, said).answers(VIC, HttpMethod.GET, said);

        assertThat(pairs(one.report())).isEqualTo(Map.of("allow/garbled", 1L, "deny/garbled", 1L));
        assertThat(one.report().found().compared()).isZero();
    }

    @Test
    void takesSilenceAndContradictionForNoAgreement() {
        Instance one = instance("one")
                .answers(ANA, HttpMethod.GET)
                .answers(ANA, HttpMethod.GET, "allow", "allow")
                .answers(ANA, HttpMethod.GET, "allow", "deny");

        assertThat(pairs(one.report())).isEqualTo(Map.of("allow/missing", 1L, "allow/garbled", 2L));
        assertThat(one.report().found().compared()).isZero();
    }

    @Test
    void showsAFewExamplesOfWhatDoesNotAgreeAndNothingOfTheirQuery() {
        Instance one = instance("one").answers(ANA, HttpMethod.GET, "allow");
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(1));
            one.answers(ANA, HttpMethod.GET, "deny").answers(VIC, HttpMethod.GET, "allow");
        }

        List<Example> examples = one.report().found().examples();

        assertThat(examples).hasSize(4);
        assertThat(examples.getFirst().at()).isEqualTo(clock.instant());
        assertThat(examples)
                .filteredOn(example -> example.pair().is("allow", "deny"))
                .first()
                .satisfies(example -> {
                    assertThat(example.requestId()).isEqualTo("r-1");
                    assertThat(example.subject()).isEqualTo("ana");
                    assertThat(example.resource()).isEqualTo("Report acme/1");
                    assertThat(example.policies()).containsExactly("analysts-read");
                });
        assertThat(examples.toString()).doesNotContain("secret");
    }

    @Test
    void startsAnewWithTheVersionOfAPolicySetAndOfTheRoute() {
        Instance one = instance("one").answers(VIC, HttpMethod.GET, "allow").tells();

        live.serve(book(set().version(2).policy("analysts-read", ANALYSTS_READ).resource()));

        assertThat(one.report().policySets()).containsExactly("reports/reports@2");
        assertThat(pairs(one.report())).isEmpty();
        assertThat(pairs(new Instance("one", AuthzMode.SHADOW, 2).report())).isEmpty();
    }

    @Test
    void countsNoAnswerToADecisionOfPoliciesThatAreReplacedMeanwhile() {
        Instance one = instance("one");
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("http://localhost/api/reports/1"));
        Caller.KEY.put(exchange, VIC);
        one.filter
                .filter(exchange, passed -> {
                    live.serve(book(set().version(2)
                            .policy("analysts-read", ANALYSTS_READ)
                            .resource()));
                    one.answers(VIC, HttpMethod.GET, "deny");
                    BackendListener.KEY.get(passed).answered(name -> List.of("allow"));
                    return Mono.empty();
                })
                .block();

        assertThat(pairs(one.report())).isEqualTo(Map.of("deny/deny", 1L));
    }

    @Test
    void tellsOfEveryInstance() {
        instance("one").answers(VIC, HttpMethod.GET, "allow").tells();
        Instance two = instance("two").answers(ANA, HttpMethod.GET, "allow");

        LegacyReport report = two.report();

        assertThat(pairs(report)).isEqualTo(Map.of("deny/allow", 1L, "allow/allow", 1L));
        assertThat(report.instances()).extracting(Findings.Instance::name).containsExactly("one", "two");
        assertThat(report.found().examples()).hasSize(1);
    }

    @Test
    void countsNothingTwiceThatItHasTold() {
        Instance one = instance("one").answers(VIC, HttpMethod.GET, "allow").tells();
        one.tells().answers(VIC, HttpMethod.GET, "allow").tells();

        assertThat(pairs(one.report())).isEqualTo(Map.of("deny/allow", 2L));
        assertThat(pairs(instance("two").report())).isEqualTo(Map.of("deny/allow", 2L));
    }

    @Test
    void goesOnWhereItWasBeforeARestart() {
        instance("one").answers(VIC, HttpMethod.GET, "allow").tells();

        Instance again = instance("one").answers(VIC, HttpMethod.GET, "allow").tells();

        assertThat(pairs(again.report())).isEqualTo(Map.of("deny/allow", 2L));
        assertThat(pairs(instance("two").report())).isEqualTo(Map.of("deny/allow", 2L));
    }

    @Test
    void tellsLaterWhatItCouldNotTell() {
        findings.away = true;
        Instance one = instance("one").answers(VIC, HttpMethod.GET, "allow").tells();

        assertThatRefusalOf(one.reports.find(ROUTE.id())).hasType(ProblemType.REGISTRY_UNAVAILABLE);

        findings.away = false;
        one.tells();
        assertThat(pairs(instance("two").report())).isEqualTo(Map.of("deny/allow", 1L));
    }

    private Instance agreeing(String name) {
        Instance instance = instance(name);
        for (HttpMethod method : List.of(HttpMethod.GET, HttpMethod.DELETE)) {
            instance.answers(VIC, method, "deny").answers(VIC, method, "deny");
        }
        return instance;
    }

    @Test
    void saysEverythingThatSpeaksAgainstEnforcing() {
        Instance one = instance("one").answers(VIC, HttpMethod.GET, "allow").answers(ANA, HttpMethod.GET, "deny");
        one.answers(ANA, HttpMethod.GET);

        LegacyReport report = one.report();

        assertThat(report.isSafeToEnforce()).isFalse();
        assertThat(report.because())
                .containsExactlyInAnyOrder(
                        "2 comparisons (expected: at least 3)",
                        "seen for PT0S (expected: at least PT1H)",
                        "1 requests that the backend allows would be refused",
                        "1 requests that the backend denies would pass",
                        "1 of 3 answers had no legible decision of the backend (expected: at most 10.0 %)",
                        "* /api/reports/** (read) was seen 0 times (expected: at least 1)",
                        "DELETE /api/reports/{id} (delete) was seen 0 times (expected: at least 1)");
    }

    @Test
    void isSafeOnceEnoughWasSeenOfEveryOperationForLongEnough() {
        Instance one = agreeing("one");
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("http://localhost/api/reports"));
        Caller.KEY.put(exchange, ANA);
        one.filter
                .filter(exchange, passed -> {
                    BackendListener.KEY.get(passed).answered(name -> List.of("allow"));
                    return Mono.empty();
                })
                .block();
        clock.advance(Duration.ofMinutes(59));
        assertThat(one.report().because()).containsExactly("seen for PT59M (expected: at least PT1H)");

        clock.advance(Duration.ofMinutes(1));

        assertThat(one.report().because()).isEmpty();
        assertThat(one.report().isSafeToEnforce()).isTrue();
    }

    @Test
    void isNotSafeWhileAnInstanceDoesNotTellWhatItSaw() {
        Instance one = agreeing("one");
        instance("two").tells();
        findings.states.put("two", FakeFindings.State.SILENT);

        assertThat(one.report().because()).contains("instances [two] have not told what they saw");

        findings.states.put("two", FakeFindings.State.REPORTING);
        instance("two").answers(VIC, HttpMethod.GET, "deny").tells();
        assertThat(one.report().because()).noneMatch(reason -> reason.startsWith("instances"));
        findings.garble();
        assertThat(one.report().because()).contains("instances [two] have not told what they saw");
    }

    @Test
    void comparesUnderEnforcementWhatPassesAndMissesNothingThatABackendNoLongerSays() {
        Instance one = new Instance("one", AuthzMode.ENFORCE, 1)
                .answers(ANA, HttpMethod.GET, "deny")
                .answers(ANA, HttpMethod.GET, "allow")
                .answers(ANA, HttpMethod.GET);

        assertThat(pairs(one.report())).isEqualTo(Map.of("allow/allow", 1L, "allow/deny", 1L));
        assertThat(one.report().isEnforced()).isTrue();
    }

    @Test
    void warnsOfEnforcingWhileSomethingSpeaksAgainstIt() {
        Instance one = instance("one").answers(VIC, HttpMethod.GET, "allow");

        one.reports.inform(ROUTE.id()).block();
        assertThat(one.reports.whyNotToEnforce(ROUTE.id()))
                .contains("1 requests that the backend allows would be refused");

        Instance enforced = new Instance("one", AuthzMode.ENFORCE, 2);
        enforced.reports.inform(ROUTE.id()).block();
        assertThat(enforced.reports.whyNotToEnforce(ROUTE.id())).isEmpty();
    }

    @Test
    void forgetsARouteWithItsChain() {
        var reports =
                new LegacyReports(live, Optional::empty, bounds(1, Duration.ZERO), new AuthzMetrics(meters), clock);
        var chain = new AtomicReference<>(Optional.of(reports.tally(section(AuthzMode.SHADOW), ROUTE)));
        assertThat(reports.find(ROUTE.id()).block()).isPresent();

        chain.set(Optional.empty());
        for (int i = 0; i < 50 && !reports.all().isEmpty(); i++) {
            System.gc();
        }

        assertThat(reports.all()).isEmpty();
    }
}

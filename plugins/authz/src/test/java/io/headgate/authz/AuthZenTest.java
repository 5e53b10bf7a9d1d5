package io.headgate.authz;

import static io.headgate.authz.PolicyFixtures.ANALYSTS_READ;
import static io.headgate.authz.PolicyFixtures.ROUTE;
import static io.headgate.authz.PolicyFixtures.book;
import static io.headgate.authz.PolicyFixtures.caller;
import static io.headgate.authz.PolicyFixtures.section;
import static io.headgate.authz.PolicyFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import io.headgate.api.FakeSnapshot;
import io.headgate.api.MutableClock;
import io.headgate.api.Problem;
import io.headgate.api.ProblemHandler;
import io.headgate.api.RequestId;
import io.headgate.api.Resource;
import io.headgate.api.TeamSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.test.web.reactive.server.EntityExchangeResult;
import org.springframework.test.web.reactive.server.WebTestClient;
import org.springframework.util.unit.DataSize;
import org.springframework.web.reactive.function.server.HandlerStrategies;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuthZenTest {

    private static final String ONE = "/access/v1/evaluation";
    private static final String ALL = "/access/v1/evaluations";
    private static final String PERMIT_ALL = "permit(principal, action, resource);";
    private static final Resource<PolicySetSpec> REPORTS =
            set().policy("analysts-read", ANALYSTS_READ).resource();

    private final PolicyFixtures.Live live = new PolicyFixtures.Live();
    private final PolicyFixtures.Events events = new PolicyFixtures.Events();
    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-21T12:00:00Z"));
    private final PolicyEngine engine = engine(Runnable::run);
    private WebTestClient client = client(engine, Fixtures.SERVED);

    @BeforeEach
    void serve() {
        live.serve(book(REPORTS));
    }

    // ---- decisions

    @Test
    void tellsAServiceWhatThePoliciesSayAndTheAuditWhoAsked() {
        JsonNode yes = ask(question("acme/ana", "analyst", "read", "acme/7"));
        JsonNode no = ask(question("acme/ana", "analyst", "delete", "acme/7"));

        assertThat(yes.path("decision").booleanValue()).isTrue();
        assertThat(no.path("decision").booleanValue()).isFalse();
        assertThat(no.at("/context/reason").stringValue()).isEqualTo("not_permitted");
        assertThat(events.kept)
                .extracting(event -> event.eventId().toString())
                .containsExactly(
                        yes.at("/context/decision_id").stringValue(),
                        no.at("/context/decision_id").stringValue());
        assertThat(events.kept)
                .extracting(event -> event.eventType())
                .containsExactly("permission.checked", "permission.denied");
        assertThat(events.kept.getFirst().accountId()).contains("acme");
        assertThat(events.kept.getFirst().userId()).contains("ana");
        assertThat(events.kept.getFirst().data())
                .containsEntry("asked_by", "acme/billing")
                .containsEntry("via", "authzen")
                .containsEntry("credential_id", "token-of-billing")
                .containsEntry("action", "read")
                .containsEntry("resource_type", "Report")
                .containsEntry("resource_id", "acme/7")
                .containsEntry("policies", List.of("analysts-read"))
                .containsEntry("policy_sets", List.of("reports/reports@1"));
    }

    @Test
    void remembersWhatTheEdgeDecidedAndTheEdgeWhatAServiceWasTold() {
        edge("analyst");
        ask(question("acme/ana", "analyst", "read", "acme/7"));
        ask(question("acme/ana", "viewer", "read", "acme/7"));
        edge("viewer");

        assertThat(events.kept)
                .extracting(event -> event.data().get("cached"))
                .containsExactly(false, true, false, true);
    }

    @Test
    void tellsQuestionsApartThatDifferInWhatPoliciesLookAt() {
        live.serve(
                book(set().schema(PolicyFixtures.SCHEMA.replace("team: String };", "team: String, status?: String };"))
                        .policy(
                                "open",
                                "permit(principal, action, resource) when { resource has status && resource.status == \"open\" };")
                        .resource()));

        for (String status : List.of("open", "shut", "open")) {
            assertThat(decision(with(
                            question("acme/ana", "analyst", "read", "acme/7"),
                            "resource",
                            "{\"status\": \"" + status + "\"}")))
                    .as(status)
                    .isEqualTo(status.equals("open"));
        }
        assertThat(decision(question("acme/ana", "analyst", "read", "acme/7"))).isFalse();
        assertThat(events.kept)
                .extracting(event -> event.data().get("cached"))
                .containsExactly(false, false, true, false);
    }

    @ParameterizedTest
    @CsvSource({
        "service, acme/ana, globex/1",
        "service, globex/gus, acme/1",
        "service, globex/gus, globex/1",
        "service, ana, acme/1",
        "service, acme/ana, 1",
        "service, /ana, /1",
        "service, acmeglobex/ana, acmeglobex/1",
        "platform-admin, acme/ana, globex/1",
        "platform-admin, globex/gus, acme/1",
        "platform-admin, ana, 1"
    })
    void permitsNothingBeyondATenantWhateverThePoliciesAndTheServiceSay(String role, String subject, String resource) {
        live.serve(book(set().policy("all", PERMIT_ALL).resource()));

        JsonNode answer = as(role).ask(with(
                with(question(subject, "analyst", "read", resource), "subject", "{\"tenant\": \"acme\"}"),
                "resource",
                "{\"tenant\": \"acme\"}"));

        assertThat(answer.path("decision").booleanValue()).isFalse();
        assertThat(answer.at("/context/reason").stringValue()).isEqualTo("foreign_tenant");
        assertThat(events.kept)
                .singleElement()
                .satisfies(event -> assertThat(event.eventType()).isEqualTo("permission.denied"));
    }

    @ParameterizedTest
    @CsvSource({
        "User, acme/ana, Notice, 1, true",
        "User, globex/gus, Notice, 1, false",
        "Job, nightly, Report, globex/1, false"
    })
    void takesNoTypeWithoutATenantForAWayToAnother(
            String subjectType, String subject, String resourceType, String resource, boolean expected) {
        live.serve(book(set().team("platform")
                .schema(PolicyFixtures.SCHEMA
                        .replace("entity Report", "entity Job;\nentity Notice;\nentity Report")
                        .replace("[User], resource: [Report]", "[User, Job], resource: [Report, Notice]"))
                .tenantless("Job", "Notice")
                .policy("all", PERMIT_ALL)
                .resource()));

        assertThat(decision("""
                {"subject": {"type": "%s", "id": "%s"}, "action": {"name": "read"},
                 "resource": {"type": "%s", "id": "%s"}}""".formatted(subjectType, subject, resourceType, resource)))
                .isEqualTo(expected);
    }

    @Test
    void believesNobodyWhoseThingsAre() {
        live.serve(book(set().policy(
                        "all-of-globex", "permit(principal, action, resource) when { resource.tenant == \"globex\" };")
                .resource()));

        assertThat(decision(with(
                        question("acme/ana", "analyst", "read", "acme/1"), "resource", "{\"tenant\": \"globex\"}")))
                .isFalse();
    }

    @Test
    void letsNoServiceWriteIntoTheAuditOfAnotherTenant() {
        ask(question("globex/gus", "analyst", "read", "globex/1"));
        as("platform-admin").ask(question("globex/gus", "analyst", "read", "globex/1"));

        assertThat(events.kept)
                .extracting(event ->
                        event.accountId().orElseThrow() + ":" + event.userId().orElseThrow())
                .containsExactly("acme:globex/gus", "globex:gus");
        assertThat(events.kept)
                .extracting(event -> event.data().get("decision"))
                .containsExactly("deny", "permit");
    }

    @Test
    void deniesWhoIsRevokedWhateverWasDecidedBefore() {
        assertThat(decision(question("acme/ana", "analyst", "read", "acme/7"))).isTrue();
        live.revoke(new Revoked(
                Map.of(), Map.of("acme/ana", Instant.parse("2027-01-01T00:00:00Z")), Map.of(), Map.of("acme", 1L)));

        JsonNode answer = ask(question("acme/ana", "analyst", "read", "acme/7"));

        assertThat(answer.path("decision").booleanValue()).isFalse();
        assertThat(answer.at("/context/reason").stringValue()).isEqualTo("revoked");
        assertThat(decision(question("acme/ben", "analyst", "read", "acme/7"))).isTrue();
    }

    @Test
    void permitsNothingWhenAPolicyFails() {
        live.serve(book(set().policy("all", PERMIT_ALL)
                .policy("broken", "forbid(principal, action, resource) when { resource.owner == \"ben\" };")
                .resource()));

        EntityExchangeResult<byte[]> answer = post(ONE, question("acme/ana", "analyst", "read", "acme/7"));

        assertProblem(answer, 503, "authorization-unavailable");
        assertThat(answer.getResponseHeaders().getFirst("Retry-After")).isEqualTo("1");
        JsonNode item =
                askAll("", question("acme/ana", "analyst", "read", "acme/7")).at("/evaluations/0");
        assertThat(item.path("decision").booleanValue()).isFalse();
        assertThat(item.at("/context/error/status").intValue()).isEqualTo(503);
        assertThat(events.kept).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {}                                 | /resource/properties/status | missing (expected: String)
                    {"status": 7}                      | /resource/properties/status | something else (expected: String)
                    {"status": "open", "tags": ["a", 1]} | /resource/properties/tags   | something else (expected: a list of String)
                    {"status": "open", "of": {}}       | /resource/properties/of/city | missing (expected: String)
                    """)
    void namesWhatThePoliciesNeedToKnow(String properties, String pointer, String detail) {
        live.serve(book(set().schema(PolicyFixtures.SCHEMA.replace(
                        "team: String };",
                        "team: String, status: String, tags?: Set<String>, of?: { city: String } };"))
                .policy("all", PERMIT_ALL)
                .resource()));
        String asked = with(question("acme/ana", "analyst", "read", "acme/7"), "resource", properties);

        JsonNode problem = assertProblem(post(ONE, asked), 400, "malformed-request");
        JsonNode item = askAll("", asked).at("/evaluations/0/context/error");

        assertThat(problem.path("pointer").stringValue()).isEqualTo(pointer);
        assertThat(problem.path("detail").stringValue()).isEqualTo(detail);
        assertThat(item.path("pointer").stringValue()).isEqualTo("/evaluations/0" + pointer);
        assertThat(decision(with(
                        asked, "resource", "{\"status\": \"open\", \"tags\": [\"a\"], \"of\": {\"city\": \"x\"}}")))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Widget", "Dataset"})
    void decidesNothingOnATypeThatNobodyHasPoliciesOn(String type) {
        String asked = question("acme/ana", "analyst", "read", "acme/7").replace("\"Report\"", "\"" + type + "\"");

        assertProblem(post(ONE, asked), 503, "authorization-unavailable");
    }

    @Test
    void decidesNothingOnATypeThatSeveralTeamsDecideOn() {
        var both = new FakeSnapshot()
                .with(TeamSpec.class, PolicyFixtures.team("reports", "Report"))
                .with(TeamSpec.class, PolicyFixtures.team("bills", "Report", "Bill"))
                .with(PolicySetSpec.class, REPORTS)
                .with(
                        PolicySetSpec.class,
                        set().team("bills").policy("all", PERMIT_ALL).resource());
        live.serve(new PolicyView(new CandidateReports(10)).derive(Optional.empty(), both));

        assertProblem(post(ONE, question("acme/ana", "analyst", "read", "acme/7")), 503, "authorization-unavailable");
    }

    @Test
    void asksTheTeamThatADatasetNames() {
        live.serve(book(set().schema(PolicyFixtures.SCHEMA.replace("Report", "Dataset"))
                .policy("all", PERMIT_ALL)
                .resource()));
        String asked =
                question("acme/ana", "analyst", "read", "acme/reports/sales").replace("Report", "Dataset");

        assertThat(decision(asked)).isTrue();
        assertProblem(post(ONE, asked.replace("/reports/", "/bills/")), 503, "authorization-unavailable");
    }

    @Test
    void letsThePlatformForbid() {
        live.serve(book(
                set().policy("all", PERMIT_ALL).resource(),
                set().team("platform")
                        .policy("no-deletes", "forbid(principal, action == Action::\"delete\", resource);")
                        .resource()));

        assertThat(decision(question("acme/ana", "analyst", "read", "acme/7"))).isTrue();
        assertThat(ask(question("acme/ana", "analyst", "delete", "acme/7"))
                        .at("/context/reason")
                        .stringValue())
                .isEqualTo("forbidden_by_policy");
    }

    @Test
    void believesWhatIsSaidOfCircumstancesButNotWhoseTheThingsAre() {
        live.serve(book(set().schema(PolicyFixtures.SCHEMA.replace(
                        "team: String };",
                        "team: String, amount: decimal, views: Long, tags: Set<String>, of: { city: String } };"))
                .policy("all-told", """
                        permit(principal, action, resource) when {
                          resource.amount.lessThan(decimal("10.5")) && resource.views == 3 && resource.tags.contains("a")
                          && resource.of.city == "Bern" && resource.tenant == "acme" && resource.team == "reports"
                          && context has ip && context.ip.isInRange(ip("10.0.0.0/8"))
                          && context.time < datetime("2025-01-01") && context.path == "/x" && principal.plan == "pro"
                        };""".replace("principal.plan ==", "principal has plan && principal.plan =="))
                .resource()));
        String asked = with(
                with(question("acme/ana", "analyst", "read", "acme/7"), "subject", "{\"plan\": \"pro\"}"),
                "resource",
                """
                {"amount": 10.25, "views": 3, "tags": ["a", "b"], "of": {"city": "Bern"}, "team": "other"}""");
        String context = "{\"time\": \"2024-06-11T16:30-07:00\", \"ip\": \"10.1.2.3\", \"path\": \"/x\"}";

        assertThat(decision(asked.replace("\"subject\"", "\"context\": " + context + ", \"subject\"")))
                .isTrue();
        assertThat(decision(asked.replace(
                        "\"subject\"", "\"context\": " + context.replace("2024", "2026") + ", \"subject\"")))
                .isFalse();
    }

    @Test
    void showsWhichPoliciesDecidedToWhoMaySeeThem() {
        assertThat(ask(question("acme/ana", "analyst", "read", "acme/7"))
                        .at("/context/deciding_policies")
                        .isMissingNode())
                .isTrue();
        assertThat(as("service,admin")
                        .ask(question("acme/ana", "analyst", "read", "acme/7"))
                        .at("/context/deciding_policies/0")
                        .stringValue())
                .isEqualTo("analysts-read");
    }

    @Test
    void answersNothingThatItCannotRecord() {
        events.full = true;
        String asked = question("acme/ana", "analyst", "read", "acme/7");

        assertProblem(post(ONE, asked), 503, "events-unavailable");
        assertProblem(post(ALL, "{\"evaluations\": [" + asked + "]}"), 503, "events-unavailable");
    }

    // ---- what a request must be

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject
                    {"subject": {"type": "User", "id": "acme/ana"}, "resource": {"type": "Report", "id": "acme/1"}} | /action
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}} | /resource
                    {"subject": {"id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/type
                    {"subject": {"type": "User"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/id
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {}, "resource": {"type": "Report", "id": "acme/1"}} | /action/name
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"id": "acme/1"}} | /resource/type
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report"}} | /resource/id
                    {"subject": "ana", "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject
                    {"subject": null, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject
                    {"subject": {"type": "User", "id": ""}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/id
                    {"subject": {"type": "User", "id": 7}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/id
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": 123}, "resource": {"type": "Report", "id": "acme/1"}} | /action/name
                    {"subject": {"type": "no type", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/type
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "A::in", "id": "acme/1"}} | /resource/type
                    {"subject": {"type": "User", "id": "acme/ana", "properties": []}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/properties
                    {"subject": {"type": "User", "id": "acme/ana", "properties": {"roles": "analyst"}}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/properties/roles
                    {"subject": {"type": "User", "id": "acme/ana", "properties": {"roles": ["a", 1]}}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}} | /subject/properties/roles/1
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1", "properties": {"a/b": {"__entity": 1}}}} | /resource/properties/a~1b/__entity
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1", "properties": {"n": [1.00001]}}} | /resource/properties/n/0
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1", "properties": {"n": 1e999999999}}} | /resource/properties/n
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1", "properties": {"n": 92233720368547758080}}} | /resource/properties/n
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1", "properties": {"n": [null]}}} | /resource/properties/n/0
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read"}, "resource": {"type": "Report", "id": "acme/1"}, "context": "now"} | /context
                    {"subject": {"type": "User", "id": "acme/ana"}, "action": {"name": "read", "properties": {"a": 1}}, "resource": {"type": "Report", "id": "acme/1"}, "context": {"action": 1}} | /action/properties
                    [] | ''
                    null | ''
                    """)
    void namesThePlaceOfWhatIsMissingOrMistyped(String body, String pointer) {
        JsonNode problem = assertProblem(post(ONE, body), 400, "malformed-request");

        assertThat(problem.path("pointer").stringValue()).isEqualTo(pointer);
        assertThat(problem.path("detail").stringValue()).contains("(expected: ");
        assertThat(events.kept).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{}}",
                "{\"subject\": {\"type\": \"User\", \"type\": \"Role\"}}",
                "\u00ff",
            })
    void refusesWhatIsNoJson(String body) {
        assertProblem(post(ONE, body), 400, "malformed-request");
    }

    @Test
    void refusesWhatIsNestedTooDeep() {
        String deep = "{\"a\": ".repeat(40) + "1" + "}".repeat(40);

        assertProblem(
                post(ONE, with(question("acme/ana", "analyst", "read", "acme/7"), "resource", deep)),
                400,
                "malformed-request");
    }

    @Test
    void refusesABodyThatIsTooLargeAndOneOfAnotherKind() {
        assertProblem(post(ONE, "{\"a\": \"" + "x".repeat(5000) + "\"}"), 413, "body-too-large");
        assertProblem(
                send(ONE, question("acme/ana", "analyst", "read", "acme/7"), "service", "Content-Type", "text/plain"),
                400,
                "malformed-request");
    }

    @Test
    void passesOverMembersThatItDoesNotKnow() {
        String asked = question("acme/ana", "analyst", "read", "acme/7")
                .replace("\"subject\"", "\"foo\": \"bar\", \"futureField\": {\"nested\": true}, \"subject\"");

        assertThat(decision(asked)).isTrue();
        assertThat(decision(with(asked, "resource", "{\"unheardOf\": {\"a\": [true]}, \"nothing\": null}")))
                .isTrue();
    }

    @Test
    void isForServicesAlone() {
        String asked = question("acme/ana", "analyst", "read", "acme/7");

        assertProblem(send(ONE, asked, ""), 401, "unauthenticated");
        assertProblem(send(ONE, asked, "analyst,sre,team-writer,auditor"), 403, "forbidden");
        assertProblem(send(ONE, asked, "edge:service"), 401, "unauthenticated");
        assertThat(send(ONE, asked, "platform-admin").getStatus().value()).isEqualTo(200);
    }

    @Test
    void takesPostAlone() {
        EntityExchangeResult<byte[]> answer =
                client.get().uri(ONE).exchange().expectBody().returnResult();

        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.getResponseHeaders().getFirst("Allow")).isEqualTo("POST");
    }

    @Test
    void echoesWhateverTheRequestIsCalled() {
        String asked = question("acme/ana", "analyst", "read", "acme/7");

        EntityExchangeResult<byte[]> kept = send(ONE, asked, "service", "X-Request-ID", "r-9");
        EntityExchangeResult<byte[]> odd = send(ONE, "{}", "service", "X-Request-ID", "{odd id}");

        assertThat(kept.getResponseHeaders().get("X-Request-ID")).containsExactly("r-9");
        assertThat(odd.getResponseHeaders().get("X-Request-ID")).containsExactly("{odd id}");
        assertThat(events.kept)
                .singleElement()
                .satisfies(event -> assertThat(event.requestId()).contains("r-9"));
    }

    // ---- several at once

    @Test
    void answersInTheOrderOfTheQuestionsWithWhatIsCommonToThem() {
        JsonNode answers = askAll(
                """
                "subject": {"type": "User", "id": "acme/ana", "properties": {"roles": ["analyst"]}},
                "action": {"name": "read"},
                "resource": {"type": "Report", "id": "acme/1"},""",
                "{}",
                "{\"action\": {\"name\": \"delete\"}}",
                "{\"resource\": {\"id\": \"acme/2\"}}",
                "{\"subject\": {\"type\": \"User\", \"id\": \"acme/vic\"}}",
                "{\"resource\": {\"type\": \"Report\", \"id\": \"globex/2\"}}");

        assertThat(decisions(answers)).containsExactly(true, false, true, false, false);
        assertThat(answers.path("decision").isMissingNode()).isTrue();
        assertThat(events.kept).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    execute_all            | read,delete,read   | true,false,true
                    deny_on_first_deny     | read,delete,read   | true,false
                    deny_on_first_deny     | read,read          | true,true
                    permit_on_first_permit | delete,read,delete | false,true
                    permit_on_first_permit | delete,delete      | false,false
                    """)
    void goesAsFarAsTheSemanticSays(String semantic, String actions, String expected) {
        String[] items = java.util.Arrays.stream(actions.split(","))
                .map(action -> question("acme/ana", "analyst", action, "acme/1"))
                .toArray(String[]::new);

        JsonNode answers =
                askAll("\"options\": {\"evaluations_semantic\": \"" + semantic + "\", \"other\": 1},", items);

        assertThat(decisions(answers).stream().map(String::valueOf).toList()).containsExactly(expected.split(","));
        assertThat(events.kept).hasSize(expected.split(",").length);
    }

    @ParameterizedTest
    @CsvSource({"execute_all, 3", "deny_on_first_deny, 1", "permit_on_first_permit, 2"})
    void takesAnItemThatCannotBeReadForDenied(String semantic, int answered) {
        JsonNode answers = askAll(
                "\"action\": {\"name\": \"read\"}, \"options\": {\"evaluations_semantic\": \"" + semantic + "\"},",
                "{\"subject\": {\"type\": \"User\", \"id\": \"acme/ana\"}}",
                question("acme/ana", "analyst", "read", "acme/1"),
                "7");

        assertThat(answers.path("evaluations").size()).isEqualTo(answered);
        JsonNode first = answers.at("/evaluations/0");
        assertThat(first.path("decision").booleanValue()).isFalse();
        assertThat(first.at("/context/error/status").intValue()).isEqualTo(400);
        assertThat(first.at("/context/error/pointer").stringValue()).isEqualTo("/evaluations/0/resource");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    {"evaluations": {}} | /evaluations
                    {"evaluations": [{},{},{},{},{},{}]} | /evaluations
                    {"evaluations": [{}], "subject": 1} | /subject
                    {"evaluations": [{}], "options": []} | /options
                    {"evaluations": [{}], "options": {"evaluations_semantic": "first"}} | /options/evaluations_semantic
                    {"evaluations": [{}], "options": {"evaluations_semantic": 1}} | /options/evaluations_semantic
                    """)
    void refusesAListThatIsNone(String body, String pointer) {
        JsonNode problem = assertProblem(post(ALL, body), 400, "malformed-request");

        assertThat(problem.path("pointer").stringValue()).isEqualTo(pointer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"evaluations\": [],", "\"evaluations\": null,"})
    void takesARequestWithoutAListForTheOnlyQuestion(String list) {
        String asked = question("acme/ana", "analyst", "read", "acme/7");

        JsonNode answer = json(post(ALL, asked.replaceFirst("\\{", "{" + list)));

        assertThat(answer.path("decision").booleanValue()).isTrue();
        assertThat(answer.path("evaluations").isMissingNode()).isTrue();
        assertProblem(post(ALL, "{" + list + "\"subject\": {}}"), 400, "malformed-request");
    }

    // ---- bounds

    @Test
    void takesNoMoreAtOnceThanItMayAndGivesThePlaceBackWhenACallerGoes() {
        List<Runnable> waiting = new ArrayList<>();
        var bounded =
                new AuthzProperties.Served("headgate-admin", "", 5, 1, DataSize.ofKilobytes(4), Duration.ofSeconds(5));
        Evaluations evaluations = evaluations(engine(waiting::add), bounded);
        JsonNode asked = JsonMapper.shared().readTree(question("acme/ana", "analyst", "read", "acme/7"));
        var asker = new Asker(caller("acme", "billing", "service"), "test", "r-1", Optional.empty());

        var first = evaluations.one(asked, asker).subscribe();
        io.headgate.api.ProblemAssert.assertThatRefusalOf(evaluations.one(asked, asker))
                .hasType(io.headgate.api.ProblemType.TOO_MANY_REQUESTS);
        first.dispose();
        var later = evaluations.one(asked, asker).toFuture();
        waiting.forEach(Runnable::run);

        assertThat(later.join().isPermit()).isTrue();
    }

    @Test
    void keepsNoMoreQuestionsOfAListWaitingThanThereAreThreads() {
        List<Runnable> waiting = new ArrayList<>();
        Evaluations evaluations = evaluations(engine(waiting::add), Fixtures.SERVED);
        String items = String.join(
                ",",
                IntStream.range(0, 5)
                        .mapToObj(i -> question("acme/ana" + i, "analyst", "read", "acme/7"))
                        .toList());
        JsonNode asked = JsonMapper.shared().readTree("{\"evaluations\": [" + items + "]}");

        var answers = evaluations
                .all(asked, new Asker(caller("acme", "billing", "service"), "test", "r-1", Optional.empty()))
                .toFuture();

        assertThat(waiting).hasSize(Fixtures.POLICIES.threads());
        for (int i = 0; i < waiting.size(); i++) {
            waiting.get(i).run();
        }
        assertThat(answers.join()).hasSize(5).allMatch(Evaluated::isPermit);
    }

    // ---- metadata, and the standard's own scenario

    @Test
    void saysWhereItsEndpointsAre() {
        EntityExchangeResult<byte[]> derived = client.get()
                .uri("http://pdp.test:8081/.well-known/authzen-configuration")
                .exchange()
                .expectBody()
                .returnResult();
        client = client(
                engine,
                new AuthzProperties.Served(
                        "headgate-admin",
                        "https://pdp.example.com/",
                        5,
                        1,
                        DataSize.ofKilobytes(4),
                        Duration.ofSeconds(5)));
        EntityExchangeResult<byte[]> set = client.get()
                .uri("http://evil.test/.well-known/authzen-configuration")
                .exchange()
                .expectBody()
                .returnResult();

        assertThat(json(derived).path("access_evaluation_endpoint").stringValue())
                .isEqualTo("http://pdp.test:8081/access/v1/evaluation");
        assertThat(derived.getResponseHeaders().getCacheControl()).isEqualTo("no-store");
        assertThat(json(set).path("policy_decision_point").stringValue()).isEqualTo("https://pdp.example.com");
        assertThat(json(set).path("access_evaluations_endpoint").stringValue())
                .isEqualTo("https://pdp.example.com/access/v1/evaluations");
        assertThat(set.getResponseHeaders().getCacheControl()).isEqualTo("max-age=3600");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    alice | read   | ''                | record-1 | ''                       | true
                    alice | write  | ''                | record-1 | ''                       | true
                    bob   | read   | ''                | record-1 | ''                       | true
                    bob   | write  | ''                | record-1 | ''                       | false
                    alice | write  | ''                | record-2 | {"status": "archived"}   | false
                    bob   | write  | {"role": "admin"} | record-2 | {"status": "archived"}   | true
                    alice | delete | {"soft": true}    | record-1 | ''                       | true
                    alice | delete | {"soft": false}   | record-1 | ''                       | false
                    """)
    void decidesAsTheStandardsCertificationExpects(
            String subject, String action, String said, String resource, String properties, boolean expected) {
        live.serve(book(set().team("platform")
                .tenantless("user", "record")
                .schema("""
                        entity user { role?: String };
                        entity record { status?: String };
                        action read, write, delete appliesTo {
                          principal: user, resource: record, context: { action?: { soft?: Bool } }
                        };
                        """)
                .policy("all-read", "permit(principal, action == Action::\"read\", resource);")
                .policy("alice-writes", "permit(principal == user::\"alice\", action == Action::\"write\", resource);")
                .policy(
                        "admins-write",
                        "permit(principal, action == Action::\"write\", resource)"
                                + " when { principal has role && principal.role == \"admin\" };")
                .policy(
                        "archived",
                        "forbid(principal, action == Action::\"write\", resource)"
                                + " when { resource has status && resource.status == \"archived\" }"
                                + " unless { principal has role && principal.role == \"admin\" };")
                .policy(
                        "soft-deletes",
                        "permit(principal == user::\"alice\", action == Action::\"delete\", resource) when {"
                                + " context has action && context.action has soft && context.action.soft };")
                .resource()));
        boolean ofAction = said.contains("soft");

        assertThat(decision("""
                {"subject": {"type": "user", "id": "%s", "properties": %s},
                 "action": {"name": "%s", "properties": %s},
                 "resource": {"type": "record", "id": "%s", "properties": %s},
                 "context": {"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}}""".formatted(
                                subject,
                                ofAction || said.isEmpty() ? "{}" : said,
                                action,
                                ofAction ? said : "null",
                                resource,
                                properties.isEmpty() ? "{}" : properties)))
                .isEqualTo(expected);
    }

    // ---- hands

    private PolicyEngine engine(Executor threads) {
        return PolicyFixtures.engine(live, threads, new CandidateReports(2), clock);
    }

    private Evaluations evaluations(PolicyEngine engine, AuthzProperties.Served settings) {
        return new Evaluations(
                live, PolicyFixtures.authority(engine, events, clock), clock, Fixtures.POLICIES.threads(), settings);
    }

    private WebTestClient client(PolicyEngine engine, AuthzProperties.Served settings) {
        var authZen =
                new AuthZen(new Askers(new RolesAsToken(), "headgate-admin"), evaluations(engine, settings), settings);
        return WebTestClient.bindToRouterFunction(authZen.routes())
                .handlerStrategies(HandlerStrategies.builder()
                        .exceptionHandler(new ProblemHandler())
                        .webFilter((exchange, chain) -> {
                            String id = exchange.getRequest().getHeaders().getFirst(RequestId.HEADER);
                            RequestId.KEY.put(
                                    exchange,
                                    new RequestId(id != null && RequestId.isAcceptable(id) ? id : "made-here"));
                            return chain.filter(exchange);
                        })
                        .build())
                .build();
    }

    /** A token is the roles of a service of acme; {@code edge:} before them makes one for the edge. */
    private static final class RolesAsToken implements Authenticator {
        @Override
        public Optional<Caller> authenticated(HttpHeaders headers, String audience) {
            return Optional.empty();
        }

        @Override
        public Mono<Caller> authenticate(HttpHeaders headers, String audience) {
            String token = headers.getFirst(HttpHeaders.AUTHORIZATION);
            if (token == null) {
                return Mono.error(new Problem.Unauthenticated("").asException());
            }
            boolean edge = token.startsWith("edge:");
            Caller caller = caller("acme", "billing", token.replace("edge:", "").split(","));
            return Mono.just(new Caller(
                    caller.tenant(),
                    caller.subject(),
                    caller.roles(),
                    caller.plan(),
                    caller.scopes(),
                    caller.teams(),
                    Set.of(edge ? "headgate" : audience),
                    caller.credentialId(),
                    caller.expiresAt()));
        }
    }

    private record As(AuthZenTest test, String roles) {
        JsonNode ask(String body) {
            return test.json(test.send(ONE, body, roles));
        }
    }

    private As as(String roles) {
        return new As(this, roles);
    }

    private JsonNode ask(String body) {
        return as("service").ask(body);
    }

    private boolean decision(String body) {
        return ask(body).path("decision").booleanValue();
    }

    private JsonNode askAll(String common, String... items) {
        return json(post(ALL, "{" + common + "\"evaluations\": [" + String.join(",", items) + "]}"));
    }

    private static List<Boolean> decisions(JsonNode answers) {
        return answers.path("evaluations")
                .valueStream()
                .map(answer -> answer.path("decision").booleanValue())
                .toList();
    }

    private EntityExchangeResult<byte[]> post(String path, String body) {
        return send(path, body, "service");
    }

    private EntityExchangeResult<byte[]> send(String path, String body, String roles, String... header) {
        var request = client.post().uri(path).contentType(MediaType.APPLICATION_JSON);
        if (!roles.isEmpty()) {
            request.header(HttpHeaders.AUTHORIZATION, roles);
        }
        if (header.length > 0) {
            request.headers(headers -> headers.set(header[0], header[1]));
        }
        return (body.isEmpty() ? request : request.bodyValue(body))
                .exchange()
                .expectBody()
                .returnResult();
    }

    private JsonNode json(EntityExchangeResult<byte[]> answer) {
        assertThat(answer.getStatus().value()).as(text(answer)).isEqualTo(200);
        return JsonMapper.shared().readTree(text(answer));
    }

    private static JsonNode assertProblem(EntityExchangeResult<byte[]> answer, int status, String slug) {
        assertThat(answer.getStatus().value()).as(text(answer)).isEqualTo(status);
        JsonNode problem = JsonMapper.shared().readTree(text(answer));
        assertThat(problem.path("type").stringValue()).isEqualTo("/problems/" + slug);
        return problem;
    }

    private static String text(EntityExchangeResult<byte[]> answer) {
        byte[] body = answer.getResponseBody();
        return body == null ? "" : new String(body, java.nio.charset.StandardCharsets.UTF_8);
    }

    private static String question(String subject, String role, String action, String resource) {
        return """
                {"subject": {"type": "User", "id": "%s", "properties": {"roles": ["%s"]}}, "action": {"name": "%s"}, \
                "resource": {"type": "Report", "id": "%s"}}""".formatted(subject, role, action, resource);
    }

    /** The question with more said of its subject or resource. */
    private static String with(String question, String member, String properties) {
        tools.jackson.databind.node.ObjectNode tree =
                (tools.jackson.databind.node.ObjectNode) JsonMapper.shared().readTree(question);
        ((tools.jackson.databind.node.ObjectNode) tree.path(member))
                .withObject("properties")
                .setAll((tools.jackson.databind.node.ObjectNode)
                        JsonMapper.shared().readTree(properties));
        return tree.toString();
    }

    /** The same at the edge, as ana of acme. */
    private void edge(String role) {
        var exchange = MockServerWebExchange.from(MockServerHttpRequest.get("http://localhost/api/reports/1"));
        Caller.KEY.put(exchange, caller("acme", "ana", role));
        new AuthorizeFilter(
                        PolicyFixtures.authority(engine, events, clock),
                        new RouteQuestions(section(AuthzMode.ENFORCE), ROUTE, clock),
                        AuthzMode.ENFORCE)
                .filter(exchange, passed -> Mono.empty())
                .onErrorComplete()
                .block();
    }
}

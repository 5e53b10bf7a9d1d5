package io.headgate.gateway.admin;

import static io.headgate.gateway.admin.FakeAuthenticator.token;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.gateway.admin.AdminClient.Answer;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;

class AdminApiTest {

    private static final String ADMIN = token("ana", "platform-admin", "");
    private static final String WRITER = token("wil", "team-writer", "blue");

    private static ConfigurableApplicationContext app;
    private static LocalPostgres postgres;
    private static String database;

    private AdminClient admin;

    @BeforeAll
    static void start() {
        postgres = SharedStack.postgres();
        database = postgres.createDatabase();
        app = AdminApp.start(postgres, database, "headgate.admin.body-timeout=2s");
        AdminApp.createTeams(app, "blue", "green");
    }

    @AfterAll
    static void stop() {
        app.close();
    }

    @BeforeEach
    void removeWhatWasThere() {
        admin = new AdminClient(AdminApp.managementPort(app), ADMIN);
        for (String kind : List.of("gadgets", "dials", "secrets")) {
            for (JsonNode left :
                    admin.get("/admin/v1/" + kind + "?limit=500").body().path("data")) {
                admin.delete(
                        path(
                                kind,
                                left.path("metadata").path("team").stringValue(),
                                left.path("metadata").path("name").stringValue()),
                        "If-Match",
                        "*");
            }
        }
    }

    // ---- one resource and its versions

    @Test
    void aNewResourceIs201WithItsETagAndItsRevision() {
        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.etag()).matches("\"[0-9]+\"");
        assertThat(answer.body().path("revision").longValue()).isPositive();
        assertThat(answer.body().path("warnings").isArray()).isTrue();
        assertThat(answer.body().path("spec").path("size").intValue()).isEqualTo(1);
    }

    @Test
    void aResourceIsReadWithTheETagThatItsWriteAnswered() {
        Answer written = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        Answer read = admin.get(path("gadgets", "blue", "one"));

        assertThat(read.status()).isEqualTo(200);
        assertThat(read.etag()).isEqualTo(written.etag());
        assertThat(read.body().path("metadata").path("team").stringValue()).isEqualTo("blue");
        assertThat(read.body().path("changed_by").stringValue()).isEqualTo("ana");
    }

    @Test
    void aReaderWhoHasTheVersionIsTold304() {
        String tag = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();

        Answer again = admin.get(path("gadgets", "blue", "one"), "If-None-Match", tag);

        assertThat(again.status()).isEqualTo(304);
        assertThat(again.text()).isEmpty();
    }

    @Test
    void anUpdateWithoutIfMatchIs428AndChangesNothing() {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 2));

        assertProblem(answer, 428, "precondition-required");
        assertThat(sizeOf("one")).isEqualTo(1);
    }

    @Test
    void anUpdateOfTheVersionThatWasReadIs200WithANewETag() {
        String first = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();

        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 2), "If-Match", first);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.etag()).isNotEqualTo(first);
        assertThat(sizeOf("one")).isEqualTo(2);
    }

    @Test
    void anUpdateOfAVersionThatIsGoneIs412AndChangesNothing() {
        String first = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 2), "If-Match", first);

        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 3), "If-Match", first);

        assertProblem(answer, 412, "stale-version");
        assertThat(sizeOf("one")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "If-Match      | 3            | 400",
                "If-Match      | \"1\", \"2\" | 400",
                "If-Match      | W/\"1\"      | 412",
                "If-Match      | \"abc\"      | 412",
                "If-Match      | \"99999\"    | 412",
                "If-None-Match | \"1\"        | 400",
                "If-None-Match | *            | 412",
            })
    void aPreconditionThatDoesNotHoldChangesNothing(String header, String value, int status) {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 2), header, value);

        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(sizeOf("one")).isEqualTo(1);
    }

    @Test
    void ifMatchStarUpdatesWhateverIsThereAndNothingElse() {
        Answer absent = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1), "If-Match", "*");
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));
        Answer present = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 2), "If-Match", "*");

        assertThat(absent.status()).isEqualTo(412);
        assertThat(present.status()).isEqualTo(200);
    }

    @Test
    void ifNoneMatchStarCreates() {
        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1), "If-None-Match", "*");

        assertThat(answer.status()).isEqualTo(201);
    }

    @Test
    void aDeletionNeedsTheVersionToo() {
        String tag = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();

        Answer bare = admin.delete(path("gadgets", "blue", "one"));
        Answer stale = admin.delete(path("gadgets", "blue", "one"), "If-Match", "\"99999\"");
        Answer right = admin.delete(path("gadgets", "blue", "one"), "If-Match", tag);
        Answer gone = admin.get(path("gadgets", "blue", "one"));

        assertProblem(bare, 428, "precondition-required");
        assertProblem(stale, 412, "stale-version");
        assertThat(right.status()).isEqualTo(204);
        assertProblem(gone, 404, "not-found");
    }

    @Test
    void aResourceThatIsMadeAnewNeverHasAnETagItHadBefore() {
        String first = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();
        admin.delete(path("gadgets", "blue", "one"), "If-Match", first);

        String second = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1))
                .etag();

        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void whatWasReadCanBeSentBackAndIsNoChange() {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));
        Answer read = admin.get(path("gadgets", "blue", "one"));

        Answer sentBack = admin.putJson(path("gadgets", "blue", "one"), read.text(), "If-Match", read.etag());

        assertThat(sentBack.status()).as(sentBack.toString()).isEqualTo(200);
        assertThat(sentBack.etag()).isEqualTo(read.etag());
    }

    @Test
    void yamlSaysTheSameAsJson() {
        String yaml = """
                # a comment
                apiVersion: headgate/v1
                kind: Gadget
                metadata: { team: blue, name: one }
                spec:
                  size: 7
                  guarded: false
                """;

        Answer created = admin.putYaml(path("gadgets", "blue", "one"), yaml);
        Answer asYaml = admin.get(path("gadgets", "blue", "one"), "Accept", "application/yaml");
        Answer sentBack = admin.putYaml(path("gadgets", "blue", "one"), asYaml.text(), "If-Match", asYaml.etag());

        assertThat(created.status()).isEqualTo(201);
        assertThat(sizeOf("one")).isEqualTo(7);
        assertThat(asYaml.header("Content-Type")).contains("application/yaml");
        assertThat(asYaml.text()).contains("kind: Gadget", "size: 7");
        assertThat(sentBack.etag()).isEqualTo(asYaml.etag());
    }

    @Test
    void aWarningComesWithTheAnswer() {
        Answer answer = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 9_500));

        assertThat(answer.body().path("warnings").toString()).contains("larger than anybody needs");
    }

    // ---- secrets

    @Test
    void aSecretIsShownAtItsCreationAndNeverAgain() {
        Answer created = admin.putJson(path("secrets", "platform", "key"), secret("key", "ana"));
        Answer updated =
                admin.putJson(path("secrets", "platform", "key"), secret("key", "bob"), "If-Match", created.etag());

        assertThat(created.body().path("secret").stringValue()).isEqualTo(TestKinds.SecretKind.CLEAR);
        List<Answer> later = List.of(
                updated,
                admin.get(path("secrets", "platform", "key")),
                admin.get("/admin/v1/secrets"),
                admin.get(path("secrets", "platform", "key") + "/versions"));
        assertThat(later)
                .allSatisfy(answer -> assertThat(answer.text())
                        .contains("owner")
                        .doesNotContain(TestKinds.SecretKind.CLEAR, TestKinds.SecretKind.HASH));
    }

    @Test
    void aSecretDoesNotGoBackToWhatItWas() {
        Answer created = admin.putJson(path("secrets", "platform", "key"), secret("key", "ana"));

        Answer answer =
                admin.post(path("secrets", "platform", "key") + "/rollback?to=1", "", "If-Match", created.etag());

        assertProblem(answer, 409, "conflict");
    }

    // ---- versions

    @Test
    void everyVersionIsListedNewestFirstAndOneCanBeBroughtBack() {
        String tag = admin.putJson(path("gadgets", "blue", "v"), gadget("blue", "v", 11))
                .etag();
        Answer second = admin.putJson(path("gadgets", "blue", "v"), gadget("blue", "v", 12), "If-Match", tag);
        long first = version(tag);

        Answer versions = admin.get(path("gadgets", "blue", "v") + "/versions?limit=2");
        Answer back = admin.post(path("gadgets", "blue", "v") + "/rollback?to=" + first, "", "If-Match", second.etag());

        assertThat(versions.body()
                        .path("data")
                        .path(0)
                        .path("spec")
                        .path("size")
                        .intValue())
                .isEqualTo(12);
        assertThat(versions.body()
                        .path("data")
                        .path(1)
                        .path("spec")
                        .path("size")
                        .intValue())
                .isEqualTo(11);
        assertThat(back.status()).as(back.toString()).isEqualTo(200);
        assertThat(version(back.etag())).isGreaterThan(version(second.etag()));
        assertThat(sizeOf("v")).isEqualTo(11);
    }

    @Test
    void aRollbackToNowhereChangesNothing() {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        assertProblem(admin.post(path("gadgets", "blue", "one") + "/rollback", ""), 400, "malformed-request");
        assertProblem(admin.post(path("gadgets", "blue", "one") + "/rollback?to=x", ""), 400, "malformed-request");
        assertProblem(
                admin.post(path("gadgets", "blue", "one") + "/rollback?to=99999", "", "If-Match", "*"),
                404,
                "not-found");
        assertThat(sizeOf("one")).isEqualTo(1);
    }

    // ---- lists

    @Test
    void aListIsWalkedPageByPage() {
        IntStream.rangeClosed(1, 5)
                .forEach(i -> admin.putJson(path("gadgets", "blue", "g" + i), gadget("blue", "g" + i, i)));
        List<String> names = new ArrayList<>();

        String next = "/admin/v1/gadgets?limit=2";
        int pages = 0;
        while (!next.isEmpty()) {
            Answer page = admin.get(next);
            page.body()
                    .path("data")
                    .forEach(it -> names.add(it.path("metadata").path("name").stringValue()));
            assertThat(page.body().path("page").path("limit").intValue()).isEqualTo(2);
            assertThat(page.body().path("page").path("has_more").booleanValue())
                    .isEqualTo(page.header("Link").isPresent());
            next = page.header("Link").map(AdminApiTest::target).orElse("");
            pages++;
        }

        assertThat(names).containsExactly("g1", "g2", "g3", "g4", "g5");
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void aListCanBeOfOneTeamAlone() {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));
        admin.putJson(path("gadgets", "green", "two"), gadget("green", "two", 2));

        Answer answer = admin.get("/admin/v1/gadgets?team=green");

        assertThat(answer.body().path("data")).hasSize(1);
        assertThat(answer.body()
                        .path("data")
                        .path(0)
                        .path("metadata")
                        .path("name")
                        .stringValue())
                .isEqualTo("two");
    }

    @Test
    void aLimitAboveTheMaximumIsTheMaximum() {
        assertThat(admin.get("/admin/v1/gadgets?limit=99999999999")
                        .body()
                        .path("page")
                        .path("limit")
                        .intValue())
                .isEqualTo(500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=0",
                "limit=-1",
                "limit=ten",
                "limit=",
                "limit=1&limit=2",
                "cursor=%21",
                "cursor=YWJj!",
                "cursor=" + "QUJD",
                "team=No_Team",
                "limt=5"
            })
    void aListThatMakesNoSenseIs400(String query) {
        assertProblem(admin.get("/admin/v1/gadgets?" + query), 400, "malformed-request");
    }

    // ---- dry runs

    @Test
    void aDryRunSaysOfEachDocumentWhatItsWriteWould() {
        String documents = """
                apiVersion: headgate/v1
                kind: Gadget
                metadata: { team: blue, name: good }
                spec: { size: 1 }
                ---
                apiVersion: headgate/v1
                kind: Gadget
                metadata: { team: blue, name: bad }
                spec: { size: large, colour: red }
                """;
        long revision = revision();

        Answer answer = admin.post("/admin/v1/validate", documents, "Content-Type", "application/yaml");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("valid").booleanValue()).isFalse();
        JsonNode good = answer.body().path("documents").path(0);
        assertThat(good.path("valid").booleanValue()).isTrue();
        assertThat(good.path("outcome").stringValue()).isEqualTo("created");
        JsonNode bad = answer.body().path("documents").path(1);
        assertThat(bad.path("problems").toString()).contains("/spec/size", "/spec/colour", "unknown member");
        assertThat(revision()).isEqualTo(revision);
    }

    @Test
    void aDryRunFindsTheConflictsAmongItsOwnDocuments() {
        String documents = "[" + gadget("blue", "a", 5) + "," + gadget("green", "b", 5) + "]";

        Answer answer = admin.post("/admin/v1/validate", documents, "Content-Type", "application/json");

        assertThat(answer.body().path("valid").booleanValue()).isFalse();
        assertThat(answer.text()).contains("size 5");
    }

    @Test
    void aDryRunOfOneDocumentAnswersForOne() {
        Answer answer = admin.post("/admin/v1/validate", gadget("blue", "a", 5), "Content-Type", "application/json");

        assertThat(answer.body().path("valid").booleanValue()).isTrue();
        assertThat(answer.body().path("documents")).hasSize(1);
    }

    // ---- status

    @Test
    void statusTellsWhichInstanceHasAppliedWhichRevision() {
        admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        Answer answer = admin.get("/admin/v1/status");

        assertThat(answer.body().path("registry").path("state").stringValue()).isEqualTo("live");
        assertThat(answer.body().path("applied").stringValue()).isEqualTo("applied on 1 of 1");
        JsonNode instance = answer.body().path("instances").path(0);
        assertThat(instance.path("name").stringValue()).isEqualTo("admin-test");
        assertThat(instance.path("revision").longValue())
                .isEqualTo(answer.body().path("revision").longValue());
        assertThat(instance.path("applied_at").isString()).isTrue();
    }

    // ---- explain

    @Test
    void explainTellsWhichRouteTakesARequestAndWhatEachStepDoes() {
        Answer created = admin.putYaml("/admin/v1/routes/blue/things", """
                apiVersion: headgate/v1
                kind: Route
                metadata: { team: blue, name: things }
                spec:
                  match: { path: /api/blue/**, methods: [GET] }
                  upstream: { primary: "http://127.0.0.1:9101" }
                  authz: { mode: off }
                """, "If-None-Match", "*");
        assertThat(created.status()).as(created.toString()).isEqualTo(201);
        Awaited.until("the route is served", () -> explain("path=/api/blue/1").contains("matched"));

        assertThat(explain("path=/api/blue/1")).contains("\"route\":\"blue/things\"", "\"step\":\"upstream\"");
        assertThat(explain("method=POST&path=/api/blue/1")).contains("method-not-allowed", "\"GET\"");
        assertThat(explain("path=/api/none")).contains("no-route");
        assertThat(explain("path=/api/blue/%252e%252e/x")).contains("refused");
        assertThat(explain("path=/problems/not-found")).contains("built-in");
    }

    private String explain(String query) {
        return admin.get("/admin/v1/explain?" + query).text();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "path=", "path=api", "path=/x&method=get", "path=/x&verb=GET"})
    void anExplanationOfNothingIs400(String query) {
        assertProblem(admin.get("/admin/v1/explain?" + query), 400, "malformed-request");
    }

    // ---- bad input

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "broken JSON         | application/json | {\"apiVersion\":                | 400 | line 1, column",
                "no body             | application/json | ^^                              | 400 | expected: one",
                "two documents       | application/json | {} {}                           | 400 | line 1",
                "a key twice         | application/json | {\"a\":1,\"a\":2}               | 400 | Duplicate",
                "broken YAML         | application/yaml | a: [1,                          | 400 | line 1, column",
                "a YAML alias        | application/yaml | {a: &x 1, b: *x}                | 400 | alias",
                "a YAML tag          | application/yaml | a: !!java.lang.String x         | 400 | tag",
                "no media type       | ^^               | {}                              | 415 | expected: application/json",
                "another media type  | text/plain       | {}                              | 415 | expected: application/json",
                "half a media type   | json             | {}                              | 415 | expected: application/json",
                "a list              | application/json | []                              | 422 | object",
                "a string            | application/json | \"x\"                           | 422 | object",
                "nothing known       | application/json | {\"kinds\":1}                   | 422 | unknown member",
            })
    void whatCannotBeReadChangesNothing(String name, String type, String body, int status, String detail) {
        long revision = revision();

        Answer answer = type.isEmpty()
                ? admin.send("PUT", path("gadgets", "blue", "one"), body)
                : admin.send("PUT", path("gadgets", "blue", "one"), body, "Content-Type", type);

        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).contains("application/problem+json");
        assertThat(answer.text()).contains(detail);
        assertThat(revision()).isEqualTo(revision);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "unknown kind         | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Widget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"},\"spec\":{}} | /kind",
                "another team         | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"green\",\"name\":\"one\"},\"spec\":{}} | /metadata/team",
                "another name         | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"two\"},\"spec\":{}} | /metadata/name",
                "another version      | {\"apiVersion\":\"headgate/v2\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"},\"spec\":{}} | /apiVersion",
                "an unknown field     | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"},\"spec\":{\"sise\":1}} | /spec/sise",
                "a wrong type         | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"},\"spec\":{\"size\":\"1\"}} | /spec/size",
                "out of range         | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"},\"spec\":{\"size\":0}} | /spec/size",
                "no spec              | {\"apiVersion\":\"headgate/v1\",\"kind\":\"Gadget\",\"metadata\":{\"team\":\"blue\",\"name\":\"one\"}} | /spec",
            })
    void aDocumentThatCannotBeIs422WithThePlaceAndChangesNothing(String name, String body, String pointer) {
        long revision = revision();

        Answer answer = admin.putJson(path("gadgets", "blue", "one"), body);

        assertProblem(answer, 422, "invalid-resource");
        assertThat(answer.body().path("problems").toString()).contains("\"pointer\":\"" + pointer + "\"");
        assertThat(revision()).isEqualTo(revision);
    }

    @Test
    void aConflictNamesTheOtherResourceWithAnExampleAndChangesNothing() {
        admin.putJson(path("gadgets", "green", "first"), gadget("green", "first", 4));
        long revision = revision();

        Answer answer = admin.putJson(path("gadgets", "blue", "second"), gadget("blue", "second", 4));

        assertProblem(answer, 409, "conflict");
        JsonNode conflict = answer.body().path("conflicts").path(0);
        assertThat(conflict.path("resource").stringValue()).isEqualTo("green/first");
        assertThat(conflict.path("example").stringValue()).isEqualTo("size 4");
        assertThat(revision()).isEqualTo(revision);
    }

    @Test
    void aBodyThatIsTooLargeIs413WhetherItSaysSoOrNot() {
        byte[] large = new byte[2_000_000];
        java.util.Arrays.fill(large, (byte) ' ');

        Answer announced = admin.send(
                "PUT",
                path("gadgets", "blue", "one"),
                HttpRequest.BodyPublishers.ofByteArray(large),
                "Content-Type",
                "application/json");
        Answer streamed = admin.send(
                "PUT",
                path("gadgets", "blue", "one"),
                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)),
                "Content-Type",
                "application/json");

        assertProblem(announced, 413, "body-too-large");
        assertProblem(streamed, 413, "body-too-large");
    }

    @Test
    void aBodyThatDoesNotComeIs400() throws IOException {
        try (var socket = new Socket("127.0.0.1", AdminApp.managementPort(app))) {
            String head = "PUT " + path("gadgets", "blue", "one") + " HTTP/1.1\r\nHost: here\r\nAuthorization: " + ADMIN
                    + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));

            var answer = new StringBuilder();
            int next = socket.getInputStream().read();
            while (next >= 0 && answer.indexOf("2000 ms") < 0) { // which may come behind the head
                answer.append((char) next);
                next = socket.getInputStream().read();
            }

            assertThat(answer).startsWith("HTTP/1.1 400").contains("did not arrive within 2000 ms");
        }
    }

    @Test
    void anUnknownKindIs404AndTellsTheKnownOnes() {
        Answer answer = admin.get("/admin/v1/gizmos/blue/one");

        assertProblem(answer, 404, "not-found");
        assertThat(answer.body().path("detail").stringValue()).contains("'gizmos'", "gadgets", "dials", "teams");
    }

    @Test
    void aMethodThatAPathDoesNotTakeIs405WithAllow() {
        Answer answer = admin.post(path("gadgets", "blue", "one"), "{}", "Content-Type", "application/json");

        assertProblem(answer, 405, "method-not-allowed");
        assertThat(answer.header("Allow")).contains("DELETE, GET, HEAD, PUT");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/admin",
                "/admin/v1",
                "/admin/v1/gadgets/blue",
                "/admin/v2/gadgets",
                "/actuator/env",
                "/actuator/heapdump",
                "/actuator"
            })
    void whatIsNotThereIsAProblemToo(String path) {
        assertProblem(admin.get(path), 404, "not-found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Blue", "b_lue", "b%2Fe", "-blue"})
    void aNameThatCannotBeIs400(String team) {
        assertProblem(admin.get("/admin/v1/gadgets/" + team + "/one"), 400, "malformed-request");
    }

    // ---- every answer

    @Test
    void theRequestIdIsKeptOrMadeAndNamesTheProblem() {
        Answer kept = admin.get(path("gadgets", "blue", "none"), "X-Request-Id", "mine-1");
        Answer made = admin.get(path("gadgets", "blue", "none"), "X-Request-Id", "not mine!");

        assertThat(kept.header("X-Request-Id")).contains("mine-1");
        assertThat(kept.body().path("instance").stringValue()).isEqualTo("mine-1");
        assertThat(made.header("X-Request-Id"))
                .hasValueSatisfying(id -> assertThat(id).isNotEqualTo("not mine!"));
    }

    @Test
    void noAnswerIsForACacheToKeep() {
        Answer created = admin.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        List<Answer> answers = List.of(
                created,
                admin.get(path("gadgets", "blue", "one")),
                admin.get(path("gadgets", "blue", "one"), "If-None-Match", created.etag()),
                admin.get("/admin/v1/gadgets"),
                admin.get("/admin/v1/status"),
                admin.get("/admin/v1/gizmos"),
                admin.as("").get("/admin/v1/gadgets"),
                admin.delete(path("gadgets", "blue", "one"), "If-Match", "*"));

        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.header("Cache-Control")).contains("no-store"));
    }

    // ---- who may not even come in

    @Test
    void withoutATokenNothingIsAnswered() {
        Answer answer = admin.as("").get("/admin/v1/gadgets");

        assertProblem(answer, 401, "unauthenticated");
        assertThat(answer.header("WWW-Authenticate"))
                .hasValueSatisfying(it -> assertThat(it).startsWith("Bearer"));
    }

    @Test
    void aTokenForTheEdgeIsNoneHere() {
        assertProblem(
                admin.as(FakeAuthenticator.tokenFor("headgate")).get("/admin/v1/gadgets"), 401, "unauthenticated");
    }

    @Test
    void anApiKeyIsNoTokenForThisApi() {
        assertProblem(admin.as("").get("/admin/v1/gadgets", "X-Api-Key", "any"), 401, "unauthenticated");
    }

    @Test
    void aTeamsOwnResourceIsNotMovedToAnotherTeam() {
        AdminClient ofTwo = admin.as(token("wil", "team-writer", "blue,green"));
        ofTwo.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1));

        Answer answer = ofTwo.putJson(path("gadgets", "blue", "one"), gadget("green", "one", 1), "If-Match", "*");

        assertProblem(answer, 422, "invalid-resource");
        assertProblem(ofTwo.get(path("gadgets", "green", "one")), 404, "not-found");
    }

    @Test
    void aTeamWriterNeitherMakesNorUnmakesWhatIsReserved() {
        AdminClient writer = admin.as(WRITER);
        String guarded = gadget("blue", "one", 1).replace("\"size\"", "\"guarded\":true,\"size\"");

        Answer making = writer.putJson(path("gadgets", "blue", "one"), guarded);
        admin.putJson(path("gadgets", "blue", "one"), guarded);
        Answer unmaking = writer.putJson(path("gadgets", "blue", "one"), gadget("blue", "one", 1), "If-Match", "*");

        assertProblem(making, 403, "forbidden");
        assertProblem(unmaking, 403, "forbidden");
    }

    private static void assertProblem(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).contains("application/problem+json");
        assertThat(answer.body().path("type").stringValue()).isEqualTo("/problems/" + type);
        assertThat(answer.body().path("detail").stringValue()).isNotEmpty();
        assertThat(answer.body().path("instance").isString()).isTrue();
    }

    private int sizeOf(String name) {
        return admin.get(path("gadgets", "blue", name))
                .body()
                .path("spec")
                .path("size")
                .intValue();
    }

    private static long revision() {
        return Long.parseLong(postgres.query(database, "SELECT max(revision) FROM headgate.registry"));
    }

    private static long version(String tag) {
        return Long.parseLong(tag.replace("\"", ""));
    }

    private static String target(String link) {
        return link.substring(link.indexOf('<') + 1, link.indexOf('>'));
    }

    private static String path(String kind, String team, String name) {
        return "/admin/v1/" + kind + "/" + team + "/" + name;
    }

    private static String gadget(String team, String name, int size) {
        return document("Gadget", team, name, "\"size\":" + size);
    }

    private static String secret(String name, String owner) {
        return document("Secret", "platform", name, "\"owner\":\"" + owner + "\"");
    }

    private static String document(String kind, String team, String name, String spec) {
        return "{\"apiVersion\":\"headgate/v1\",\"kind\":\"" + kind + "\",\"metadata\":{\"team\":\"" + team
                + "\",\"name\":\"" + name + "\"},\"spec\":{" + spec + "}}";
    }
}

package io.headgate.gateway.datasets;

import static io.headgate.gateway.datasets.DatasetFixture.ROWS;
import static io.headgate.gateway.datasets.DatasetFixture.caller;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Event;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.gateway.admin.Awaited;
import io.headgate.gateway.datasets.DatasetFixture.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

/** Rows over HTTP as clients ask for them, from a real database. */
class DatasetServiceTest {

    private static DatasetFixture data;

    @BeforeAll
    static void start() {
        data = new DatasetFixture("headgate.datasets.statement-timeout=3s", "headgate.datasets.max-page=4KB");
        data.postgres.execute(data.database, "CREATE VIEW slow AS SELECT * FROM events WHERE pg_sleep(20) IS NOT NULL");
    }

    @AfterAll
    static void stop() {
        data.close();
    }

    @BeforeEach
    void fill() {
        data.postgres.execute(data.database, "TRUNCATE events");
        data.fill(60);
        data.events().clear();
        data.connections.statements.clear();
    }

    @AfterEach
    void everyConnectionCameBack() {
        Awaited.until("every connection is back", () -> data.connections.open.get() == 0);
    }

    @Test
    void answersAPageInTheEnvelopeWithLinksAndWhereItWasRead() {
        Answer first = data.get("?limit=2&sort=-id");

        assertThat(first.status()).as(first.toString()).isEqualTo(200);
        assertThat(first.text())
                .startsWith("{\"data\":[{\"id\":60,\"occurred_at\":\"2026-01-01T00:00:00+00:00\",\"kind\":\"login\","
                        + "\"plan\":null,\"amount\":null,\"comment\":\"%\"},{\"id\":59,")
                .contains("],\"page\":{\"limit\":2,\"has_more\":true,\"next_cursor\":\"")
                .endsWith("\"prev_cursor\":null}}");
        assertThat(first.header("Content-Type")).isEqualTo("application/json");
        assertThat(first.header("Content-Length"))
                .isEqualTo(Integer.toString(first.text().getBytes(StandardCharsets.UTF_8).length));
        assertThat(first.header("Cache-Control")).isEqualTo("no-store");
        assertThat(first.header("Link"))
                .startsWith("<" + ROWS + "?sort=-id&limit=2>; rel=\"first\"")
                .endsWith("; rel=\"next\"");
        Answer second = data.get(
                "?limit=2&sort=-id&cursor=" + first.cursor("next_cursor").orElseThrow());
        assertThat(second.ids()).containsExactly(58L, 57L);
        assertThat(data.get("?limit=2&sort=-id&cursor="
                                + second.cursor("prev_cursor").orElseThrow())
                        .ids())
                .containsExactly(60L, 59L);
    }

    @Test
    void readsInATransactionThatCannotWriteWithATimeLimit() {
        data.get("?limit=2&filter[amount][lt]=99&sort=-amount,kind"); // as nobody else here asks

        assertThat(data.connections.statements).hasSize(3);
        assertThat(data.connections.statements.get(0)).contains("statement_timeout");
        assertThat(data.connections.statements.get(1)).startsWith("EXPLAIN (FORMAT JSON) SELECT");
        assertThat(data.connections.statements.get(2)).startsWith("SELECT CASE").contains("LIMIT");

        data.connections.statements.clear();
        data.get("?limit=3&filter[amount][lt]=7&sort=-amount,kind");
        assertThat(data.connections.statements)
                .as("what a shape costs is remembered")
                .hasSize(2);
    }

    @Test
    void answersHeadWithTheHeadersOfGet() {
        Answer get = data.get("?limit=2");
        Answer head = data.send(caller("acme"), HttpMethod.HEAD, ROWS + "?limit=2", "");

        assertThat(head.text()).isEmpty();
        assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
        assertThat(head.header("Link")).contains("rel=\"next\"");
    }

    @Test
    void readsAQueryFromABodyWithItsPage() {
        String body =
                "{\"filters\":[{\"field\":\"plan\",\"op\":\"is_null\"}],\"sort\":[{\"field\":\"id\",\"dir\":\"desc\"}],"
                        + "\"page\":{\"limit\":2}}";

        for (var request : List.of(
                data.send(caller("acme"), HttpMethod.POST, ROWS + "/query", body),
                data.send(caller("acme"), DatasetRequest.QUERY, ROWS, body))) {
            assertThat(request.ids()).as(request.toString()).containsExactly(60L, 57L);
            assertThat(request.header("Link")).isEqualTo("null");
            String next = body.replace(
                    "\"limit\":2",
                    "\"limit\":2,\"cursor\":\"" + request.cursor("next_cursor").orElseThrow() + "\"");
            assertThat(data.send(caller("acme"), HttpMethod.POST, ROWS + "/query", next)
                            .ids())
                    .containsExactly(54L, 51L);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "filter[kind]=login",
                "filter=kind==login",
                "$filter=kind%20eq%20'login'",
                "filter=%5B%7B%22field%22:%22kind%22,%22op%22:%22eq%22,%22value%22:%22login%22%7D%5D"
            })
    void readsEveryLanguageThatClientsWrite(String query) {
        assertThat(data.get("?limit=3&" + query).ids()).containsExactly(4L, 8L, 12L);
    }

    static Stream<String> sorts() {
        List<String> fields = List.of("id", "occurred_at", "kind", "plan", "amount", "comment");
        return Stream.concat(
                fields.stream().flatMap(field -> Stream.of(field, "-" + field)),
                Stream.of(
                        "",
                        "plan,-amount",
                        "-plan,amount",
                        "-kind,occurred_at",
                        "kind,-id",
                        "-comment,plan,-occurred_at",
                        "amount,comment,-kind,plan"));
    }

    @ParameterizedTest
    @MethodSource("sorts")
    void walksEveryOrderForwardsAndBackwards(String sort) {
        List<Long> expected = inOrder(sort);

        assertThat(forwards(sort, () -> {})).isEqualTo(expected);
        assertThat(backwards(sort, () -> {})).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("sorts")
    void missesNoRowThatStandsAndShowsNoneTwiceWhileOthersComeAndGo(String sort) {
        var random = new Random(sort.hashCode());
        Set<Long> standing = new HashSet<>(inOrder(sort));
        long[] next = {1_000};
        Runnable change = () -> {
            List<Long> present = new ArrayList<>(new TreeSet<>(standing));
            Long gone = present.get(random.nextInt(present.size()));
            standing.remove(gone);
            data.postgres.execute(data.database, "DELETE FROM events WHERE id = " + gone);
            data.postgres.execute(data.database, """
                    INSERT INTO events VALUES (%d, 'acme', timestamptz '2026-01-01Z' + %d * interval '1 hour', 'View',
                      %s, %s, %s)""".formatted(
                            next[0]++,
                            random.nextInt(12),
                            random.nextBoolean() ? "'pro'" : "NULL",
                            random.nextBoolean() ? "0.5" : "NULL",
                            random.nextBoolean() ? "'a'" : "NULL"));
        };

        assertThat(forwards(sort, change)).doesNotHaveDuplicates().containsAll(standing);
        List<Long> stood = List.copyOf(standing);
        assertThat(backwards(sort, change)).doesNotHaveDuplicates().containsAll(standing);
        assertThat(stood).isNotEmpty();
    }

    @Test
    void endsAPageEarlyThatWouldGetTooLargeAndLosesNothing() {
        data.postgres.execute(data.database, "UPDATE events SET note = repeat('x', 1500) WHERE id <= 30");

        Answer page = data.get("?limit=50");

        assertThat(page.ids()).containsExactly(1L, 2L);
        assertThat(page.body().path("page").path("has_more").booleanValue()).isTrue();
        assertThat(walked("?limit=50", "next_cursor", () -> {})).hasSize(60).doesNotHaveDuplicates();
    }

    @Test
    void saysWhichRowIsTooLargeForAnyPage() {
        data.postgres.execute(data.database, "UPDATE events SET note = repeat('x', 5000) WHERE id = 2");

        assertThat(data.get("?limit=1").ids()).containsExactly(1L);
        assertThat(type(data.get("?limit=50"))).contains(ProblemType.UNSUPPORTED_QUERY);
    }

    @Test
    void neverShowsARowOfAnotherTenant() {
        for (String filter : List.of(
                "",
                "&filter[not][id]=5",
                "&filter[or][0][id][gt]=0&filter[or][1][id][lt]=0",
                "&filter[plan][is_null]=true",
                "&filter[comment][contains]=",
                "&filter[kind][neq]=acme")) {
            assertThat(walked("?limit=20&sort=-kind" + filter, "next_cursor", () -> {}))
                    .as(filter)
                    .isNotEmpty()
                    .allMatch(id -> id < 1_000_000);
        }
        Answer globex = data.send(caller("globex"), HttpMethod.GET, ROWS + "?limit=100", "");
        assertThat(globex.ids()).isNotEmpty().allMatch(id -> id > 1_000_000 && id < 2_000_000);
        String cursor = data.get("?limit=2").cursor("next_cursor").orElseThrow();
        assertThat(type(data.send(caller("globex"), HttpMethod.GET, ROWS + "?limit=2&cursor=" + cursor, "")))
                .contains(ProblemType.INVALID_QUERY);
        assertThat(type(data.get("?filter[tenant_id]=globex"))).contains(ProblemType.INVALID_QUERY);
        assertThat(type(data.get("?tenant_id=globex"))).contains(ProblemType.INVALID_QUERY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "' OR '1'='1",
                "'; DROP TABLE events; --",
                "\" OR \"1\"=\"1",
                "1) OR (1=1",
                "$1",
                "$2 OR TRUE",
                "\\'; --",
                "/* */ OR 1=1",
                "x' UNION SELECT * FROM pg_shadow --",
                "'||pg_sleep(10)||'",
                "E'\\x27'",
                "\u02BC OR 1=1",
                "COPY events TO PROGRAM 'x'",
                ") AS of_page",
                "\n;DELETE FROM events;\n",
                "'::text OR true",
                "id; --"
            })
    void nothingThatAClientWritesChangesAStatement(String evil) {
        data.get("?limit=3&filter[kind]=login&filter[comment][contains]=a");
        Set<String> harmless = Set.copyOf(data.connections.statements);
        data.connections.statements.clear();
        String text = URLEncoder.encode(evil, StandardCharsets.UTF_8);

        Answer asValue = data.get("?limit=3&filter[kind]=" + text + "&filter[comment][contains]=" + text);

        assertThat(asValue.status()).as(asValue.toString()).isEqualTo(200);
        assertThat(harmless).containsAll(data.connections.statements);
        data.connections.statements.clear();
        for (String query : List.of(
                "?filter[" + text + "]=1",
                "?filter[id][" + text + "]=1",
                "?filter[id]=" + text,
                "?filter[plan]=" + text,
                "?filter[occurred_at][gt]=" + text,
                "?sort=" + text,
                "?sort=-" + text,
                "?limit=" + text,
                "?cursor=" + text,
                "?" + text + "=1")) {
            assertThat(type(data.get(query))).as(query).contains(ProblemType.INVALID_QUERY);
        }
        assertThat(data.send(caller("acme"), HttpMethod.GET, "/api/v1/datasets/platform/" + text + "/rows", "")
                        .status())
                .isEqualTo(404);
        assertThat(data.connections.statements)
                .as("nothing reached the database")
                .isEmpty();
        assertThat(data.postgres.query(data.database, "SELECT count(*) FROM events"))
                .isEqualTo("180");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/datasets/platform/events, 404",
        "GET, /api/v1/datasets/platform/events/rows/, 404",
        "GET, /api/v1/datasets/platform/events/rows/query, 405",
        "POST, /api/v1/datasets/platform/events/rows, 405",
        "GET, /api/v1/datasets/platform/nothing/rows, 404",
        "GET, /api/v1/datasets/Platform/events/rows, 404",
        "GET, /api/v1/datasets/platform/secret/rows, 403",
        "GET, /api/v1/datasets/platform/gone/rows, 503",
        "GET, /api/v1/datasets/platform/away/rows, 503",
        "GET, /api/v1/datasets/platform/dear/rows?filter[comment][contains]=x, 422"
    })
    void saysNoInItsPlace(HttpMethod method, String uri, int status) {
        Answer answer = data.send(caller("acme"), method, uri, "");

        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
    }

    @Test
    void endsAStatementThatTakesTooLong() {
        Answer slow = data.send(caller("acme"), HttpMethod.GET, "/api/v1/datasets/platform/slow/rows?limit=1", "");

        assertThat(type(slow)).contains(ProblemType.GATEWAY_TIMEOUT);
    }

    @Test
    void givesTheConnectionBackWhenTheClientGoesAway() {
        var exchange =
                MockServerWebExchange.from(MockServerHttpRequest.get("/api/v1/datasets/platform/slow/rows?limit=1"));
        var call = data.served(exchange).subscribe();
        Awaited.until(
                "the page is being read",
                () -> data.connections.statements.stream().anyMatch(sql -> sql.startsWith("SELECT CASE")));

        call.dispose();

        Awaited.until("the connection is back", () -> data.connections.open.get() == 0);
    }

    @Test
    void tellsWhatWasAppliedAndWhatWasRefusedWithoutAValue() {
        data.get("?limit=1&filter[kind]=treasure&sort=-id");
        data.get("?limit=1");
        data.get("?filter[treasure]=1");
        data.send(
                caller("acme"),
                HttpMethod.GET,
                "/api/v1/datasets/platform/dear/rows?filter[comment][contains]=treasure",
                "");

        assertThat(data.events())
                .extracting(Event::eventType)
                .containsExactly("filter.applied", "filter.rejected", "filter.rejected");
        assertThat(data.events().getFirst().data())
                .containsEntry("route", "platform/datasets")
                .containsEntry("dataset", "platform/events")
                .containsEntry("emits", "sql")
                .containsEntry("fields", List.of("kind"));
        assertThat(data.events().getLast().data()).containsEntry("reason", "filter-too-expensive");
        assertThat(data.events().toString()).doesNotContain("treasure");
    }

    @Test
    void explainsWhatAQueryWouldCostWithoutRunningIt() {
        var explained = data.explainer()
                .explain(
                        DatasetFixture.EVENTS,
                        "acme",
                        "{\"filters\":[{\"field\":\"comment\",\"op\":\"contains\",\"value\":\"treasure\"}]}")
                .blockOptional()
                .orElseThrow();

        assertThat(explained.page().passes()).isTrue();
        assertThat(explained.page().sql().text()).contains("LIKE").doesNotContain("treasure");
        assertThat(explained.export().plan().cost()).isPositive();
        assertThat(explained.indexed()).containsExactly("id", "occurred_at");
        assertThat(data.connections.statements.stream().filter(sql -> !sql.startsWith("EXPLAIN")))
                .as("what is no question to the planner")
                .hasSize(1);
    }

    private static Optional<ProblemType> type(Answer answer) {
        return answer.problem().map(Problem::type);
    }

    /** As the database itself orders them. */
    private static List<Long> inOrder(String sort) {
        List<String> keys = new ArrayList<>();
        boolean descending = false;
        for (String key : sort.isEmpty() ? new String[0] : sort.split(",")) {
            descending = key.startsWith("-");
            String field = descending ? key.substring(1) : key;
            String column = field.equals("comment") ? "note" : field;
            boolean isText = Set.of("kind", "plan", "note").contains(column);
            keys.add(column + (isText ? " COLLATE \"C\"" : "") + (descending ? " DESC" : ""));
        }
        keys.add("id" + (descending ? " DESC" : ""));
        String ids = data.postgres.query(
                data.database,
                "SELECT string_agg(id::text, ',' ORDER BY " + String.join(", ", keys)
                        + ") FROM events WHERE tenant_id = 'acme'");
        return Stream.of(ids.split(",")).map(Long::valueOf).toList();
    }

    private static List<Long> forwards(String sort, Runnable between) {
        return walked("?limit=7&sort=" + sort, "next_cursor", between);
    }

    /** From the last row on, which a page behind it leads to. */
    private static List<Long> backwards(String sort, Runnable between) {
        String query = "?limit=7&sort=" + sort;
        Answer last = data.get(query);
        while (last.cursor("next_cursor").isPresent()) {
            last = data.get(query + "&cursor=" + last.cursor("next_cursor").orElseThrow());
        }
        List<Long> seen = new ArrayList<>(last.ids());
        while (last.cursor("prev_cursor").isPresent()) {
            between.run();
            last = data.get(query + "&cursor=" + last.cursor("prev_cursor").orElseThrow());
            assertThat(last.status()).as(last.toString()).isEqualTo(200);
            seen.addAll(0, last.ids());
        }
        return seen;
    }

    private static List<Long> walked(String query, String direction, Runnable between) {
        List<Long> seen = new ArrayList<>();
        Answer page = data.get(query);
        while (true) {
            assertThat(page.status()).as(page.toString()).isEqualTo(200);
            seen.addAll(page.ids());
            Optional<String> next = page.cursor(direction);
            if (next.isEmpty()) {
                return seen;
            }
            between.run();
            page = data.get(query + "&cursor=" + next.get());
        }
    }
}

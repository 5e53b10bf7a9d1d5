package io.headgate.export;

import static io.headgate.export.JobServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.MutableClock;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class JobEndpointsTest {

    private static final int ROWS = 5_000;
    private static final byte[] CONTENT = FakeRunner.content("all", ROWS);
    private static final String ETAG = "\"" + Digests.hex(CONTENT) + "\"";

    private final MutableClock clock = new MutableClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private final JobFixture jobs = new JobFixture(JobSettings.quick().with("quota.queued", 5), clock);
    private final JobServer server = new JobServer(jobs.jobs);

    @AfterEach
    void close() {
        server.close();
        jobs.close();
    }

    @Test
    void aJobIsAskedForReadListedAndDownloaded() {
        HttpResponse<byte[]> accepted =
                server.send("POST", "/api/v1/exports", "acme/ana", "{\"dataset\":\"reports/events\"}");
        assertThat(accepted.statusCode()).isEqualTo(202);
        String self = accepted.headers().firstValue("Location").orElseThrow();
        assertThat(json(accepted).path("state").stringValue()).isEqualTo("queued");
        assertThat(json(accepted).path("links").path("self").stringValue()).isEqualTo(self);
        assertThat(json(accepted).path("links").has("file")).isFalse();

        jobs.start("w", FakeRunner.of(ROWS));
        JsonNode job = server.awaitCompleted(self, "acme/ana");

        assertThat(job.path("rows").longValue()).isEqualTo(ROWS);
        assertThat(job.path("bytes").longValue()).isEqualTo(CONTENT.length);
        assertThat(job.path("sha256").stringValue()).isEqualTo(Digests.hex(CONTENT));
        assertThat(job.path("attempts").intValue()).isEqualTo(1);
        assertThat(Instant.parse(job.path("expires_at").stringValue())).isAfter(clock.instant());
        HttpResponse<byte[]> file = server.get(job.path("links").path("file").stringValue(), null);
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.body()).isEqualTo(CONTENT);
        assertThat(file.headers().firstValue("ETag")).contains(ETAG);
        assertThat(file.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
        assertThat(file.headers().firstValue("Content-Disposition").orElseThrow())
                .startsWith("attachment; filename=\"events-");
        assertThat(jobs.told)
                .filteredOn(event -> event.eventType().equals("export.downloaded"))
                .singleElement()
                .satisfies(event -> assertThat(event.userId()).contains("ana"));
        JsonNode list = json(server.get("/api/v1/exports", "acme/ana"));
        assertThat(list.path("data").path(0).path("id")).isEqualTo(job.path("id"));
        assertThat(list.path("page").path("has_more").booleanValue()).isFalse();
    }

    @Test
    void whatIsNotOnesOwnIsNotThere() {
        String self = server.create("acme/ana");
        String unknown = "/api/v1/exports/" + UUID.randomUUID();

        assertThat(server.get(self, "acme/ana").statusCode()).isEqualTo(200);
        assertThat(server.get(self, "acme/boss/exports-admin").statusCode()).isEqualTo(200);
        for (String stranger : new String[] {"acme/bob", "globex/ana", "globex/boss/exports-admin"}) {
            HttpResponse<byte[]> answer = server.get(self, stranger);
            assertThat(answer.statusCode()).as(stranger).isEqualTo(404);
            assertThat(answer.body()).isEqualTo(server.get(unknown, stranger).body());
            assertThat(server.send("DELETE", self, stranger, "").statusCode()).isEqualTo(404);
            assertThat(server.get(self + "/events", stranger).statusCode()).isEqualTo(404);
            assertThat(server.get(self + "/deliveries", stranger).statusCode()).isEqualTo(404);
            assertThat(json(server.get("/api/v1/exports", stranger))
                            .path("data")
                            .isEmpty())
                    .isTrue();
        }
        assertThat(json(server.get("/api/v1/exports", "acme/boss/exports-admin"))
                        .path("data")
                        .size())
                .isEqualTo(1);
        assertThat(server.get(self, null).statusCode()).isEqualTo(401);
        assertThat(server.get("/api/v1/exports/x", "acme/ana").statusCode()).isEqualTo(404);
    }

    @Test
    void whoMayNotExportTheDatasetGetsNoJob() {
        HttpResponse<byte[]> answer =
                server.send("POST", "/api/v1/exports", "acme/ana", "{\"dataset\":\"reports/secret\"}");

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(jobs.sql("SELECT count(*)::text FROM headgate_export.job")).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                  | 400 | /dataset
            []                                                                  | 400 |
            {"dataset":"a/b","dataset":"a/c"}                                   | 400 |
            {"dataset":"a/b"} {}                                                | 400 |
            {"dataset":"a/b","priority":10}                                     | 400 | /priority
            {"dataset":"a/b","priority":"9"}                                    | 400 | /priority
            {"dataset":"a/b","gzip":"on"}                                       | 400 | /gzip
            {"dataset":"a/b","notify":"https://example.com"}                    | 400 | /notify
            {"dataset":"a/b","notify":{"url":"http://example.com/"}}            | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"https://user@example.com/"}}      | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"https://10.0.0.1/"}}              | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"https://[::ffff:10.0.0.1]/"}}     | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"https://169.254.169.254/"}}       | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"ftp://example.com/"}}             | 400 | /notify/url
            {"dataset":"a/b","notify":{"url":"https://example.com/","more":1}}  | 400 | /notify
            """)
    void badBodiesAreRefusedWithTheirPlace(String body, int status, String pointer) {
        HttpResponse<byte[]> answer = server.send("POST", "/api/v1/exports", "acme/ana", body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).path("pointer").stringValue("")).isEqualTo(pointer == null ? "" : pointer);
        assertThat(jobs.sql("SELECT count(*)::text FROM headgate_export.job")).isEqualTo("0");
    }

    @Test
    void aBodyOfAnotherKindOrSizeIsRefused() {
        assertThat(server.send("POST", "/api/v1/exports", "acme/ana", "{\"x\":\"" + "y".repeat(70_000) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        assertThat(server.send("POST", "/api/v1/exports", "acme/ana", "", "Content-Type", "text/csv")
                        .statusCode())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=-1", "limit=x", "cursor=x", "cursor=%2e%2e", "more=1"})
    void badPagesAreRefused(String query) {
        assertThat(server.get("/api/v1/exports?" + query, "acme/ana").statusCode())
                .isEqualTo(400);
    }

    @Test
    void listsArePages() {
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofMillis(5));
            server.create("acme/ana");
        }

        HttpResponse<byte[]> first = server.get("/api/v1/exports?limit=2", "acme/ana");
        String next = json(first).path("page").path("next_cursor").stringValue();
        JsonNode second = json(server.get("/api/v1/exports?limit=2&cursor=" + next, "acme/ana"));

        assertThat(json(first).path("data").size()).isEqualTo(2);
        assertThat(first.headers().firstValue("Link").orElseThrow()).contains("cursor=" + next);
        assertThat(second.path("data").size()).isEqualTo(1);
        assertThat(second.path("page").path("next_cursor").isNull()).isTrue();
        assertThat(json(server.get("/api/v1/exports?limit=1000", "acme/ana"))
                        .path("page")
                        .path("limit")
                        .intValue())
                .isEqualTo(100);
    }

    @Test
    void theSameKeyIsTheSameJob() {
        String body = "{\"dataset\":\"reports/events\"}";

        HttpResponse<byte[]> first = server.send("POST", "/api/v1/exports", "acme/ana", body, "Idempotency-Key", "one");
        HttpResponse<byte[]> again = server.send("POST", "/api/v1/exports", "acme/ana", body, "Idempotency-Key", "one");
        HttpResponse<byte[]> other =
                server.send("POST", "/api/v1/exports", "acme/ana", body + " ", "Idempotency-Key", "one");

        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(again.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        assertThat(other.statusCode()).isEqualTo(409);
        assertThat(server.send("POST", "/api/v1/exports", "acme/ana", body, "Idempotency-Key", "o n e")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void moreThanTheQuotaIsTooMany() {
        for (int i = 0; i < 5; i++) {
            server.create("acme/ana");
        }

        HttpResponse<byte[]> refused =
                server.send("POST", "/api/v1/exports", "acme/ana", "{\"dataset\":\"reports/events\"}");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(json(refused).path("detail").stringValue()).contains("are waiting");
    }

    @Test
    void aJobIsEndedByItsOwner() {
        String self = server.create("acme/ana");

        HttpResponse<byte[]> ended = server.send("DELETE", self, "acme/ana", "");

        assertThat(ended.statusCode()).isEqualTo(200);
        assertThat(json(ended).path("state").stringValue()).isEqualTo("cancelled");
        assertThat(json(ended).path("reason").stringValue()).isEqualTo("cancelled");
    }

    @Test
    void secretsOfNoticesAreForOverseers() {
        assertThat(server.get("/api/v1/exports/webhook-secrets", "acme/ana").statusCode())
                .isEqualTo(403);
        JsonNode ours = json(server.get("/api/v1/exports/webhook-secrets", "acme/boss/exports-admin"));
        JsonNode theirs = json(server.get("/api/v1/exports/webhook-secrets", "globex/boss/exports-admin"));

        assertThat(ours.path("secrets").path(0).stringValue()).startsWith("whsec_");
        assertThat(ours).isNotEqualTo(theirs);
    }
}

package io.headgate.export;

import static io.headgate.export.JobServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.MutableClock;
import io.headgate.export.FakeS3.Fault;
import io.headgate.export.FakeS3.Operation;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a link hands out, wherever the file is kept. */
@ParameterizedClass
@EnumSource
class JobFilesTest {

    enum Place {
        DIRECTORY,
        BUCKET
    }

    private static final int ROWS = 50_000;
    private static final byte[] CONTENT = FakeRunner.content("all", ROWS);
    private static final String ETAG = "\"" + Digests.hex(CONTENT) + "\"";

    private final MutableClock clock = new MutableClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    private final FakeS3 bucket = new FakeS3();
    private final JobFixture jobs;
    private final JobServer server;

    JobFilesTest(Place place) {
        JobSettings settings = bucket.in(JobSettings.quick()).with("files.sweep-interval", "50ms");
        this.jobs = new JobFixture(settings, clock, DefaultAddressResolverGroup.INSTANCE, directory -> switch (place) {
            case DIRECTORY -> new DirectoryStorage(directory);
            case BUCKET -> S3Storage.open("s3://exports/some/where", settings.read(), clock);
        });
        this.server = new JobServer(jobs.jobs);
        jobs.start("w", FakeRunner.of(ROWS));
    }

    @AfterEach
    void close() {
        server.close();
        jobs.close();
        bucket.close();
    }

    @Test
    void theWholeFileComesWithWhatIsKnownOfIt() {
        HttpResponse<byte[]> file = server.get(link(complete()), null);

        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.body()).isEqualTo(CONTENT);
        assertThat(header(file, "Content-Length")).isEqualTo(Integer.toString(CONTENT.length));
        assertThat(header(file, "Content-Type")).isEqualTo("text/csv; charset=utf-8");
        assertThat(header(file, "Content-Disposition")).startsWith("attachment; filename=\"events-");
        assertThat(header(file, "ETag")).isEqualTo(ETAG);
        assertThat(header(file, "Accept-Ranges")).isEqualTo("bytes");
        assertThat(header(file, "Cache-Control")).isEqualTo("private, no-cache");
        assertThat(header(file, "Repr-Digest")).isEqualTo(digest());
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 206, 0, 10",
        "bytes=10-, 206, 10, -1",
        "bytes=-5, 206, -5, 5",
        "bytes=0-999999999, 206, 0, -1",
        "bytes=-999999999, 206, 0, -1",
        "bytes=70000-140000, 206, 70000, 70001",
        "'bytes=0-1,5-6', 200, 0, -1",
        "bytes=9-3, 200, 0, -1",
        "bytes=-, 200, 0, -1",
        "lines=1-2, 200, 0, -1",
    })
    void aPartOfAFileIsAPart(String range, int status, int from, int length) {
        HttpResponse<byte[]> part = server.get(link(complete()), null, "Range", range);

        int start = from < 0 ? CONTENT.length + from : from;
        int end = length < 0 ? CONTENT.length : start + length;
        assertThat(part.statusCode()).isEqualTo(status);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(CONTENT, start, end));
        assertThat(header(part, "Content-Length")).isEqualTo(Integer.toString(end - start));
        assertThat(header(part, "Content-Range"))
                .isEqualTo(status == 206 ? "bytes " + start + "-" + (end - 1) + "/" + CONTENT.length : "");
        assertThat(header(part, "ETag")).isEqualTo(ETAG);
        assertThat(header(part, "Repr-Digest")).isEqualTo(digest());
    }

    @ParameterizedTest
    @CsvSource({"bytes=%d-", "bytes=%d-999999999", "bytes=-0"})
    void aPartBehindTheEndIsNone(String range) {
        HttpResponse<byte[]> outside = server.get(link(complete()), null, "Range", range.formatted(CONTENT.length));

        assertThat(outside.statusCode()).isEqualTo(416);
        assertThat(header(outside, "Content-Range")).isEqualTo("bytes */" + CONTENT.length);
        assertIsAProblem(outside);
    }

    @Test
    void aPartIsOfTheFileThatWasBegunOrItIsTheWholeOne() {
        String link = link(complete());

        assertThat(part(link, ETAG).statusCode()).isEqualTo(206);
        for (String other : List.of("\"other\"", "W/" + ETAG, "Sun, 22 Nov 2026 00:00:00 GMT")) {
            assertThat(part(link, other).statusCode()).as(other).isEqualTo(200);
            assertThat(part(link, other).body()).as(other).isEqualTo(CONTENT);
        }
    }

    private HttpResponse<byte[]> part(String link, String ifRange) {
        return server.get(link, null, "Range", "bytes=0-9", "If-Range", ifRange);
    }

    @Test
    void whatTheClientHasIsNotSentAgain() {
        String link = link(complete());

        for (String had : List.of(ETAG, "W/" + ETAG, "\"other\", " + ETAG, "*")) {
            HttpResponse<byte[]> answer = server.get(link, null, "If-None-Match", had, "Range", "bytes=0-9");
            assertThat(answer.statusCode()).as(had).isEqualTo(304);
            assertThat(answer.body()).isEmpty();
            assertThat(header(answer, "ETag")).isEqualTo(ETAG);
        }
        assertThat(server.get(link, null, "If-None-Match", "\"other\"").body()).isEqualTo(CONTENT);
    }

    @Test
    void theHeadIsThatOfTheWholeFileAndReadsNothingOfIt() throws IOException {
        String link = link(complete());
        keepOfEachFile(0);

        for (String range : List.of("bytes=0-9", "bytes=" + CONTENT.length + "-")) {
            HttpResponse<byte[]> head = server.send("HEAD", link, null, "", "Range", range);

            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(CONTENT.length));
            assertThat(header(head, "Content-Range")).isEmpty();
            assertThat(header(head, "ETag")).isEqualTo(ETAG);
            assertThat(header(head, "Repr-Digest")).isEqualTo(digest());
        }
        assertThat(bucket.count(Operation.READ)).isZero();
    }

    @Test
    void onlyTheLinkOpensTheFileAndOnlyForItsTime() {
        String self = complete();
        String link = link(self);
        String token = link.substring(link.indexOf('=') + 1);
        String another = complete();
        assertThat(server.get(link, null).statusCode()).isEqualTo(200);

        assertThat(server.get(self + "/file", "acme/ana").statusCode()).isEqualTo(403);
        assertThat(server.get(another + "/file?token=" + token, null).statusCode())
                .isEqualTo(403);
        int dot = token.indexOf('.');
        for (int i : new int[] {0, dot + 1, dot + 9, token.length() - 2}) {
            char changed = token.charAt(i) == 'A' ? 'B' : 'A';
            String forged = token.substring(0, i) + changed + token.substring(i + 1);
            HttpResponse<byte[]> refused = server.get(self + "/file?token=" + forged, null);
            assertThat(refused.statusCode()).as("changed at " + i).isEqualTo(403);
            assertIsAProblem(refused);
        }
        clock.advance(Duration.ofMinutes(15));
        assertThat(server.get(link, null).statusCode()).isEqualTo(403);
        assertThat(server.send("HEAD", link, null, "").statusCode()).isEqualTo(403);
    }

    @Test
    void aLinkOfAKeyThatIsGoneOpensNothing() {
        String link = link(complete());
        jobs.keys.add("k2", Instant.EPOCH);
        assertThat(server.get(link, null).statusCode()).isEqualTo(200);

        jobs.keys.remove("k1");

        assertThat(server.get(link, null).statusCode()).isEqualTo(403);
    }

    @Test
    void aFileThatWasDeletedIsGoneForEveryLinkAndFromWhereItWasKept() {
        String self = complete();
        String link = link(self);

        assertThat(json(server.send("DELETE", self, "acme/ana", ""))
                        .path("state")
                        .stringValue())
                .isEqualTo("expired");

        assertThat(server.get(link, null).statusCode()).isEqualTo(410);
        assertIsAProblem(server.get(link, null));
        assertThat(json(server.get(self, "acme/ana")).path("links").has("file")).isFalse();
        Eventually.until("nothing is kept", () -> jobs.files().isEmpty() && bucket.objects.isEmpty());
    }

    @Test
    void aFileThatIsNotWhereItWasIsUnavailableAndNotDescribed() throws IOException {
        String link = link(complete());
        bucket.objects.clear();
        for (Path file : kept()) {
            Files.delete(file);
        }

        for (String range : List.of("bytes=0-9", "lines=1")) {
            HttpResponse<byte[]> answer = server.get(link, null, "Range", range);

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(header(answer, "Retry-After")).isNotEmpty();
            assertIsAProblem(answer);
            assertThat(header(answer, "Content-Range")).isEmpty();
        }
    }

    @Test
    void aFileThatIsCutShortBreaksTheConnection() throws IOException {
        String link = link(complete());
        keepOfEachFile(CONTENT.length / 2);
        var request = HttpRequest.newBuilder(server.uri(link)).build();

        assertThatThrownBy(() -> server.client
                        .sendAsync(request, HttpResponse.BodyHandlers.ofByteArray())
                        .get(JobFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void aStoreThatBreaksOffIsNotNoticed() {
        String link = link(complete());
        bucket.fail(Operation.READ, Fault.CUT_AFTER, Fault.BUSY, Fault.SHORT);

        assertThat(server.get(link, null, "Range", "bytes=7-").body())
                .isEqualTo(Arrays.copyOfRange(CONTENT, 7, CONTENT.length));
    }

    private static void assertIsAProblem(HttpResponse<byte[]> answer) {
        assertThat(header(answer, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
        for (String ofTheFile : List.of("ETag", "Repr-Digest", "Content-Disposition", "Accept-Ranges")) {
            assertThat(header(answer, ofTheFile)).as(ofTheFile).isEmpty();
        }
    }

    private static String header(HttpResponse<byte[]> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static String digest() {
        return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(Digests.hex(CONTENT))) + ":";
    }

    /** In whichever place they are. */
    private void keepOfEachFile(int length) throws IOException {
        bucket.objects.replaceAll((_, object) -> Arrays.copyOf(object, length));
        for (Path file : kept()) {
            try (var content = new RandomAccessFile(file.toFile(), "rw")) {
                content.setLength(length);
            }
        }
    }

    private List<Path> kept() throws IOException {
        try (var files = Files.find(jobs.directory, 3, (_, attributes) -> attributes.isRegularFile())) {
            return files.toList();
        }
    }

    private String complete() {
        String self = server.create("acme/ana");
        server.awaitCompleted(self, "acme/ana");
        return self;
    }

    private String link(String self) {
        return json(server.get(self, "acme/ana")).path("links").path("file").stringValue();
    }
}

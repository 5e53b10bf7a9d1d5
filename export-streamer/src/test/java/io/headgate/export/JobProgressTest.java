package io.headgate.export;

import static io.headgate.export.JobFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JobProgressTest {

    private JobFixture jobs =
            new JobFixture(JobSettings.quick().with("http.max-streams", 3).with("http.max-streams-per-tenant", 2));
    private JobServer server = new JobServer(jobs.jobs);

    @AfterEach
    void close() {
        server.close();
        jobs.close();
    }

    @Test
    void aStreamTellsHowFarAJobIsAndEndsWithIt() throws Exception {
        Job job = jobs.create("acme", "q");
        HttpResponse<InputStream> stream = server.client.send(
                HttpRequest.newBuilder(server.uri("/api/v1/exports/" + job.id() + "/events"))
                        .header("X-Who", "acme/ana")
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        jobs.start(
                "w", new FakeRunner(5_000, Duration.ofMillis(20), run -> null)); // earlier, it might be through by now

        List<String> frames = frames(stream.body().readAllBytes());

        assertThat(frames.getFirst()).startsWith("event: progress\ndata: {");
        assertThat(frames.getLast()).startsWith("event: completed\ndata: {");
        List<JsonNode> told = frames.stream()
                .filter(frame -> frame.startsWith("event: "))
                .map(frame -> Job.JSON.readTree(frame.substring(frame.indexOf("data: ") + 6)))
                .toList();
        assertThat(told.stream().map(it -> it.path("rows").longValue())).isSorted();
        assertThat(told.getLast().path("rows").longValue()).isEqualTo(5_000);
        assertThat(told.getLast().path("links").path("file").stringValue("")).isNotEmpty();
        assertThat(told.stream().anyMatch(it -> it.path("estimate").longValue(0) == 5_000))
                .isTrue();
    }

    private static List<String> frames(byte[] body) {
        return Stream.of(new String(body, StandardCharsets.UTF_8).split("\n\n")).toList();
    }

    @Test
    void aStreamOfAJobThatIsOverIsOneEvent() {
        Job job = jobs.create("acme", "q");
        await(jobs.jobs.store.end(job));

        assertThat(frames(server.get("/api/v1/exports/" + job.id() + "/events", "acme/ana")
                        .body()))
                .singleElement()
                .asString()
                .startsWith("event: cancelled");
    }

    @Test
    void streamsAreSoManyAndClientsThatVanishGiveTheirsBack() throws IOException {
        String mine = "/api/v1/exports/" + jobs.create("acme", "q").id() + "/events";
        String theirs = "/api/v1/exports/" + jobs.create("globex", "q").id() + "/events";
        List<Socket> open = new ArrayList<>();
        open.add(stream(mine, "acme/ana"));
        open.add(stream(mine, "acme/ana"));
        assertThat(server.get(mine, "acme/ana").statusCode()).isEqualTo(429);
        open.add(stream(theirs, "globex/ana"));
        assertThat(server.get(theirs, "globex/ana").statusCode()).isEqualTo(503);

        for (Socket socket : open) {
            socket.close();
        }

        Eventually.until("a place is free", () -> {
            try (Socket socket = stream(mine, "acme/ana")) {
                return socket.isConnected();
            } catch (IOException | AssertionError taken) {
                return false;
            }
        });
    }

    /** Reads the head and the first event; from then on it reads nothing. */
    private Socket stream(String path, String who) throws IOException {
        var socket = new Socket("127.0.0.1", server.port());
        socket.setReceiveBufferSize(1024);
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Who: " + who + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        String head = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
        if (!head.equals("HTTP/1.1 200")) {
            socket.close();
            throw new AssertionError(head);
        }
        return socket;
    }

    @Test
    void aStreamEndsAfterItsTime() {
        server.close();
        jobs.close();
        jobs = new JobFixture(JobSettings.quick().with("http.stream-time", "1s"));
        server = new JobServer(jobs.jobs);
        Job job = jobs.create("acme", "q");

        assertThat(frames(server.get("/api/v1/exports/" + job.id() + "/events", "acme/ana")
                        .body()))
                .isNotEmpty()
                .allMatch(frame -> frame.startsWith("event: progress"));
    }

    @Test
    void whoDoesNotReadHoldsUpNobody() throws IOException {
        Job job = jobs.create("acme", "q");
        String path = "/api/v1/exports/" + job.id() + "/events";
        try (Socket deaf = stream(path, "acme/ana")) {
            jobs.start("w", new FakeRunner(5_000, Duration.ofMillis(5), run -> null));

            assertThat(frames(server.get(path, "acme/ana").body()).getLast()).startsWith("event: completed");
            assertThat(deaf.isClosed()).isFalse();
        }
    }
}

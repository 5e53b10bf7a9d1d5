package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that two readers frame differently, byte for byte: a backend must see none of them. */
class SmugglingTest {

    private static Wire.Backend backend;
    private static TestEdge edge;

    @BeforeAll
    static void start() {
        backend = new Wire.Backend();
        edge = TestEdge.start().route("demo/all", """
                match: { path: /api/** }
                upstream: { primary: "%s" }
                """.formatted(backend.url()));
    }

    @AfterAll
    static void stop() {
        edge.close();
        backend.close();
    }

    @BeforeEach
    void forget() {
        backend.received.clear();
    }

    static Stream<Arguments> shapes() {
        return Stream.of(
                shape(
                        "two lengths that differ",
                        "POST /api HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 5\n\nabcde"),
                shape(
                        "two lengths that agree",
                        "POST /api HTTP/1.1\nHost: a\nContent-Length: 3\nContent-Length: 3\n\nabc"),
                shape("a list of lengths", "POST /api HTTP/1.1\nHost: a\nContent-Length: 3, 3\n\nabc"),
                shape("a signed length", "POST /api HTTP/1.1\nHost: a\nContent-Length: +3\n\nabc"),
                shape("a negative length", "POST /api HTTP/1.1\nHost: a\nContent-Length: -3\n\nabc"),
                shape("a length in hex", "POST /api HTTP/1.1\nHost: a\nContent-Length: 0x3\n\nabc"),
                shape(
                        "length and chunks",
                        "POST /api HTTP/1.1\nHost: a\nContent-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n"),
                shape(
                        "chunks and length",
                        "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nContent-Length: 3\n\n0\n\n"),
                shape("an unknown coding", "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: xchunked\n\n0\n\n"),
                shape("identity", "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: identity\n\n0\n\n"),
                shape("two codings", "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: gzip, chunked\n\n0\n\n"),
                shape(
                        "chunked twice",
                        "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n"),
                shape(
                        "chunked before identity",
                        "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n"),
                shape("chunks in HTTP/1.0", "POST /api HTTP/1.0\nHost: a\nTransfer-Encoding: chunked\n\n0\n\n"),
                shape("a space before the colon", "POST /api HTTP/1.1\nHost: a\nContent-Length : 3\n\nabc"),
                shape("a tab before the colon", "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding\t: chunked\n\n0\n\n"),
                shape("a folded header", "GET /api HTTP/1.1\nHost: a\nX-A: b\n c\n\n"),
                shape("a folded coding", "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding:\n chunked\n\n0\n\n"),
                shape("a header line that begins with a space", "GET /api HTTP/1.1\n X-A: b\nHost: a\n\n"),
                raw("a bare CR in a value", "GET /api HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n"),
                raw("a bare CR in the request line", "GET /api\rX HTTP/1.1\r\nHost: a\r\n\r\n"),
                raw("bare LFs", "GET /api HTTP/1.1\nHost: a\n\n"),
                raw("one bare LF", "GET /api HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"),
                raw("a NUL in a value", "GET /api HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"),
                shape("a header without a name", "GET /api HTTP/1.1\nHost: a\n: b\n\n"),
                shape("a header without a colon", "GET /api HTTP/1.1\nHost: a\nX-A\n\n"),
                shape("two hosts", "GET /api HTTP/1.1\nHost: a\nHost: b\n\n"),
                shape("no host", "GET /api HTTP/1.1\nX-A: b\n\n"),
                shape("a host with a path", "GET /api HTTP/1.1\nHost: a/b\n\n"),
                shape("a host with a user", "GET /api HTTP/1.1\nHost: a@b\n\n"),
                shape("a port that is none", "GET /api HTTP/1.1\nHost: a:b\n\n"),
                shape("a target of another host", "GET http://b/api HTTP/1.1\nHost: a\n\n"),
                shape("a target that is no path", "GET api HTTP/1.1\nHost: a\n\n"),
                shape("an asterisk", "OPTIONS * HTTP/1.1\nHost: a\n\n"),
                shape("an unknown version", "GET /api HTTP/9.9\nHost: a\n\n"),
                shape("HTTP/2 in plain words", "PRI * HTTP/2.0\n\nSM\n\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("shapes")
    void refusesWhatTwoReadersCouldFrameDifferently(String name, String request) {
        String answer = Wire.send(edge.port(), request);

        assertThat(answer).as(name).startsWith("HTTP/1.1 4");
        assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("connection: close");
        assertThat(backend.received).isEmpty();
    }

    static Stream<Arguments> brokenBodies() {
        String head = "POST /api HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n";
        return Stream.of(
                shape("a size that is no number", head + "zz\nabc\n0\n\n"),
                shape("a negative size", head + "-1\nabc\n0\n\n"),
                shape("a size beyond counting", head + "fffffffff\nabc\n0\n\n"),
                shape("a size in 0x form", head + "0x3\nabc\n0\n\n"),
                shape("a chunk longer than its size", head + "2\nabc\n0\n\n"),
                raw("a bare LF after the size", head.replace("\n", "\r\n") + "3\nabc\r\n0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenBodies")
    void aBodyThatBreaksIsNeverPassedOnAsWhole(String name, String request) {
        String answer = Wire.send(edge.port(), request);

        assertThat(answer).as(name).matches("(?s)(HTTP/1.1 4.*)?");
        assertThat(backend.received).noneMatch(seen -> seen.endsWith("0\r\n\r\n"));
    }

    @Test
    void whatFollowsARefusedRequestIsNotReadAsARequest() {
        String answer = Wire.send(
                edge.port(),
                "POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\nGET /api/smuggled HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400");
        assertThat(backend.received).isEmpty();
    }

    @Test
    void refusesInProblemDocumentsWithTheRequestsId() {
        String answer = Wire.send(
                edge.port(),
                "POST /api HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 400")
                .containsIgnoringCase("content-type: application/problem+json")
                .containsIgnoringCase("x-request-id: abc-1")
                .contains("\"type\":\"/problems/malformed-request\"");
    }

    @Test
    void anOrdinaryRequestPasses() {
        String answer = Wire.send(edge.port(), "POST /api/x?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");

        assertThat(answer).startsWith("HTTP/1.1 200").endsWith("ok");
        assertThat(backend.received).anyMatch(it -> it.startsWith("POST /api/x?a=b HTTP/1.1") && it.endsWith("abc"));
    }

    private static Arguments shape(String name, String text) {
        return Arguments.of(name, text.replace("\n", "\r\n"));
    }

    private static Arguments raw(String name, String text) {
        return Arguments.of(name, text);
    }
}

package io.headgate.pagination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.KeyPurpose;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An ordinary Spring Cloud Gateway application that took this plugin alone. */
class PlainGatewayTest {

    @EnableAutoConfiguration
    static class PlainApplication {}

    private static final int ROWS = 23;
    private static final CountDownLatch CANCELLED = new CountDownLatch(1);
    private static final DisposableServer BACKEND = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(PlainGatewayTest::answer)
            .bindNow();
    private static final ConfigurableApplicationContext APPLICATION = new SpringApplicationBuilder(
                    PlainApplication.class)
            .properties(settings())
            .run();
    private static final String EDGE =
            "http://127.0.0.1:" + APPLICATION.getEnvironment().getProperty("local.server.port");
    private static final WebClient CLIENT = WebClient.builder()
            .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(64 * 1024 * 1024))
            .build();

    private static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.port", 0);
        settings.put("server.address", "127.0.0.1");
        settings.put("headgate.keys-dir", keys().toString());
        List<String> filters = List.of(
                "Pagination=/offset, offset, /items, /total",
                "Pagination=/ahead, offset, /items",
                "Pagination=/page, page, /items, /total",
                "Pagination=/cursor, cursor, /items, /next",
                "Pagination=/link, link, /items",
                "Pagination=/gzip, offset, /items, /total",
                "Pagination=/error, offset, /items, /total",
                "Pagination=/cut, page, /items, /total",
                "Pagination=/large, page, /items, /total",
                "Pagination=/endless, page, /items, /total");
        for (int i = 0; i < filters.size(); i++) {
            String route = "spring.cloud.gateway.server.webflux.routes[" + i + "].";
            settings.put(route + "id", "route-" + i);
            settings.put(route + "uri", "http://127.0.0.1:" + BACKEND.port());
            settings.put(
                    route + "predicates[0]",
                    "Path=" + filters.get(i).substring(11, filters.get(i).indexOf(',')));
            settings.put(route + "filters[0]", filters.get(i));
        }
        return settings;
    }

    private static Path keys() {
        try {
            Path directory = Files.createTempDirectory("keys");
            var key = new OctetSequenceKey.Builder(new byte[32])
                    .keyID("k")
                    .notBeforeTime(Date.from(Instant.EPOCH))
                    .build();
            Files.writeString(directory.resolve(KeyPurpose.CURSOR.word() + ".k.jwk.json"), key.toJSONString());
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() {
        APPLICATION.close();
        BACKEND.disposeNow();
    }

    @Test
    void walksACollectionToItsEndWhateverTheBackendSpeaks() {
        for (String dialect : List.of("offset", "ahead", "page", "cursor", "link", "gzip")) {
            List<Integer> seen = new ArrayList<>();
            String path = "/" + dialect + "?filter=a%20b&limit=5";
            for (int pages = 0; !path.isEmpty() && pages < 10; pages++) {
                ResponseEntity<String> answer = send(HttpMethod.GET, path);
                assertThat(answer.getStatusCode().value())
                        .as(path + ": " + answer.getBody())
                        .isEqualTo(200);
                JsonNode body = JsonMapper.shared().readTree(answer.getBody());
                body.path("data").forEach(item -> seen.add(item.path("n").intValue()));
                assertThat(body.path("page").path("limit").intValue()).isEqualTo(5);
                path = body.path("page").path("has_more").booleanValue() ? next(answer.getHeaders()) : "";
            }
            assertThat(seen)
                    .as(dialect)
                    .isEqualTo(IntStream.range(0, ROWS).boxed().toList());
        }
    }

    @Test
    void answersHeadAndEmptyPages() {
        ResponseEntity<String> head = send(HttpMethod.HEAD, "/offset?limit=5");
        assertThat(head.getStatusCode().value()).isEqualTo(200);
        assertThat(head.getHeaders().getETag()).isNull();
        assertThat(head.getHeaders().getFirst(HttpHeaders.LINK)).contains("rel=\"first\"");

        assertThat(send(HttpMethod.GET, "/offset?limit=5").getBody()).contains("\"has_more\":true");
        assertThat(send(HttpMethod.GET, "/ahead?limit=5&filter=none").getBody())
                .isEqualTo("{\"data\":[],\"page\":{\"limit\":5,\"has_more\":false,\"next_cursor\":null,"
                        + "\"prev_cursor\":null}}");
    }

    @Test
    void passesTheBackendsFailuresAndRefusesItsOwn() {
        ResponseEntity<String> error = send(HttpMethod.GET, "/error");
        assertThat(error.getStatusCode().value()).isEqualTo(503);
        assertThat(error.getBody()).isEqualTo("{\"items\":\"none\"}");

        ResponseEntity<String> refused = send(HttpMethod.GET, "/offset?limit=0");
        assertThat(refused.getStatusCode().value()).isEqualTo(400);
        assertThat(refused.getBody()).contains("/problems/invalid-query", "\"pointer\":\"/limit\"");

        ResponseEntity<String> cut = send(HttpMethod.GET, "/cut?filter=short");
        assertThat(cut.getStatusCode().value()).isEqualTo(502);
        assertThat(cut.getBody()).contains("/problems/bad-gateway");
    }

    @Test
    void breaksTheConnectionWhereTheAnswerBreaksOnItsWay() {
        assertThatThrownBy(() -> send(HttpMethod.GET, "/cut?filter=long"))
                .hasMessageMatching("(?s).*(prematurely|closed|reset).*");
    }

    @Test
    void streamsALargePageAsItIs() {
        String body = Objects.requireNonNull(send(HttpMethod.GET, "/large").getBody());

        assertThat(body)
                .hasSizeGreaterThan(10_000_000)
                .startsWith("{\"data\":[")
                .endsWith("\"prev_cursor\":null}}");
        assertThat(body.substring(8, body.lastIndexOf(",\"page\"")))
                .isEqualTo("[" + large().collect(Collectors.joining(",")) + "]");
    }

    @Test
    void stopsTheBackendWhenTheClientGoesAway() throws InterruptedException {
        CLIENT.get()
                .uri(EDGE + "/endless")
                .retrieve()
                .bodyToFlux(DataBuffer.class)
                .doOnNext(org.springframework.core.io.buffer.DataBufferUtils::release)
                .take(3)
                .blockLast(Duration.ofSeconds(60));

        assertThat(CANCELLED.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private static String next(HttpHeaders headers) {
        return LinkHeader.read(headers.getOrEmpty(HttpHeaders.LINK)).stream()
                .filter(link -> link.isAbout("next"))
                .findFirst()
                .orElseThrow()
                .target();
    }

    private static ResponseEntity<String> send(HttpMethod method, String path) {
        return Objects.requireNonNull(CLIENT.method(method)
                .uri(URI.create(EDGE + path))
                .exchangeToMono(response -> response.toEntity(String.class))
                .block(Duration.ofSeconds(30)));
    }

    private static Publisher<Void> answer(HttpServerRequest request, HttpServerResponse response) {
        Map<String, String> query = UriComponentsBuilder.fromUriString(request.uri())
                .build()
                .getQueryParams()
                .toSingleValueMap();
        response.header("Content-Type", "application/json").header("ETag", "\"v1\"");
        String path = request.fullPath();
        return switch (path) {
            case "/error" -> response.status(503).sendString(Mono.just("{\"items\":\"none\"}"));
            case "/cut" -> {
                String items = "short".equals(query.get("filter"))
                        ? "1,2"
                        : large().limit(500).collect(Collectors.joining(","));
                yield response.sendString(Flux.just("{\"items\":[", items, ",7]"));
            }
            case "/large" ->
                response.sendString(Flux.concat(
                        Flux.just("{\"total\":0,\"items\":["),
                        Flux.fromStream(large().skip(1)).map(item -> item + ","),
                        Flux.fromStream(large().limit(1)),
                        Flux.just("]}")));
            case "/endless" ->
                response.sendString(Flux.concat(
                                Flux.just("{\"items\":["),
                                Flux.<String>generate(sink -> sink.next("\"" + "z".repeat(10_000) + "\",")))
                        .doOnCancel(CANCELLED::countDown));
            default -> page(path, query, request, response);
        };
    }

    private static Publisher<Void> page(
            String path, Map<String, String> query, HttpServerRequest request, HttpServerResponse response) {
        int limit = Integer.parseInt(query.getOrDefault("limit", "7"));
        int begin = switch (path) {
            case "/page" -> (Integer.parseInt(query.getOrDefault("page", "1")) - 1) * limit;
            case "/cursor" ->
                Integer.parseInt(query.getOrDefault("cursor", "at 0").substring(3));
            case "/link" -> Integer.parseInt(query.getOrDefault("after", "0"));
            default -> Integer.parseInt(query.getOrDefault("offset", "0"));
        };
        int rows = "none".equals(query.get("filter")) ? 0 : ROWS;
        int end = Math.min(rows, begin + limit);
        if (path.equals("/link") && end < rows) {
            response.header("Link", "<http://127.0.0.1/link?filter=a%20b&after=" + end + ">; rel=next");
        }
        String body = "{\"items\":"
                + IntStream.range(begin, Math.max(begin, end))
                        .mapToObj(n -> "{\"n\":" + n + "}")
                        .toList()
                + (path.equals("/ahead") ? "" : ",\"total\":" + rows)
                + (end < rows ? ",\"next\":\"at-" + end + "\"}" : "}");
        if (request.method().name().equals("HEAD")) {
            return response.header("Content-Length", String.valueOf(body.length()))
                    .send();
        }
        return path.equals("/gzip")
                ? response.header("Content-Encoding", "gzip").send(Mono.just(Unpooled.wrappedBuffer(gzip(body))))
                : response.sendString(Mono.just(body));
    }

    private static java.util.stream.Stream<String> large() {
        return IntStream.range(0, 10_000).mapToObj(n -> "{\"n\":\"" + "x".repeat(1_100) + "\"}");
    }

    private static byte[] gzip(String text) {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}

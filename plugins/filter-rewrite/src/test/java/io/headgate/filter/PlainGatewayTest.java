package io.headgate.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.Caller;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** An ordinary Spring Cloud Gateway application that took this plugin alone. */
class PlainGatewayTest {

    @EnableAutoConfiguration
    static class PlainApplication {
        /** Whoever proves callers in that application. */
        @Bean
        @Order(0)
        WebFilter callers() {
            return (exchange, chain) -> {
                Caller.KEY.put(exchange, QueryFixture.caller("acme"));
                return chain.filter(exchange);
            };
        }
    }

    /** Answers with what it was asked. */
    private static final DisposableServer BACKEND = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> response.sendString(request.receive()
                    .aggregate()
                    .asString()
                    .defaultIfEmpty("")
                    .map(body -> request.method() + " " + request.uri() + " "
                            + request.requestHeaders().get("content-length", "-") + " " + body)))
            .bindNow();

    private static final ConfigurableApplicationContext APPLICATION = new SpringApplicationBuilder(
                    PlainApplication.class)
            .properties(settings())
            .run();
    private static final String EDGE =
            "http://127.0.0.1:" + APPLICATION.getEnvironment().getProperty("local.server.port");
    private static final WebClient CLIENT = WebClient.create();

    private static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.port", 0);
        settings.put("server.address", "127.0.0.1");
        settings.put("headgate.filter.schemas", "classpath:schemas.yaml");
        addRoute(settings, 0, "/api/reports/**", "FilterRewrite=reports, /api/reports, json|brackets|rsql");
        addRoute(settings, 1, "/old/reports/**", "FilterRewrite=reports, /old/reports, json|odata, rsql");
        return settings;
    }

    private static void addRoute(Map<String, Object> settings, int index, String path, String filter) {
        String route = "spring.cloud.gateway.server.webflux.routes[" + index + "].";
        settings.put(route + "id", "route-" + index);
        settings.put(route + "uri", "http://127.0.0.1:" + BACKEND.port());
        settings.put(route + "predicates[0]", "Path=" + path);
        settings.put(route + "filters[0]", filter);
        settings.put(route + "filters[1]", "StripPrefix=1");
        settings.put(route + "filters[2]", "RemoveRequestParameter=offset");
    }

    @AfterAll
    static void stop() {
        APPLICATION.close();
        BACKEND.disposeNow();
    }

    @Test
    void rewritesTheUrl() {
        assertThat(get("/api/reports?filter=status==active&sort=-id&limit=2&offset=9"))
                .isEqualTo("GET /reports?filter=[{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"acme\"},"
                        + "{\"field\":\"status\",\"op\":\"eq\",\"value\":\"active\"}]&sort=-id&limit=2 - ");
        assertThat(get("/old/reports?$filter=contains(name,'100%25%20%2B%20%26')"))
                .isEqualTo("GET /reports?filter=name=='*100% + &*';tenant_id==acme - ");
    }

    @Test
    void rewritesTheBody() {
        String body = "{\"filters\":[{\"field\":\"tenant_id\",\"op\":\"eq\",\"value\":\"acme\"},"
                + "{\"field\":\"name\",\"op\":\"eq\",\"value\":\"é\"}]}";
        String sent = "{ \"filters\" : [ {\"op\":\"eq\",\"value\":\"\\u00e9\",\"field\":\"name\"} ] }";
        int length = body.getBytes(StandardCharsets.UTF_8).length;

        assertThat(send(HttpMethod.POST, "/api/reports/query", sent).getBody())
                .isEqualTo("POST /reports/query " + length + " " + body);
        assertThat(send(HttpMethod.valueOf("QUERY"), "/api/reports", sent).getBody())
                .isEqualTo("QUERY /reports " + length + " " + body);
        assertThat(send(HttpMethod.POST, "/old/reports/query", sent).getBody())
                .isEqualTo("GET /reports?filter=name%3D%3D%27%C3%A9%27%3Btenant_id%3D%3Dacme - ");
    }

    @Test
    void refusesWithAProblem() {
        ResponseEntity<String> answer = send(
                HttpMethod.POST,
                "/api/reports/query",
                "{\"filters\":[{\"field\":\"nope\",\"op\":\"eq\",\"value\":1}]}");

        assertThat(answer.getStatusCode().value()).isEqualTo(400);
        assertThat(answer.getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_PROBLEM_JSON);
        assertThat(answer.getBody())
                .contains("\"type\":\"/problems/invalid-query\"", "\"pointer\":\"/filters/0/field\"", "\"problems\":[");
    }

    private static String get(String path) {
        return Objects.requireNonNull(CLIENT.get()
                .uri(URI.create(EDGE + path.replace("$", "%24").replace("'", "%27")))
                .exchangeToMono(response -> response.toEntity(String.class))
                .map(answer ->
                        URLDecoder.decode(Objects.requireNonNullElse(answer.getBody(), ""), StandardCharsets.UTF_8))
                .block(Duration.ofSeconds(60)));
    }

    private static ResponseEntity<String> send(HttpMethod method, String path, String body) {
        return Objects.requireNonNull(CLIENT.method(method)
                .uri(EDGE + path)
                .contentType(MediaType.APPLICATION_JSON)
                .body(Mono.just(body), String.class)
                .exchangeToMono(response -> response.toEntity(String.class))
                .block(Duration.ofSeconds(60)));
    }
}

package io.headgate.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.local.LocalRedis;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** An ordinary Spring Cloud Gateway application that took this plugin alone, and whose Redis comes late. */
class PlainGatewayTest {

    @EnableAutoConfiguration
    static class PlainApplication {
        /** Stands behind the route's own filters. */
        @Bean
        @Order(1000)
        GlobalFilter threadOfTheRest() {
            return (exchange, chain) -> {
                THREADS.add(Thread.currentThread().getName());
                return chain.filter(exchange);
            };
        }
    }

    private static final Set<String> THREADS = ConcurrentHashMap.newKeySet();
    private static final Sinks.One<String> HELD = Sinks.one();
    private static final LocalRedis REDIS = LocalRedis.startPrivate();
    private static final DisposableServer BACKEND = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) ->
                    response.sendString(request.uri().endsWith("/held") ? HELD.asMono() : Mono.just("served")))
            .bindNow();
    private static final ConfigurableApplicationContext APPLICATION = start();
    private static final WebClient CLIENT =
            WebClient.create("http://127.0.0.1:" + APPLICATION.getEnvironment().getProperty("local.server.port"));

    private static ConfigurableApplicationContext start() {
        REDIS.stop();
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.port", 0);
        settings.put("server.address", "127.0.0.1");
        settings.put("headgate.limits.redis.urls", REDIS.url());
        settings.put("headgate.limits.beat", "100ms");
        settings.put("headgate.limits.budget", "5s");
        settings.put("headgate.limits.shedding.min-limit", "4");
        settings.put("headgate.limits.shedding.max-limit", "4");
        addRoute(settings, 3, "shed", "Shed=sheddable, header:X-Device");
        addRoute(settings, 0, "few", "RateLimit=few, ip, 2, 1h");
        addRoute(settings, 1, "many", "RateLimit=many, ip, 1000000, 60s, 100000");
        addRoute(settings, 2, "strict", "");
        String filter = "spring.cloud.gateway.server.webflux.routes[2].filters[0].";
        settings.remove("spring.cloud.gateway.server.webflux.routes[2].filters[0]");
        settings.put(filter + "name", "RateLimit");
        settings.put(filter + "args.name", "strict");
        settings.put(filter + "args.key", "header:X-Device+route");
        settings.put(filter + "args.quota", "1");
        settings.put(filter + "args.window", "1h");
        settings.put(filter + "args.mode", "exact");
        settings.put(filter + "args.onStoreDown", "deny");
        return new SpringApplicationBuilder(PlainApplication.class)
                .properties(settings)
                .run();
    }

    private static void addRoute(Map<String, Object> settings, int index, String name, String filter) {
        String route = "spring.cloud.gateway.server.webflux.routes[" + index + "].";
        settings.put(route + "id", name);
        settings.put(route + "uri", "http://127.0.0.1:" + BACKEND.port());
        settings.put(route + "predicates[0]", "Path=/" + name + "/**");
        settings.put(route + "filters[0]", filter);
    }

    @AfterAll
    static void stop() {
        APPLICATION.close();
        BACKEND.disposeNow();
        REDIS.stop();
    }

    /** One test, since what comes later goes by whether Redis is there. */
    @Test
    void startsWithoutRedisLimitsByItselfAndGoesOnWithItOnceItIsThere() {
        assertThat(get("/many/x", "").getStatusCode().value()).isEqualTo(200);
        var unavailable = get("/strict/x", "one");
        assertThat(unavailable.getStatusCode().value()).isEqualTo(503);
        assertThat(unavailable.getBody()).contains("/problems/limits-unavailable");

        REDIS.start();
        Instance.await(
                "the strict limit can count",
                () -> get("/strict/x", "probe").getStatusCode().is2xxSuccessful());

        assertThat(get("/strict/x", "one").getStatusCode().value()).isEqualTo(200);
        var refused = get("/strict/x", "one");
        assertThat(refused.getStatusCode().value()).isEqualTo(429);
        assertThat(refused.getHeaders().getFirst("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.getHeaders().getFirst("RateLimit-Policy")).isEqualTo("\"strict\";q=1;w=3600");
        assertThat(Integer.parseInt(String.valueOf(refused.getHeaders().getFirst("Retry-After"))))
                .isBetween(3_500, 3_600);
        assertThat(refused.getBody()).contains("\"violated_policies\":[\"platform/strict\"]");

        for (int i = 0; i < 300; i++) {
            var answer = get("/many/x", "");
            assertThat(answer.getStatusCode().value()).as("request %s", i).isEqualTo(200);
            assertThat(answer.getHeaders().getFirst("RateLimit")).startsWith("\"many\";r=");
        }
        assertThat(get("/few/x", "").getStatusCode().value()).isEqualTo(200);
        assertThat(get("/few/x", "").getStatusCode().value()).isEqualTo(200);
        assertThat(get("/few/x", "").getStatusCode().value()).isEqualTo(429);
        assertThat(THREADS).isNotEmpty().allMatch(name -> name.startsWith("reactor-http"));
    }

    @Test
    void givesABackendNoMoreThanItsLimitAndGoesOnWhenItHasAnswered() {
        CompletableFuture<ResponseEntity<String>> held =
                CompletableFuture.supplyAsync(() -> get("/shed/held", "one"), Thread::startVirtualThread);
        Instance.await(
                "the backend has one request",
                () -> APPLICATION
                                .getBean(LimitInsight.class)
                                .state()
                                .path("shedding")
                                .path("upstreams")
                                .path(0)
                                .path("under_way")
                                .asInt()
                        == 1);

        var refused = get("/shed/x", "two");
        assertThat(refused.getStatusCode().value()).isEqualTo(503);
        assertThat(refused.getBody()).contains("/problems/overloaded");
        assertThat(Integer.parseInt(String.valueOf(refused.getHeaders().getFirst("Retry-After"))))
                .isBetween(1, 3);

        HELD.tryEmitValue("at last");
        assertThat(held.join().getBody()).isEqualTo("at last");
        assertThat(get("/shed/x", "two").getStatusCode().value()).isEqualTo(200);
    }

    private static ResponseEntity<String> get(String path, String device) {
        return Objects.requireNonNull(CLIENT.get()
                .uri(path)
                .header("X-Device", device)
                .exchangeToMono(response -> response.toEntity(String.class))
                .block(Duration.ofSeconds(60)));
    }
}

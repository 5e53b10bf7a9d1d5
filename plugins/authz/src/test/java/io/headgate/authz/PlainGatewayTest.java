package io.headgate.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.ConfigView;
import io.headgate.api.LiveConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.OrderedGatewayFilter;
import org.springframework.cloud.gateway.route.Route;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.ResponseEntity;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An ordinary Spring Cloud Gateway application that took this plugin alone. */
class PlainGatewayTest {

    @EnableAutoConfiguration
    static class PlainApplication {
        @Bean
        LiveConfig registry() {
            return WithPolicies.registry();
        }

        @Bean
        RouteLocator decided(AuthzRouteStep step) {
            return WithPolicies.route(step);
        }

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

    /** What a registry would say, and a route that its policies decide on. */
    static final class WithPolicies {
        private WithPolicies() {}

        static LiveConfig registry() {
            Map<Object, Object> views = new ConcurrentHashMap<>();
            var snapshot = PolicyFixtures.snapshot(PolicyFixtures.set()
                    .policy("all", "permit(principal, action, resource);")
                    .resource());
            return new LiveConfig() {
                @Override
                @SuppressWarnings("unchecked") // a view's value was made by that view
                public <V> V view(ConfigView<V> view) {
                    return (V) views.computeIfAbsent(view, missing -> view.derive(Optional.empty(), snapshot));
                }

                @Override
                public long revision() {
                    return 1;
                }

                @Override
                public boolean isServing() {
                    return true;
                }
            };
        }

        static RouteLocator route(AuthzRouteStep step) {
            List<GatewayFilter> filters =
                    step.filters(PolicyFixtures.section(AuthzMode.ENFORCE), PolicyFixtures.ROUTE).stream()
                            .map(filter -> (GatewayFilter) new OrderedGatewayFilter(filter.filter(), 1))
                            .toList();
            Route route = Route.async()
                    .id("decided")
                    .uri("http://127.0.0.1:" + BACKEND.port())
                    .predicate(
                            exchange -> exchange.getRequest().getURI().getPath().startsWith("/api/reports"))
                    .filters(filters)
                    .build();
            return () -> Flux.just(route);
        }
    }

    private static final Set<String> THREADS = ConcurrentHashMap.newKeySet();

    private static final TestIssuer ISSUER = TestIssuer.start("https://issuer.example");
    private static final DisposableServer BACKEND = HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> response.header("Headgate-Legacy-Decision", "allow")
                    .addHeader("headgate-legacy-decision", "?")
                    .header("Headgate-Decision", "of the backend")
                    .sendString(Mono.just("served")))
            .bindNow();
    private static final ConfigurableApplicationContext APPLICATION = new SpringApplicationBuilder(
                    PlainApplication.class)
            .properties(settings())
            .run();
    private static final WebClient CLIENT =
            WebClient.create("http://127.0.0.1:" + APPLICATION.getEnvironment().getProperty("local.server.port"));

    private static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        settings.put("server.port", 0);
        settings.put("server.address", "127.0.0.1");
        settings.put("headgate.authz.issuers[0].issuer", ISSUER.issuer());
        settings.put("headgate.authz.issuers[0].jwks-uri", ISSUER.jwksUri());
        settings.put("headgate.authz.issuers[0].tenants", "acme");
        addRoute(settings, 0, "closed", "Authz=off");
        addRoute(settings, 1, "undecided", "Authz");
        addRoute(settings, 2, "open", "Authz=public");
        addRoute(settings, 3, "shadow", "Authz=shadow");
        return settings;
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
        ISSUER.close();
    }

    @Test
    void servesACallerWithAToken() {
        var answer = get("/closed/x", bearer(ISSUER.token().sign()));

        assertThat(answer.getStatusCode().value()).isEqualTo(200);
        assertThat(answer.getBody()).isEqualTo("served");
    }

    @Test
    void refusesARequestWithoutACredentialWithAProblem() {
        var answer = get("/closed/x", Map.of());

        assertThat(answer.getStatusCode().value()).isEqualTo(401);
        assertThat(answer.getHeaders().getFirst("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.getHeaders().getFirst("WWW-Authenticate")).isEqualTo("Bearer realm=\"headgate\"");
        assertThat(typeOf(answer)).isEqualTo("/problems/unauthenticated");
    }

    @Test
    void saysOfABadTokenOnlyThatItIsNotValid() {
        var answer = get("/closed/x", bearer(ISSUER.token().audience("billing").sign()));

        assertThat(answer.getStatusCode().value()).isEqualTo(401);
        assertThat(answer.getHeaders().getFirst("WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"headgate\", error=\"invalid_token\"");
    }

    /** New tokens are proved on another thread than the connection's, which must go on serving all the same. */
    @Test
    void servesEveryKindOfAnswerAfterEveryOtherOnAConnectionThatStaysOpen() {
        for (int i = 0; i < 100; i++) {
            var good = bearer(ISSUER.token().subject("user-" + i).sign());
            var fresh = bearer(ISSUER.token().subject("fresh-" + i).sign());
            var bad = bearer(ISSUER.token().audience("other-" + i).sign());
            assertThat(statusOf("/closed/x", good)).as("new token %s", i).isEqualTo(200);
            assertThat(statusOf("/undecided/x", fresh)).as("undecided %s", i).isEqualTo(503);
            assertThat(statusOf("/closed/x", good)).as("known token %s", i).isEqualTo(200);
            assertThat(statusOf("/closed/x", bad)).as("bad token %s", i).isEqualTo(401);
            assertThat(statusOf("/open/x", Map.of())).as("public %s", i).isEqualTo(200);
            assertThat(statusOf("/closed/x", Map.of())).as("no token %s", i).isEqualTo(401);
        }
    }

    @Test
    void carriesTheExchangeOnWhereItsConnectionLives() {
        for (int i = 0; i < 10; i++) {
            String token = ISSUER.token().subject("home-" + i).sign();
            get("/closed/x", bearer(token));
            assertThat(statusOf("/api/reports/" + i, bearer(token)))
                    .as("decided on the policies' threads %s", i)
                    .isEqualTo(200);
        }

        assertThat(THREADS).isNotEmpty().allMatch(name -> name.startsWith("reactor-http"));
    }

    @Test
    void hasNoApiKeysWithoutARegistry() {
        var answer = get(
                "/closed/x",
                Map.of("X-Api-Key", ApiKeySecret.create(new Random(1)).text()));

        assertThat(answer.getStatusCode().value()).isEqualTo(401);
    }

    @Test
    void passesNobodyWhereNothingCanDecide() {
        var answer = get("/undecided/x", bearer(ISSUER.token().sign()));

        assertThat(answer.getStatusCode().value()).isEqualTo(503);
        assertThat(typeOf(answer)).isEqualTo("/problems/authorization-unavailable");
    }

    @Test
    void asksNothingOnAPublicRoute() {
        assertThat(get("/open/x", Map.of()).getStatusCode().value()).isEqualTo(200);
    }

    @Test
    void keepsToItselfWhatABackendSaysOfDecisions() {
        var token = bearer(ISSUER.token().sign());

        for (String path : List.of("/closed/x", "/open/x", "/shadow/x")) {
            assertThat(get(path, token).getHeaders().headerNames())
                    .as(path)
                    .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("headgate-"));
        }
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    private static int statusOf(String path, Map<String, String> headers) {
        return get(path, headers).getStatusCode().value();
    }

    private static String typeOf(ResponseEntity<String> answer) {
        JsonNode document = JsonMapper.shared().readTree(answer.getBody());
        return document.path("type").stringValue();
    }

    private static ResponseEntity<String> get(String path, Map<String, String> headers) {
        return Objects.requireNonNull(CLIENT.get()
                .uri(path)
                .headers(sent -> headers.forEach(sent::set))
                .exchangeToMono(response -> response.toEntity(String.class))
                .block(Duration.ofSeconds(60)));
    }
}

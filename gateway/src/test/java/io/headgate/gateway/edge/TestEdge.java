package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.headgate.api.AdminRole;
import io.headgate.api.Caller;
import io.headgate.api.ConfigSnapshot;
import io.headgate.api.ConfigView;
import io.headgate.api.EdgeOrder;
import io.headgate.api.EdgeService;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.api.LiveConfig;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.Resource;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.RouteStep;
import io.headgate.api.SpecReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The assembled edge on a free port, serving what a test puts into its configuration. */
final class TestEdge implements AutoCloseable {

    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private final ConfigurableApplicationContext context;
    private final Config config;
    private final Map<ResourceId, Resource<RouteSpec>> routes = new LinkedHashMap<>();

    private TestEdge(ConfigurableApplicationContext context) {
        this.context = context;
        this.config = context.getBean(Config.class);
        publish();
    }

    static TestEdge start(String... properties) {
        List<String> all = new ArrayList<>(List.of(
                "server.port=0",
                "server.address=127.0.0.1",
                "management.server.port=-1",
                "management.endpoint.health.validate-group-membership=false", // the registry is not here
                "headgate.upstream.allow-loopback=true",
                "spring.main.banner-mode=off",
                "spring.autoconfigure.exclude="
                        + String.join(
                                ",",
                                "io.headgate.authz.AuthzAutoConfiguration", // its step has tests of its own
                                "org.springframework.boot.r2dbc.autoconfigure.R2dbcAutoConfiguration",
                                "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
                                "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration")));
        all.addAll(Arrays.asList(properties));
        return new TestEdge(new SpringApplicationBuilder(App.class)
                .run(all.stream().map(it -> "--" + it).toArray(String[]::new)));
    }

    int port() {
        return Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
                .getPort();
    }

    Recorded records() {
        return context.getBean(Recorded.class);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Puts a route, read as the registry would read it. */
    TestEdge route(String id, String yaml) {
        ResourceId name = ResourceId.parse(id);
        RouteSpec spec = read(context.getBean(RouteKind.class), name, yaml);
        long version =
                Optional.ofNullable(routes.get(name)).map(Resource::version).orElse(0L) + 1;
        routes.put(name, new Resource<>("Route", name, version, Resource.Origin.API, spec));
        publish();
        return this;
    }

    void remove(String id) {
        routes.remove(ResourceId.parse(id));
        publish();
    }

    static RouteSpec read(RouteKind kind, ResourceId id, String yaml) {
        return switch (SpecReader.read(YAML.readTree(yaml), "/spec", reader -> kind.read(reader, id))) {
            case SpecReader.Outcome.Valid<RouteSpec>(RouteSpec spec) -> spec;
            case SpecReader.Outcome.Invalid<RouteSpec>(var problems) -> throw new AssertionError(problems.toString());
        };
    }

    /** The routes that are left out, with the reasons, as the registry asks for them. */
    Map<Resource<?>, String> leftOut() {
        RouteTable table = bean(RouteTable.class);
        return table.leftOut(config.view(table));
    }

    private void publish() {
        config.publish(
                context.getBeanProvider(ConfigView.class).stream().toList(),
                new Snapshot(config.revision + 1, List.copyOf(routes.values())));
    }

    @Override
    public void close() {
        context.close();
    }

    record Snapshot(long revision, Collection<Resource<RouteSpec>> routes) implements ConfigSnapshot {
        @Override
        public <S> Optional<Resource<S>> find(Class<S> type, ResourceId id) {
            return all(type).stream().filter(it -> it.id().equals(id)).findFirst();
        }

        @Override
        @SuppressWarnings("unchecked")
        public <S> Collection<Resource<S>> all(Class<S> type) {
            return type == RouteSpec.class ? (Collection<Resource<S>>) (Collection<?>) routes : List.of();
        }
    }

    static final class Config implements LiveConfig {
        private volatile long revision;
        private volatile Map<ConfigView<?>, Object> views = Map.of();

        @SuppressWarnings({"rawtypes", "unchecked"})
        void publish(List<ConfigView> all, Snapshot snapshot) {
            Map<ConfigView<?>, Object> next = new HashMap<>();
            all.forEach(view -> next.put(view, view.derive(Optional.ofNullable(views.get(view)), snapshot)));
            views = next;
            revision = snapshot.revision();
        }

        @Override
        @SuppressWarnings("unchecked")
        public <V> V view(ConfigView<V> view) {
            return (V) Objects.requireNonNull(views.get(view));
        }

        @Override
        public long revision() {
            return revision;
        }

        @Override
        public boolean isServing() {
            return revision > 0;
        }
    }

    /** What observers were told. */
    static final class Recorded implements EdgeObserver {
        final List<EdgeRecord> started = new CopyOnWriteArrayList<>();
        final List<EdgeRecord> completed = new CopyOnWriteArrayList<>();
        private final Semaphore ended = new Semaphore(0);

        /** The answer may be read before the edge is through with the request. */
        void awaitCompleted(int requests) {
            try {
                assertThat(ended.tryAcquire(requests, 60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void started(ServerWebExchange exchange, EdgeRecord record) {
            started.add(record);
        }

        @Override
        public void completed(ServerWebExchange exchange, EdgeRecord record) {
            completed.add(record);
            ended.release();
        }
    }

    /** A service of the gateway itself, which greets whoever calls. */
    static final class Greeting implements EdgeService {
        @Override
        public RouteInfo route() {
            return new RouteInfo(
                    ResourceId.parse("platform/greeting"),
                    Optional.empty(),
                    PathTemplate.parse("/api/v1/greetings/**"),
                    Set.of(HttpMethod.GET));
        }

        @Override
        public Mono<Void> serve(ServerWebExchange exchange) {
            byte[] text = ("hello " + Caller.KEY.get(exchange).subject()).getBytes(StandardCharsets.UTF_8);
            return exchange.getResponse()
                    .writeWith(Mono.just(exchange.getResponse().bufferFactory().wrap(text)));
        }
    }

    /** Stands in for authentication: {@code X-Test-Caller: tenant/subject} is believed, {@code none} is refused. */
    static final class CallerStep implements RouteStep<CallerStep.Section> {

        record Section(boolean isCallerRequired, boolean isReserved, boolean isBroken) {}

        @Override
        public String section() {
            return "test";
        }

        @Override
        public Section read(SpecReader section, RouteInfo route) {
            boolean required = section.flag("caller", false);
            boolean reserved = section.flag("reserved", false);
            boolean broken = section.flag("broken", false);
            return section.build(() -> new Section(required, reserved, broken));
        }

        @Override
        public Optional<AdminRole> reservedTo(Section section) {
            return section.isReserved ? Optional.of(AdminRole.PLATFORM_ADMIN) : Optional.empty();
        }

        @Override
        public boolean isOperational(Section before, Section after) {
            return !before.isCallerRequired && after.isCallerRequired && before.isReserved == after.isReserved;
        }

        @Override
        public List<EdgeFilter> filters(Section section, RouteInfo route) {
            if (section.isBroken) {
                throw new IllegalStateException("what this route needs is gone");
            }
            return List.of(new EdgeFilter(EdgeOrder.AUTHENTICATE, (exchange, chain) -> {
                String caller = exchange.getRequest().getHeaders().getFirst("X-Test-Caller");
                if (caller == null) {
                    return section.isCallerRequired
                            ? Mono.error(new Problem.Unauthenticated("").asException())
                            : chain.filter(exchange);
                }
                String[] parts = caller.split("/", 2);
                Caller.KEY.put(
                        exchange,
                        new Caller(
                                parts[0],
                                parts[1],
                                Set.of("analyst", "viewer"),
                                Optional.of("pro"),
                                Set.of(),
                                Set.of(),
                                Set.of(),
                                "credential",
                                Instant.MAX));
                return chain.filter(exchange);
            }));
        }

        @Override
        public List<Explanation> explain(Section section, RouteInfo route) {
            return List.of(new Explanation(EdgeOrder.AUTHENTICATE, "believes the test"));
        }
    }

    static final class Keys implements KeyRing {
        final JWK key;
        volatile boolean isEmpty;

        Keys() {
            try {
                key = new ECKeyGenerator(Curve.P_256).keyID("k1").generate();
            } catch (com.nimbusds.jose.JOSEException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public Optional<JWK> current(KeyPurpose purpose) {
            return isEmpty ? Optional.empty() : Optional.of(key);
        }

        @Override
        public Optional<JWK> find(KeyPurpose purpose, String keyId) {
            return Optional.of(key);
        }

        @Override
        public List<JWK> all(KeyPurpose purpose) {
            return List.of(key);
        }
    }

    /** Without the annotation of a configuration, or the application's own scan would take it in where tests start that. */
    @EnableAutoConfiguration
    @Import({EdgeConfiguration.class, ObserveConfiguration.class})
    @ComponentScan(
            basePackages = "io.headgate.gateway.upstream",
            includeFilters =
                    @ComponentScan.Filter(
                            type = FilterType.REGEX,
                            pattern = "io\\.headgate\\.gateway\\.upstream\\.UpstreamConfiguration"),
            useDefaultFilters = false)
    static class App {
        @Bean
        Config config() {
            return new Config();
        }

        @Bean
        @Order(Ordered.LOWEST_PRECEDENCE) // it tells tests that all others have seen the request
        Recorded recorded() {
            return new Recorded();
        }

        @Bean
        CallerStep callerStep() {
            return new CallerStep();
        }

        @Bean
        EdgeService greeting() {
            return new Greeting();
        }

        @Bean
        Keys keys() {
            return new Keys();
        }
    }
}

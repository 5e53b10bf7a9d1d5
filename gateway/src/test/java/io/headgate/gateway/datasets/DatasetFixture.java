package io.headgate.gateway.datasets;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.DatasetSpec;
import io.headgate.api.DatasetSpec.Format;
import io.headgate.api.DatasetSpec.Limits;
import io.headgate.api.Decision.Granted;
import io.headgate.api.Event;
import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.KeyPurpose;
import io.headgate.api.KeyRing;
import io.headgate.api.Operator;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ResourceId;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.FieldType;
import io.headgate.filter.FilterAutoConfiguration;
import io.headgate.filter.FilterField;
import io.headgate.filter.FilterSchema;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.headgate.pagination.PaginationAutoConfiguration;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadsAutoConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

/** The service over a real database, with the plugins as they are and everything else in its simplest form. */
final class DatasetFixture implements AutoCloseable {

    static final ResourceId EVENTS = new ResourceId("platform", "events");
    static final String ROWS = "/api/v1/datasets/platform/events/rows";

    final LocalPostgres postgres = SharedStack.postgres();
    final String database = postgres.createDatabase();
    final Watched connections;
    private final AnnotationConfigApplicationContext app;
    private final DatasetService service;

    DatasetFixture(String... settings) {
        postgres.execute(database, """
                CREATE TABLE events (id bigint PRIMARY KEY, tenant_id text NOT NULL, occurred_at timestamptz NOT NULL,
                  kind varchar(20) NOT NULL, plan text, amount numeric, note text)""");
        postgres.execute(database, "CREATE INDEX ON events (tenant_id, id)");
        postgres.execute(database, "CREATE INDEX ON events (tenant_id, occurred_at, id)");
        connections = new Watched(ConnectionFactories.get(ConnectionFactoryOptions.parse(postgres.r2dbcUrl(database))
                .mutate()
                .option(ConnectionFactoryOptions.USER, LocalPostgres.USER)
                .build()));
        app = new AnnotationConfigApplicationContext();
        TestPropertyValues.of(settings).applyTo(app);
        app.getBeanFactory().registerSingleton("watched", connections);
        app.register(Fakes.class, DatasetsConfiguration.class);
        app.refresh();
        service = app.getBean(DatasetService.class);
    }

    /** Rows of three tenants, of whom acme's have ids from 1 on; values are few, so that there are ties and NULLs. */
    void fill(int count) {
        postgres.execute(database, """
                INSERT INTO events SELECT i + t * 1000000, (ARRAY['acme', 'globex', 'initech'])[t + 1],
                  timestamptz '2026-01-01Z' + (i * 7 %% 10) * interval '1 hour' + (i %% 3) * interval '1 microsecond',
                  (ARRAY['login', 'View', 'export', 'Über'])[1 + i %% 4],
                  CASE WHEN i %% 3 > 0 THEN (ARRAY['free', 'pro'])[1 + i %% 2] END,
                  CASE WHEN i %% 4 > 0 THEN (i %% 5) / 4.0 END,
                  CASE WHEN i %% 2 = 0 THEN (ARRAY['', 'a', '%%', '''; DROP TABLE events; --'])[1 + i / 2 %% 4] END
                FROM generate_series(1, %d) AS i, generate_series(0, 2) AS t""".formatted(count));
        postgres.execute(database, "ANALYZE events");
    }

    Answer get(String query) {
        return send(caller("acme"), HttpMethod.GET, ROWS + query, "");
    }

    Answer send(Caller caller, HttpMethod method, String uri, String body, String... headers) {
        var request = MockServerHttpRequest.method(method, java.net.URI.create("http://edge.test" + uri));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(
                caller,
                body.isEmpty()
                        ? request.build()
                        : request.header("Content-Type", "application/json").body(body));
    }

    private Answer send(Caller caller, MockServerHttpRequest request) {
        var exchange = MockServerWebExchange.from(request);
        Caller.KEY.put(exchange, caller);
        Optional<Problem> problem = Mono.defer(() -> service.serve(exchange))
                .thenReturn(Optional.<Problem>empty())
                .onErrorResume(ProblemException.class, refused -> Mono.just(Optional.of(refused.problem())))
                .blockOptional()
                .orElseThrow();
        return new Answer(problem, exchange.getResponse());
    }

    Mono<Void> served(MockServerWebExchange exchange) {
        Caller.KEY.put(exchange, caller("acme"));
        return service.serve(exchange);
    }

    DatasetExplainer explainer() {
        return app.getBean(DatasetExplainer.class);
    }

    List<Event> events() {
        return app.getBean(Recorded.class).events();
    }

    static Caller caller(String tenant) {
        return new Caller(
                tenant,
                "ana",
                Set.of("analyst"),
                Optional.empty(),
                Set.of(),
                Set.of(),
                Set.of(),
                "token-1",
                Instant.MAX);
    }

    @Override
    public void close() {
        app.close();
    }

    /** What a client would see. */
    record Answer(Optional<Problem> problem, MockServerHttpResponse response) {

        int status() {
            return problem.map(refused -> refused.type().status()).orElse(200);
        }

        String text() {
            return problem.isPresent()
                    ? ""
                    : response.getBodyAsString().blockOptional().orElse("");
        }

        JsonNode body() {
            String text = text();
            return text.isEmpty()
                    ? MissingNode.getInstance()
                    : JsonMapper.shared().readTree(text);
        }

        List<Long> ids() {
            return body().path("data")
                    .valueStream()
                    .map(row -> row.path("id").longValue())
                    .toList();
        }

        Optional<String> cursor(String member) {
            return Optional.ofNullable(body().path("page").path(member).stringValue(null));
        }

        String header(String name) {
            return String.valueOf(response.getHeaders().getFirst(name));
        }

        @Override
        public String toString() {
            return problem + " " + text();
        }
    }

    record Recorded(List<Event> events) {}

    @ImportAutoConfiguration({
        HeadgateApiAutoConfiguration.class,
        FilterAutoConfiguration.class,
        PaginationAutoConfiguration.class,
        ReadsAutoConfiguration.class
    })
    static class Fakes {

        @Bean
        Recorded recorded() {
            return new Recorded(new CopyOnWriteArrayList<>());
        }

        @Bean
        EventLog eventLog(Recorded recorded) {
            return event -> recorded.events().add(event);
        }

        /** Lets everybody read what is not called secret. */
        @Bean
        Authorizer authorizer() {
            return (exchange, action, type, resource) -> resource.name().equals("secret")
                    ? Mono.error(new Problem.Forbidden("no", Optional.empty()).asException())
                    : Mono.just(new Granted(new UUID(0, 0), action, true, type, resource.toString(), Optional.empty()));
        }

        @Bean
        @Primary
        Databases databases(Watched connections) {
            return (id, use) ->
                    id.name().equals("main") ? Optional.<ConnectionFactory>of(connections) : Optional.empty();
        }

        @Bean
        Datasets datasets() {
            Map<ResourceId, Dataset> datasets = new LinkedHashMap<>();
            for (Dataset dataset : List.of(
                    dataset("events", "main", "events", 1_000_000),
                    dataset("dear", "main", "events", 1),
                    dataset("slow", "main", "slow", 1_000_000_000_000L),
                    dataset("gone", "main", "gone", 1_000_000),
                    dataset("away", "away", "events", 1_000_000),
                    dataset("secret", "main", "events", 1_000_000))) {
                datasets.put(dataset.id(), dataset);
            }
            return id -> Optional.ofNullable(datasets.get(id));
        }

        @Bean
        KeyRing keyRing() {
            var key = new OctetSequenceKey.Builder(new byte[32]).keyID("one").build();
            return new KeyRing() {
                @Override
                public Optional<JWK> current(KeyPurpose purpose) {
                    return Optional.of(key);
                }

                @Override
                public Optional<JWK> find(KeyPurpose purpose, String keyId) {
                    return Optional.of(key);
                }

                @Override
                public List<JWK> all(KeyPurpose purpose) {
                    return List.of(key);
                }
            };
        }

        private static Dataset dataset(String name, String database, String table, long pageCost) {
            return new Dataset(
                    new ResourceId("platform", name),
                    new DatasetSpec(
                            new ResourceId("platform", database),
                            table,
                            "tenant_id",
                            "id",
                            EVENTS,
                            List.of("id", "occurred_at", "kind", "plan", "amount", "comment"),
                            Set.of(Format.CSV),
                            new Limits(1_000, pageCost, pageCost, false)),
                    schema());
        }

        private static FilterSchema schema() {
            Map<String, FilterField> fields = new LinkedHashMap<>();
            fields.put("id", field(FieldType.INT, Set.of(), true, false, Optional.empty()));
            fields.put("occurred_at", field(FieldType.TIMESTAMP, Set.of(), true, false, Optional.empty()));
            fields.put("kind", field(FieldType.STRING, Set.of(), false, false, Optional.empty()));
            fields.put("plan", field(FieldType.ENUM, Set.of("free", "pro"), false, true, Optional.empty()));
            fields.put("amount", field(FieldType.DECIMAL, Set.of(), false, true, Optional.empty()));
            fields.put("comment", field(FieldType.STRING, Set.of(), false, true, Optional.of("note")));
            return new FilterSchema("tenant_id", fields);
        }

        private static FilterField field(
                FieldType type, Set<String> words, boolean indexed, boolean nullable, Optional<String> column) {
            Set<Operator> operators = EnumSet.of(Operator.EQ, Operator.NEQ, Operator.IS_NULL, Operator.NOT_NULL);
            if (type == FieldType.STRING) {
                operators.add(Operator.CONTAINS);
            }
            if (type != FieldType.ENUM) {
                operators.addAll(EnumSet.of(Operator.GT, Operator.GTE, Operator.LT));
            }
            return new FilterField(type, words, operators, true, indexed, nullable, column);
        }
    }
}

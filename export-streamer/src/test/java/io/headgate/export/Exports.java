package io.headgate.export;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.headgate.api.Authorizer;
import io.headgate.api.Caller;
import io.headgate.api.DatasetSpec;
import io.headgate.api.Decision.Granted;
import io.headgate.api.EventLog;
import io.headgate.api.HeadgateApiAutoConfiguration;
import io.headgate.api.KeyRing;
import io.headgate.api.Operator;
import io.headgate.api.Problem;
import io.headgate.api.ProblemHandler;
import io.headgate.api.ResourceId;
import io.headgate.export.ExportOrder.Csv;
import io.headgate.filter.Dataset;
import io.headgate.filter.Datasets;
import io.headgate.filter.FieldType;
import io.headgate.filter.FilterAutoConfiguration;
import io.headgate.filter.FilterField;
import io.headgate.filter.FilterSchema;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import io.headgate.reads.Databases;
import io.headgate.reads.ReadsAutoConfiguration;
import io.headgate.reads.RoutedConnectionFactory;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Instant;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/** Exports as an application has them, over a table of the test's own; and a server, for tests that need one. */
final class Exports implements AutoCloseable {

    static final ResourceId DATASET = new ResourceId("platform", "events");
    static final String ACME = "acme";
    static final String GLOBEX = "globex";

    static final String TABLE = """
            CREATE TABLE events (tenant_id text NOT NULL, id bigint PRIMARY KEY, label text, kind varchar(20),
              amount numeric, ratio double precision, n integer, ok boolean, at timestamptz, plain timestamp, day date,
              key uuid, doc jsonb, raw json, bin bytea, span interval, tags text[])""";

    static final List<String> COLUMNS = List.of(
            "id", "label", "kind", "amount", "ratio", "n", "ok", "at", "plain", "day", "key", "doc", "raw", "bin",
            "span", "tags");

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final Events events = new Events();
    private final ConnectionPool pool;
    private final DisposableServer server;

    /** @param user who reads, and may be held to row-level security */
    Exports(String database, String user, DatasetSpec.Limits limits, String... settings) {
        LocalPostgres postgres = SharedStack.postgres();
        pool = new ConnectionPool(ConnectionPoolConfiguration.builder(
                        ConnectionFactories.get(ConnectionFactoryOptions.parse(postgres.r2dbcUrl(database))
                                .mutate()
                                .option(ConnectionFactoryOptions.USER, user)
                                .build()))
                .initialSize(0)
                .maxSize(8)
                .build());
        var dataset = new Dataset(DATASET, spec(limits), schema());
        TestPropertyValues.of(settings).applyTo(context);
        context.registerBean(
                Databases.class, () -> (_, _) -> Optional.of(connections()), definition -> definition.setPrimary(true));
        context.registerBean(KeyRing.class, () -> new JobKeys("k1"));
        context.registerBean(
                Datasets.class,
                () -> id -> Optional.of(dataset).filter(known -> known.id().equals(id)));
        context.registerBean(Authorizer.class, () -> Exports::authorize);
        context.registerBean(EventLog.class, () -> events);
        context.register(
                HeadgateApiAutoConfiguration.class,
                FilterAutoConfiguration.class,
                ReadsAutoConfiguration.class,
                ExportAutoConfiguration.class);
        context.refresh();
        server = serve(context.getBean(ExportStream.class));
    }

    Exports(String database, String... settings) {
        this(database, LocalPostgres.USER, limits(10_000_000), settings);
    }

    /** Routed where the settings name a primary. */
    private ConnectionFactory connections() {
        return context.getBeanProvider(RoutedConnectionFactory.class).stream()
                .<ConnectionFactory>map(routed -> routed)
                .findFirst()
                .orElse(pool);
    }

    /** So many rows, at whatever cost. */
    static DatasetSpec.Limits limits(long rows) {
        return new DatasetSpec.Limits(rows, Long.MAX_VALUE, Long.MAX_VALUE, false);
    }

    /** A database with the table in it, and nothing in the table. */
    static String database() {
        String database = SharedStack.postgres().createDatabase();
        SharedStack.postgres().execute(database, TABLE);
        return database;
    }

    private static Mono<Granted> authorize(
            org.springframework.web.server.ServerWebExchange exchange,
            String action,
            String type,
            ResourceId resource) {
        return Caller.KEY.get(exchange).roles().contains("analyst")
                ? Mono.just(new Granted(UUID.randomUUID(), action, true, type, resource.toString(), Optional.empty()))
                : Mono.error(new Problem.Forbidden("not for you", Optional.empty()).asException());
    }

    /** Callers name themselves, as nobody here has a reason to lie. */
    private static DisposableServer serve(ExportStream stream) {
        var handler = WebHttpHandlerBuilder.webHandler(exchange -> {
                    String tenant = Optional.ofNullable(
                                    exchange.getRequest().getHeaders().getFirst("Tenant"))
                            .orElse(ACME);
                    String role = Optional.ofNullable(
                                    exchange.getRequest().getHeaders().getFirst("Role"))
                            .orElse("analyst");
                    Caller.KEY.put(
                            exchange,
                            new Caller(
                                    tenant,
                                    "ana",
                                    Set.of(role),
                                    Optional.empty(),
                                    Set.of(),
                                    Set.of(),
                                    Set.of(),
                                    "c",
                                    Instant.MAX));
                    return stream.serve(exchange);
                })
                .exceptionHandler(new ProblemHandler())
                .build();
        return HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .protocol(HttpProtocol.HTTP11, HttpProtocol.H2C)
                .handle(new ReactorHttpHandlerAdapter(handler))
                .bindNow();
    }

    int port() {
        return server.port();
    }

    Events events() {
        return events;
    }

    ExportCursor cursor() {
        return context.getBean(ExportCursor.class);
    }

    ExportSlots slots() {
        return context.getBean(ExportSlots.class);
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    int acquiredConnections() {
        return pool.getMetrics().map(metrics -> metrics.acquiredSize()).orElse(-1);
    }

    /** All of it, in memory. */
    String text(ExportOrder order) {
        return new String(bytes(order), UTF_8);
    }

    byte[] bytes(ExportOrder order) {
        var out = new Out();
        Flux<DataBuffer> run = cursor().run(order, new ExportTally());
        run.toStream().forEach(buffer -> {
            byte[] bytes = new byte[buffer.readableByteCount()];
            buffer.read(bytes);
            out.write(bytes);
        });
        return out.take();
    }

    static ExportOrder order(DatasetSpec.Format format, List<String> columns, String query, Csv csv) {
        return order(ACME, format, columns, query, csv);
    }

    static ExportOrder order(String tenant, DatasetSpec.Format format, List<String> columns, String query, Csv csv) {
        return new ExportOrder(DATASET, tenant, "ana", query, columns, format, ZoneId.of("UTC"), csv, false, List.of());
    }

    private static DatasetSpec spec(DatasetSpec.Limits limits) {
        return new DatasetSpec(
                new ResourceId("platform", "main"),
                "events",
                "tenant_id",
                "id",
                new ResourceId("platform", "events"),
                COLUMNS,
                EnumSet.allOf(DatasetSpec.Format.class),
                limits);
    }

    static FilterSchema schema() {
        Map<String, FilterField> fields = new LinkedHashMap<>();
        fields.put("id", field(FieldType.INT, false));
        fields.put("label", field(FieldType.STRING, true));
        fields.put("kind", field(FieldType.STRING, true));
        fields.put("amount", field(FieldType.DECIMAL, true));
        fields.put("n", field(FieldType.INT, true));
        fields.put("ok", field(FieldType.BOOLEAN, true));
        fields.put("at", field(FieldType.TIMESTAMP, true));
        fields.put("day", field(FieldType.DATE, true));
        fields.put("key", field(FieldType.UUID, true));
        return new FilterSchema("tenant_id", fields);
    }

    private static FilterField field(FieldType type, boolean nullable) {
        Set<Operator> operators = EnumSet.of(Operator.EQ, Operator.NEQ, Operator.IS_NULL, Operator.NOT_NULL);
        if (type == FieldType.INT || type == FieldType.DECIMAL || type == FieldType.STRING) {
            operators.addAll(EnumSet.of(Operator.GT, Operator.LTE, Operator.IN, Operator.NIN));
        }
        if (type == FieldType.STRING) {
            operators.add(Operator.CONTAINS);
        }
        return new FilterField(type, Set.of(), operators, true, true, nullable, Optional.empty());
    }

    @Override
    public void close() {
        server.disposeNow();
        context.close();
        pool.dispose();
    }
}

package io.headgate.gateway.events;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.r2dbc.postgresql.PostgresqlConnectionFactoryProvider;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.function.ToDoubleFunction;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Puts the pipeline together. Nothing here talks to Kafka or PostgreSQL: that begins when the pipeline starts. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EventsProperties.class)
class EventsConfiguration {

    private static final String SCHEMA = "headgate_audit";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** Where the database of the registry is, and as whom. */
    record Place(String url, String user, String password) {}

    @Bean(destroyMethod = "close")
    Spool eventSpool(EventsProperties properties) {
        return Spool.open(new Spool.Settings(
                SpoolDirectory.of(properties.spoolDir()),
                properties.segmentSize().toBytes(),
                properties.maxSize().toBytes(),
                properties.forceInterval()));
    }

    @Bean
    SpooledEventLog eventLog(Spool spool, EventsProperties properties) {
        return new SpooledEventLog(spool, properties);
    }

    @Bean
    @DependsOn("registryConnections") // where the address is checked
    AuditDatabase auditDatabase(
            @Value("${spring.r2dbc.url:}") String url,
            @Value("${spring.r2dbc.username:}") String user,
            @Value("${spring.r2dbc.password:}") String password,
            @Value("${spring.flyway.url:}") String flywayUrl,
            @Value("${spring.flyway.user:${spring.r2dbc.username:}}") String flywayUser,
            @Value("${spring.flyway.password:${spring.r2dbc.password:}}") String flywayPassword,
            EventsProperties properties) {
        String jdbc = flywayUrl.isEmpty() ? url.replaceFirst("^r2dbc:(pool:)?", "jdbc:") : flywayUrl;
        return database(
                new Place(url, user, password), new Place(jdbc, flywayUser, flywayPassword), properties.audit());
    }

    static AuditDatabase database(Place r2dbc, Place jdbc, EventsProperties.Audit properties) {
        return new AuditDatabase(
                connections(r2dbc, properties), () -> migrations(jdbc).migrate(), properties);
    }

    private static ConnectionFactory connections(Place place, EventsProperties.Audit properties) {
        var options = ConnectionFactoryOptions.parse(place.url()).mutate();
        if (!place.user().isEmpty()) {
            options.option(ConnectionFactoryOptions.USER, place.user());
        }
        if (!place.password().isEmpty()) {
            options.option(ConnectionFactoryOptions.PASSWORD, place.password());
        }
        String millis = Long.toString(properties.timeout().toMillis());
        options.option(ConnectionFactoryOptions.CONNECT_TIMEOUT, CONNECT_TIMEOUT);
        options.option(PostgresqlConnectionFactoryProvider.TCP_KEEPALIVE, true);
        options.option(PostgresqlConnectionFactoryProvider.APPLICATION_NAME, "headgate-audit");
        options.option(
                PostgresqlConnectionFactoryProvider.OPTIONS,
                Map.of("statement_timeout", millis, "lock_timeout", millis));
        return new PostgresqlConnectionFactoryProvider().create(options.build());
    }

    /** With a history of its own, so that the audit's tables depend on nobody else's. */
    private static Flyway migrations(Place place) {
        var jdbc = new Properties();
        String seconds = Long.toString(CONNECT_TIMEOUT.toSeconds());
        jdbc.setProperty("connectTimeout", seconds);
        jdbc.setProperty("loginTimeout", seconds);
        if (!place.user().isEmpty()) {
            jdbc.setProperty("user", place.user());
            jdbc.setProperty("password", place.password());
        }
        var source = new DriverManagerDataSource(place.url(), jdbc);
        source.setDriverClassName("org.postgresql.Driver");
        return Flyway.configure()
                .dataSource(source)
                .schemas(SCHEMA)
                .defaultSchema(SCHEMA)
                .locations("classpath:db/audit")
                .load();
    }

    @Bean
    AuditStore auditStore(AuditDatabase database, EventsProperties properties) {
        return new PostgresAudit(database, properties.audit());
    }

    @Bean
    AuditPartitions auditPartitions(AuditDatabase database, EventsProperties properties, Clock clock) {
        return new AuditPartitions(database, properties.audit(), clock);
    }

    @Bean
    AuditWriter auditWriter(AuditDatabase database, AuditPartitions partitions) {
        return new AuditWriter(database, partitions);
    }

    @Bean
    EventPipeline eventPipeline(
            EventsProperties properties,
            Spool spool,
            SpooledEventLog events,
            AuditDatabase database,
            AuditPartitions partitions,
            AuditWriter writer,
            Clock clock) {
        return new EventPipeline(properties, spool, events, database, partitions, writer, clock);
    }

    @Bean
    MeterBinder eventMeters(EventPipeline pipeline, Spool spool, AuditWriter writer, Clock clock) {
        return meters -> {
            Gauge.builder("headgate.events.spool.bytes", spool, Spool::backlog)
                    .description("events that wait on this instance's disk")
                    .baseUnit("bytes")
                    .register(meters);
            Gauge.builder("headgate.events.spool.limit", spool, Spool::limit)
                    .description("what the spool takes before it is full")
                    .baseUnit("bytes")
                    .register(meters);
            Gauge.builder("headgate.events.spool.full", spool, it -> it.isFull() ? 1 : 0)
                    .description("1 while there is no room for an event")
                    .register(meters);
            Gauge.builder("headgate.events.oldest.age", pipeline, it -> age(it, clock))
                    .description("since when the oldest event waits to be delivered")
                    .baseUnit("seconds")
                    .register(meters);
            counter(
                    meters,
                    "appended",
                    "events taken",
                    pipeline,
                    it -> it.state().appended());
            counter(
                    meters,
                    "delivered",
                    "events that left the spool",
                    pipeline,
                    it -> it.state().delivered());
            counter(
                    meters,
                    "dead.lettered",
                    "events put aside, since they can never be in the audit",
                    pipeline,
                    it -> it.state().deadLettered());
            counter(
                    meters,
                    "refused",
                    "events that could not be kept, so that what they tell of was refused",
                    pipeline,
                    it -> it.state().refused());
            counter(
                    meters,
                    "dropped",
                    "events lost for want of room",
                    pipeline,
                    it -> it.state().dropped());
            counter(meters, "torn", "events that were being written when a process ended", spool, Spool::torn);
            counter(meters, "damaged", "records of the spool that are not what was written", spool, Spool::damaged);
            counter(meters, "audited", "events that this instance wrote to the audit", writer, AuditWriter::written);
            counter(meters, "expired", "events that came after their time in the audit", writer, AuditWriter::expired);
        };
    }

    private static <T> void counter(
            MeterRegistry meters, String name, String description, T source, ToDoubleFunction<T> count) {
        FunctionCounter.builder("headgate.events." + name, source, count)
                .description(description)
                .register(meters);
    }

    private static double age(EventPipeline pipeline, Clock clock) {
        return pipeline.state()
                .oldest()
                .map(oldest -> Duration.between(oldest, clock.instant()).toMillis() / 1000.0)
                .orElse(0.0);
    }
}

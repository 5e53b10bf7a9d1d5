package io.headgate.gateway.events;

import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The pipeline of one instance, with a spool and a database of its own. */
final class Pipelines implements AutoCloseable {

    static final EventIds IDS = new EventIds(Clock.systemUTC());
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final LocalPostgres postgres;
    final String databaseName;
    final EventsProperties properties;
    final Spool spool;
    final SpooledEventLog log;
    final AuditPartitions partitions;
    final AuditWriter writer;
    final AuditDatabase database;
    final PostgresAudit audit;
    final EventPipeline pipeline;

    private Pipelines(LocalPostgres postgres, String databaseName, EventsProperties properties, Clock clock) {
        this.postgres = postgres;
        this.databaseName = databaseName;
        this.properties = properties;
        spool = Spool.open(settings(properties));
        log = new SpooledEventLog(spool, properties);
        database = database(postgres, databaseName, properties);
        partitions = new AuditPartitions(database, properties.audit(), clock);
        writer = new AuditWriter(database, partitions);
        audit = new PostgresAudit(database, properties.audit());
        pipeline = new EventPipeline(properties, spool, log, database, partitions, writer, clock);
    }

    static AuditDatabase database(LocalPostgres postgres, String name, EventsProperties properties) {
        return EventsConfiguration.database(
                new EventsConfiguration.Place(postgres.r2dbcUrl(name), LocalPostgres.USER, ""),
                new EventsConfiguration.Place(postgres.jdbcUrl(name), LocalPostgres.USER, ""),
                properties.audit());
    }

    static Spool.Settings settings(EventsProperties properties) {
        return new Spool.Settings(
                SpoolDirectory.of(properties.spoolDir()),
                properties.segmentSize().toBytes(),
                properties.maxSize().toBytes(),
                properties.forceInterval());
    }

    /** @param more pairs of a setting's name and its value */
    static EventsProperties properties(Path spool, String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "headgate.events.spool-dir", spool.toString(),
                "headgate.events.segment-size", "1MB",
                "headgate.events.max-size", "64MB",
                "headgate.events.max-event-size", "256KB",
                "headgate.events.retry-delay", "20ms",
                "headgate.events.max-retry-delay", "200ms",
                "headgate.events.timeout", "4s",
                "headgate.events.pause", "5ms",
                "headgate.events.outbox-interval", "20ms"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put("headgate.events." + more[i], more[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("headgate.events", EventsProperties.class);
    }

    static Pipelines create(LocalPostgres postgres, String database, EventsProperties properties) {
        return create(postgres, database, properties, Clock.systemUTC());
    }

    static Pipelines create(LocalPostgres postgres, String database, EventsProperties properties, Clock clock) {
        return new Pipelines(postgres, database, properties, clock);
    }

    Pipelines start() {
        pipeline.start();
        return this;
    }

    static Event decision(Instant at, String request) {
        return event("permission.checked", at, request, Map.of("decision", "permit", "action", "read"));
    }

    static Event event(String type, Instant at, String request, Map<String, Object> data) {
        return new Event(
                IDS.next(),
                type,
                at,
                Optional.of("acme"),
                Optional.of("ana"),
                Optional.of(request),
                Optional.empty(),
                data);
    }

    List<UUID> append(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    Event event = decision(Instant.now(), "request-" + i);
                    log.append(event);
                    return event.eventId();
                })
                .toList();
    }

    void awaitAudited(int count) {
        Awaited.until(count + " events are in the audit", () -> audited() >= count);
    }

    int audited() {
        return postgres.query(databaseName, "SELECT to_regclass('headgate_audit.event') IS NOT NULL")
                        .equals("t")
                ? number("SELECT count(*) FROM headgate_audit.event")
                : 0;
    }

    int number(String sql) {
        return Integer.parseInt(postgres.query(databaseName, sql));
    }

    /** As one who has the power to do it. */
    void tamper(String sql) {
        postgres.execute(databaseName, "SET session_replication_role = replica; " + sql);
    }

    AuditStore.Verification verify() {
        return audit.verify().blockOptional(PATIENCE).orElseThrow();
    }

    @Override
    public void close() {
        var stopped = new CountDownLatch(1);
        pipeline.stop(stopped::countDown);
        try {
            stopped.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        spool.close();
    }
}

package io.headgate.gateway.events;

import static io.headgate.gateway.events.AuditDatabase.executed;
import static io.headgate.gateway.events.AuditDatabase.required;
import static io.headgate.gateway.events.AuditDatabase.rows;

import io.r2dbc.spi.Connection;
import java.time.Clock;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The audit's tables, one for each class and month: made before they are needed, dropped when they are too old. */
final class AuditPartitions {

    private static final Logger log = LoggerFactory.getLogger(AuditPartitions.class);
    private static final long LOCK = 0x6865616475646974L;

    private final AuditDatabase database;
    private final EventsProperties.Audit properties;
    private final Clock clock;
    private final Set<Partition> known = ConcurrentHashMap.newKeySet();

    AuditPartitions(AuditDatabase database, EventsProperties.Audit properties, Clock clock) {
        this.database = database;
        this.properties = properties;
        this.clock = clock;
    }

    record Partition(EventClass eventClass, YearMonth month) {

        static Partition of(AuditEntry entry) {
            return new Partition(
                    EventClass.of(entry.eventType()),
                    YearMonth.from(entry.occurredAt().atOffset(ZoneOffset.UTC)));
        }

        String name() {
            return "%s_%04d_%02d".formatted(eventClass.tag(), month.getYear(), month.getMonthValue());
        }

        private Instant start() {
            return start(month);
        }

        private Instant end() {
            return start(month.plusMonths(1));
        }

        private static Instant start(YearMonth month) {
            return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }

    Mono<Void> ensure(Partition partition) {
        return known.contains(partition)
                ? Mono.empty()
                : database.transaction(
                                connection -> create(connection, partition).thenReturn(true))
                        .doOnNext(made -> known.add(partition))
                        .then();
    }

    /** A partition that is there keeps its chain; one whose chain is gone gets no new one, since that would hide it. */
    private static Mono<Void> create(Connection connection, Partition partition) {
        Mono<Void> made = Mono.defer(() -> executed(connection.createStatement("""
                        CREATE TABLE headgate_audit.%1$s PARTITION OF headgate_audit.%2$s FOR VALUES FROM ('%3$s') TO ('%4$s');
                        CREATE UNIQUE INDEX ON headgate_audit.%1$s (position);
                        CREATE TRIGGER never_truncated BEFORE TRUNCATE ON headgate_audit.%1$s
                            FOR EACH STATEMENT EXECUTE FUNCTION headgate_audit.refuse_change();
                        INSERT INTO headgate_audit.chain (partition, event_class, month) VALUES ('%1$s', '%2$s', '%5$s')
                        """.formatted(
                                partition.name(),
                                partition.eventClass().tag(),
                                partition.start(),
                                partition.end(),
                                partition.month().atDay(1)))))
                .doOnSuccess(done ->
                        log.atInfo().addKeyValue("partition", partition.name()).log("partition of the audit made"));
        return executed(connection.createStatement("SELECT pg_advisory_xact_lock(" + LOCK + ")"))
                .thenMany(rows(
                        connection
                                .createStatement("SELECT to_regclass('headgate_audit.' || $1) IS NOT NULL"
                                        + " OR EXISTS (SELECT FROM headgate_audit.chain WHERE partition = $1) AS there")
                                .bind("$1", partition.name()),
                        row -> required(row, "there", Boolean.class)))
                .next()
                .flatMap(there -> there ? Mono.empty() : made);
    }

    /** Makes what the coming months need, and drops what is older than its class is kept. */
    Mono<Void> upkeep() {
        YearMonth now = YearMonth.now(clock.withZone(ZoneOffset.UTC));
        return Flux.fromIterable(Arrays.asList(EventClass.values()))
                .concatMap(eventClass -> Flux.range(0, properties.monthsAhead() + 1)
                        .concatMap(ahead -> ensure(new Partition(eventClass, now.plusMonths(ahead))))
                        .then(dropBefore(eventClass, oldest(eventClass))))
                .then();
    }

    boolean isExpired(Partition partition) {
        return partition.month().isBefore(oldest(partition.eventClass()));
    }

    /** A month goes when its last moment is older than the retention. */
    private YearMonth oldest(EventClass eventClass) {
        return YearMonth.from(
                clock.instant().minus(properties.retention(eventClass)).atOffset(ZoneOffset.UTC));
    }

    private Mono<Void> dropBefore(EventClass eventClass, YearMonth oldest) {
        return database.transaction(connection -> rows(
                                connection
                                        .createStatement("SELECT partition FROM headgate_audit.chain"
                                                + " WHERE event_class = $1 AND month < $2 AND dropped_at IS NULL"
                                                + " ORDER BY month FOR UPDATE SKIP LOCKED")
                                        .bind("$1", eventClass.tag())
                                        .bind("$2", oldest.atDay(1)),
                                row -> required(row, "partition", String.class))
                        .collectList()
                        .flatMapMany(Flux::fromIterable)
                        .concatMap(partition -> drop(connection, partition))
                        .then(Mono.just(true)))
                .then();
    }

    private static Mono<Void> drop(Connection connection, String partition) {
        return executed(connection.createStatement("DROP TABLE headgate_audit." + partition))
                .then(executed(connection
                        .createStatement("UPDATE headgate_audit.chain SET dropped_at = now() WHERE partition = $1")
                        .bind("$1", partition)))
                .doOnSuccess(done -> log.atInfo()
                        .addKeyValue("partition", partition)
                        .log("partition of the audit dropped, older than it is kept"));
    }
}

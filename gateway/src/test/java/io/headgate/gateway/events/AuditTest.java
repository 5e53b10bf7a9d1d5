package io.headgate.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.api.Event;
import io.headgate.api.MutableClock;
import io.headgate.gateway.admin.Awaited;
import io.headgate.local.LocalPostgres;
import io.headgate.local.SharedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** The audit itself, fed straight from the spool. */
class AuditTest {

    private static final Instant NOVEMBER = Instant.parse("2026-11-21T12:00:00.123456Z");

    @TempDir
    Path disk;

    private final LocalPostgres postgres = SharedStack.postgres();
    private Pipelines events;

    @BeforeEach
    void start() {
        events = Pipelines.create(postgres, postgres.createDatabase(), Pipelines.properties(disk))
                .start();
    }

    @AfterEach
    void stop() {
        events.close();
    }

    @Test
    void hasEveryEventOnceAndAWholeChain() {
        List<UUID> ids = events.append(1_200);

        events.awaitAudited(1_200);

        assertThat(events.number("SELECT count(DISTINCT event_id) FROM headgate_audit.event"))
                .isEqualTo(ids.size());
        assertThat(events.verify().firstBroken()).isEmpty();
        assertThat(events.verify().checked()).isEqualTo(1_200);
    }

    @Test
    void leavesOutWhatComesAgainBeItInAnotherBatchOrTheSame() {
        Event event = Pipelines.decision(Instant.now(), "twice");
        events.log.append(event);
        events.log.append(event);
        events.awaitAudited(1);
        events.log.append(event);
        events.append(1);

        events.awaitAudited(2);

        assertThat(events.number("SELECT count(*) FROM headgate_audit.event")).isEqualTo(2);
        assertThat(events.verify().checked()).isEqualTo(2);
    }

    @Test
    void findsARowThatWasAltered() {
        List<UUID> ids = auditedIds(20);

        events.tamper(
                "UPDATE headgate_audit.event SET data = '{\"decision\":\"deny\",\"action\":\"read\"}' WHERE event_id = '"
                        + ids.get(7) + "'");

        assertBrokenAt(ids.get(7));
    }

    @Test
    void findsARowWhoseTimeWasAlteredByAMicrosecond() {
        List<UUID> ids = auditedIds(20);

        events.tamper("UPDATE headgate_audit.event SET occurred_at = occurred_at + interval '1 microsecond'"
                + " WHERE event_id = '" + ids.get(3) + "'");

        assertBrokenAt(ids.get(3));
    }

    @Test
    void findsThatARowWasDeleted() {
        List<UUID> ids = auditedIds(20);

        events.tamper("DELETE FROM headgate_audit.event WHERE event_id = '" + ids.get(7) + "'");

        assertBrokenAt(ids.get(8));
    }

    @Test
    void findsThatTheLastRowWasDeleted() {
        List<UUID> ids = auditedIds(20);

        events.tamper("DELETE FROM headgate_audit.event WHERE event_id = '" + ids.get(19) + "'");

        assertBrokenAt(ids.get(19));
    }

    @Test
    void findsARowThatWasPutIn() {
        List<UUID> ids = auditedIds(20);

        events.tamper("INSERT INTO headgate_audit.event SELECT gen_random_uuid(), occurred_at, event_class, event_type,"
                + " account_id, user_id, request_id, trace_id, data, 21, hash, hash FROM headgate_audit.event"
                + " WHERE event_id = '" + ids.get(19) + "'");

        assertThat(events.verify().firstBroken()).isPresent();
    }

    @Test
    void findsThatAChainOrAWholePartitionIsGone() {
        auditedIds(5);
        String partition =
                postgres.query(events.databaseName, "SELECT partition FROM headgate_audit.chain WHERE length = 5");

        events.tamper("DELETE FROM headgate_audit.chain WHERE length = 5");
        assertThat(events.verify().firstBroken())
                .map(AuditStore.Broken::partition)
                .contains(partition);

        events.tamper("DROP TABLE headgate_audit." + partition + "; INSERT INTO headgate_audit.chain"
                + " (partition, event_class, month, length, head) VALUES ('" + partition
                + "', 'audit', '2026-11-01', 5, 'x')");
        assertThat(events.verify().firstBroken())
                .map(AuditStore.Broken::partition)
                .contains(partition);
    }

    @Test
    void refusesToBeChangedByItsOwner() {
        auditedIds(3);

        for (String change : List.of(
                "UPDATE headgate_audit.event SET user_id = 'bob'",
                "DELETE FROM headgate_audit.event",
                "TRUNCATE headgate_audit.event",
                "DO $$ DECLARE t text; BEGIN SELECT partition INTO t FROM headgate_audit.chain WHERE length = 3;"
                        + " EXECUTE 'TRUNCATE headgate_audit.' || t; END $$")) {
            assertThatThrownBy(() -> postgres.execute(events.databaseName, change))
                    .as(change)
                    .hasStackTraceContaining("append only");
        }
        assertThat(events.verify().checked()).isEqualTo(3);
    }

    @Test
    void keepsOneChainWhileSeveralInstancesWrite(@TempDir Path other) {
        events.append(1); // the tables are there
        events.awaitAudited(1);
        try (var second = Pipelines.create(postgres, events.databaseName, Pipelines.properties(other))
                .start()) {
            events.append(2_000);
            second.append(2_000);

            events.awaitAudited(4_001);

            assertThat(events.verify().firstBroken()).isEmpty();
            assertThat(events.verify().checked()).isEqualTo(4_001);
        }
    }

    @Test
    void findsByEachFieldAndPageByPageNewestFirst() {
        for (int i = 0; i < 7; i++) {
            events.log.append(Pipelines.decision(NOVEMBER.plusSeconds(i), "r" + i));
        }
        events.log.append(
                Pipelines.event("permission.denied", NOVEMBER, "r9", Map.of("decision", "deny", "action", "x")));
        events.awaitAudited(8);

        assertThat(find(Optional.of("permission.denied"), Optional.empty(), Optional.empty(), 10))
                .extracting(entry -> entry.requestId().orElseThrow())
                .containsExactly("r9");
        assertThat(find(Optional.empty(), Optional.of("r3"), Optional.empty(), 10))
                .hasSize(1);
        assertThat(find(Optional.of("permission.checked"), Optional.empty(), Optional.empty(), 3))
                .extracting(entry -> entry.requestId().orElseThrow())
                .containsExactly("r6", "r5", "r4");
        AuditEntry last = find(Optional.of("permission.checked"), Optional.empty(), Optional.empty(), 3)
                .getLast();
        assertThat(find(
                        Optional.of("permission.checked"),
                        Optional.empty(),
                        Optional.of(
                                AuditQuery.Place.parse(AuditQuery.Place.of(last).toString())),
                        10))
                .extracting(entry -> entry.requestId().orElseThrow())
                .containsExactly("r3", "r2", "r1", "r0");
    }

    @Test
    void keepsWhateverCharactersAClientSent() {
        String strange = "\u0000 \ud800 \u00e4 \ud83d\ude00 \u2028 \"'\\";
        Event event = new Event(
                Pipelines.IDS.next(),
                "permission.denied",
                NOVEMBER,
                Optional.of("acme"),
                Optional.of(strange),
                Optional.empty(),
                Optional.empty(),
                Map.of("decision", "deny", "action", strange));

        events.log.append(event);

        events.awaitAudited(1);
        assertThat(find(Optional.empty(), Optional.empty(), Optional.empty(), 1)
                        .getFirst()
                        .document()
                        .get("action")
                        .stringValue())
                .isEqualTo(strange);
        assertThat(events.verify().firstBroken()).isEmpty();
    }

    @Test
    void putsAsideWhatViolatesItsSchemaAndGoesOn() {
        events.log.append(Pipelines.event("permission.checked", NOVEMBER, "bad", Map.of("decision", "perhaps")));
        events.log.append(Pipelines.event("unheard.of", NOVEMBER, "bad", Map.of()));
        events.append(1);

        events.awaitAudited(1);
        Awaited.until("both are counted", () -> events.pipeline.state().deadLettered() == 2);

        assertThat(postgres.query(
                        events.databaseName,
                        "SELECT string_agg(reason, '|' ORDER BY sequence) FROM headgate_audit.dead_letter"))
                .contains("/data/action is missing", "/event_type is \"unheard.of\"");
        assertThat(events.number("SELECT count(*) FROM headgate_audit.event")).isEqualTo(1);
    }

    @Test
    void dropsWholeMonthsThatAreTooOldAndKeepsTheirAnchors(@TempDir Path other) {
        var clock = new MutableClock(NOVEMBER);
        try (var aged = Pipelines.create(
                postgres, postgres.createDatabase(), Pipelines.properties(other, "audit.retention", "62d"), clock)) {
            aged.start();
            aged.log.append(Pipelines.decision(NOVEMBER, "old"));
            aged.awaitAudited(1);
            clock.advance(Duration.ofDays(70));
            aged.log.append(Pipelines.decision(NOVEMBER.plus(Duration.ofDays(70)), "new"));
            aged.awaitAudited(2);

            clock.advance(Duration.ofDays(25));
            aged.partitions.upkeep().block(Duration.ofSeconds(60));

            assertThat(aged.audited()).isEqualTo(1);
            assertThat(
                            aged.number(
                                    "SELECT length FROM headgate_audit.chain"
                                            + " WHERE partition = 'audit_2026_11' AND dropped_at IS NOT NULL AND octet_length(head) = 32"))
                    .isEqualTo(1);
            assertThat(aged.verify().firstBroken()).isEmpty();

            aged.log.append(Pipelines.decision(NOVEMBER, "too late"));
            Awaited.until("it is counted", () -> aged.writer.expired() == 1);
            assertThat(aged.verify().firstBroken()).isEmpty();
        }
    }

    @Test
    void movesWhatTheRegistryLeftInItsOutboxOnceAmongTwoInstances(@TempDir Path other) {
        postgres.execute(events.databaseName, """
                CREATE SCHEMA headgate;
                CREATE TABLE headgate.outbox (sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    event_id uuid NOT NULL UNIQUE, event_type text NOT NULL, occurred_at timestamptz NOT NULL,
                    account_id text, user_id text, request_id text, trace_id text, data json NOT NULL);
                INSERT INTO headgate.outbox (event_id, event_type, occurred_at, user_id, data)
                SELECT gen_random_uuid(), 'config.changed', now(), 'ada',
                    '{"kind":"Route","team":"a","name":"b","action":"created","version":1,"revision":1,"origin":"api",
                      "before":null,"after":{"ratio":1.10}}' FROM generate_series(1, 450)
                """);
        try (var second = Pipelines.create(postgres, events.databaseName, Pipelines.properties(other))
                .start()) {
            events.awaitAudited(450);

            Awaited.until("the outbox is empty", () -> events.number("SELECT count(*) FROM headgate.outbox") == 0);
            assertThat(events.log.appended() + second.log.appended()).isEqualTo(450);
            assertThat(events.number("SELECT count(*) FROM headgate_audit.event WHERE data::text LIKE '%1.10%'"))
                    .isEqualTo(450);
        }
    }

    private List<UUID> auditedIds(int count) {
        List<UUID> ids = events.append(count);
        events.awaitAudited(count);
        return ids;
    }

    private void assertBrokenAt(UUID id) {
        AuditStore.Verification verification = events.verify();
        assertThat(verification.firstBroken().flatMap(AuditStore.Broken::eventId))
                .contains(id.toString());
    }

    private List<AuditEntry> find(
            Optional<String> type, Optional<String> request, Optional<AuditQuery.Place> after, int limit) {
        return events.audit
                .find(new AuditQuery(
                        type,
                        request,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        after,
                        limit))
                .flatMapMany(Flux::fromIterable)
                .collectList()
                .blockOptional(Duration.ofSeconds(60))
                .orElseThrow();
    }
}

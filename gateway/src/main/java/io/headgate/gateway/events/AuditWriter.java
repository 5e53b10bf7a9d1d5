package io.headgate.gateway.events;

import static io.headgate.gateway.events.AuditDatabase.executed;
import static io.headgate.gateway.events.AuditDatabase.required;
import static io.headgate.gateway.events.AuditDatabase.rows;

import io.headgate.gateway.events.AuditPartitions.Partition;
import io.r2dbc.spi.Connection;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ArrayNode;

/**
 * Appends events to the audit, each once however often it comes: who appends to a partition holds its chain, sees all
 * that was appended before, and leaves out what is there.
 */
final class AuditWriter {

    private static final String INSERT = """
            WITH fresh AS (
                INSERT INTO headgate_audit.event
                    (event_class, event_id, event_type, occurred_at, account_id, user_id, request_id, trace_id, data,
                     position, prev_hash, hash)
                SELECT $1, event_id, event_type, occurred_at, account_id, user_id, request_id, trace_id, data::json,
                       position, decode(prev_hash, 'hex'), decode(hash, 'hex')
                FROM json_to_recordset($2::json) AS r (event_id uuid, event_type text, occurred_at timestamptz,
                     account_id text, user_id text, request_id text, trace_id text, data text, position bigint,
                     prev_hash text, hash text))
            UPDATE headgate_audit.chain SET length = $3, head = $4, last_event_id = $5 WHERE partition = $6
            """;

    private final AuditDatabase database;
    private final AuditPartitions partitions;
    private final LongAdder written = new LongAdder();
    private final LongAdder expired = new LongAdder();

    AuditWriter(AuditDatabase database, AuditPartitions partitions) {
        this.database = database;
        this.partitions = partitions;
    }

    private record Chain(long length, byte[] head) {}

    Mono<Void> write(List<AuditEntry> entries) {
        Map<Partition, List<AuditEntry>> byPartition = entries.stream()
                .collect(Collectors.groupingBy(
                        Partition::of,
                        () -> new TreeMap<>(Comparator.comparing(Partition::name)),
                        Collectors.toList()));
        return Flux.fromIterable(byPartition.entrySet())
                .concatMap(part -> write(part.getKey(), part.getValue()))
                .then();
    }

    private Mono<Void> write(Partition partition, List<AuditEntry> entries) {
        if (partitions.isExpired(partition)) {
            expired.add(entries.size()); // it would have been dropped by now
            return Mono.empty();
        }
        return partitions
                .ensure(partition)
                .then(database.transaction(connection -> append(connection, partition, entries)))
                .doOnNext(written::add)
                .then();
    }

    /** @return how many were new */
    private static Mono<Integer> append(Connection connection, Partition partition, List<AuditEntry> entries) {
        return lock(connection, partition)
                .flatMap(chain -> known(connection, partition, entries).flatMap(known -> {
                    Collection<AuditEntry> fresh = withoutKnown(entries, known);
                    return fresh.isEmpty()
                            ? Mono.just(0)
                            : insert(connection, partition, chain, fresh).thenReturn(fresh.size());
                }));
    }

    private static Mono<Chain> lock(Connection connection, Partition partition) {
        return rows(
                        connection
                                .createStatement("SELECT length, head FROM headgate_audit.chain"
                                        + " WHERE partition = $1 AND dropped_at IS NULL FOR UPDATE")
                                .bind("$1", partition.name()),
                        row -> new Chain(required(row, "length", Long.class), required(row, "head", byte[].class)))
                .next()
                .switchIfEmpty(Mono.error(() ->
                        new IllegalStateException("the chain of " + partition.name() + " is gone from the audit")));
    }

    /** A statement of its own, after the lock: it must see what the last holder committed. */
    private static Mono<Set<UUID>> known(Connection connection, Partition partition, List<AuditEntry> entries) {
        return rows(
                        connection
                                .createStatement("SELECT event_id FROM headgate_audit." + partition.name()
                                        + " WHERE event_id = ANY($1)")
                                .bind(
                                        "$1",
                                        entries.stream()
                                                .map(AuditEntry::eventId)
                                                .toArray(UUID[]::new)),
                        row -> required(row, "event_id", UUID.class))
                .collect(Collectors.toSet());
    }

    private static Collection<AuditEntry> withoutKnown(List<AuditEntry> entries, Set<UUID> known) {
        Set<UUID> seen = new HashSet<>(known);
        Map<UUID, AuditEntry> fresh = new LinkedHashMap<>();
        for (AuditEntry entry : entries) {
            if (seen.add(entry.eventId())) {
                fresh.put(entry.eventId(), entry);
            }
        }
        return fresh.values();
    }

    private static Mono<Void> insert(
            Connection connection, Partition partition, Chain chain, Collection<AuditEntry> fresh) {
        ArrayNode lines = EventJson.JSON.createArrayNode();
        long position = chain.length();
        byte[] head = chain.head();
        UUID last = new UUID(0, 0);
        for (AuditEntry entry : fresh) {
            position++;
            byte[] hash = entry.link(partition.name(), position, head);
            lines.addObject()
                    .put("event_id", entry.eventId().toString())
                    .put("event_type", entry.eventType())
                    .put("occurred_at", entry.occurredAt().toString())
                    .put("account_id", entry.accountId().orElse(null))
                    .put("user_id", entry.userId().orElse(null))
                    .put("request_id", entry.requestId().orElse(null))
                    .put("trace_id", entry.traceId().orElse(null))
                    .put("data", entry.data())
                    .put("position", position)
                    .put("prev_hash", AuditEntry.hex(head))
                    .put("hash", AuditEntry.hex(hash));
            head = hash;
            last = entry.eventId();
        }
        return executed(connection
                .createStatement(INSERT)
                .bind("$1", partition.eventClass().tag())
                .bind("$2", EventJson.JSON.writeValueAsString(lines))
                .bind("$3", position)
                .bind("$4", head)
                .bind("$5", last)
                .bind("$6", partition.name()));
    }

    /** Events that are in the audit by this instance. */
    long written() {
        return written.sum();
    }

    /** Events that were older than their class is kept when they came. */
    long expired() {
        return expired.sum();
    }
}

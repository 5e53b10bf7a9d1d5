package io.headgate.gateway.events;

import static io.headgate.gateway.events.AuditDatabase.required;
import static io.headgate.gateway.events.AuditDatabase.rows;

import io.headgate.api.Event;
import io.headgate.api.EventLog;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Moves the events that changes of the configuration left in the registry's transaction into the spool. A row is held by
 * one instance, and is gone once the disk has its event; after a crash in between it comes twice, with the same id.
 */
final class Outbox {

    private static final int AT_ONCE = 100;
    private static final String TAKE = "DELETE FROM headgate.outbox WHERE sequence IN"
            + " (SELECT sequence FROM headgate.outbox ORDER BY sequence LIMIT " + AT_ONCE + " FOR UPDATE SKIP LOCKED)"
            + " RETURNING *";

    private final AuditDatabase database;
    private final EventLog events;
    private final Spool spool;
    private final long maxEvent;
    private final Scheduler scheduler;

    Outbox(AuditDatabase database, EventLog events, Spool spool, EventsProperties properties, Scheduler scheduler) {
        this.database = database;
        this.events = events;
        this.spool = spool;
        this.maxEvent = properties.maxEventSize().toBytes();
        this.scheduler = scheduler;
    }

    private record Line(long sequence, Event event) {}

    /** @return whether there may be more */
    Mono<Boolean> move() {
        return database.transaction(connection -> rows(connection.createStatement(TAKE), Outbox::line)
                .collectSortedList(Comparator.comparingLong(Line::sequence))
                .publishOn(scheduler)
                .map(this::keep));
    }

    private boolean keep(List<Line> lines) {
        lines.forEach(line -> events.append(fitting(line.event())));
        if (!lines.isEmpty()) {
            spool.force(); // the rows are gone for good after this
        }
        return lines.size() == AT_ONCE;
    }

    /** Who changed what is kept in any case; the documents themselves are in the registry's versions. */
    private Event fitting(Event event) {
        if (EventJson.write(event).length <= maxEvent) {
            return event;
        }
        Map<String, Object> data = new LinkedHashMap<>(event.data());
        data.put("before", JsonNodeFactory.instance.nullNode());
        data.put("after", JsonNodeFactory.instance.nullNode());
        data.put("omitted", "before and after, for their size");
        return new Event(
                event.eventId(),
                event.eventType(),
                event.occurredAt(),
                event.accountId(),
                event.userId(),
                event.requestId(),
                event.traceId(),
                data);
    }

    private static Line line(Readable row) {
        Map<String, Object> data = new LinkedHashMap<>();
        JsonNode document = EventJson.JSON.readTree(required(row, "data", String.class));
        document.properties().forEach(member -> data.put(member.getKey(), member.getValue()));
        return new Line(
                required(row, "sequence", Long.class),
                new Event(
                        required(row, "event_id", UUID.class),
                        required(row, "event_type", String.class),
                        required(row, "occurred_at", Instant.class),
                        Optional.ofNullable(row.get("account_id", String.class)),
                        Optional.ofNullable(row.get("user_id", String.class)),
                        Optional.ofNullable(row.get("request_id", String.class)),
                        Optional.ofNullable(row.get("trace_id", String.class)),
                        data));
    }
}

package io.headgate.export;

import static io.headgate.export.JobDatabase.bind;
import static io.headgate.export.JobDatabase.executed;
import static io.headgate.export.JobDatabase.rows;

import io.headgate.api.Event;
import io.headgate.api.EventIds;
import io.headgate.api.EventLog;
import io.r2dbc.spi.Connection;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.core.type.TypeReference;

/**
 * What is told about jobs. An event is written with the change that it tells of, in one transaction, and handed to the
 * event log afterwards: more than once if need be, under the same id, and never not at all.
 */
final class JobEvents {

    private static final int BATCH = 100;
    private static final TypeReference<Map<String, Object>> MEMBERS = new TypeReference<>() {};

    private final JobDatabase database;
    private final Supplier<@Nullable EventLog> log;
    private final EventIds ids;
    private final Clock clock;

    /** @param log asked for at the first event; without one, what is to be told is let go */
    JobEvents(JobDatabase database, Supplier<@Nullable EventLog> log, EventIds ids, Clock clock) {
        this.database = database;
        this.log = log;
        this.ids = ids;
        this.clock = clock;
    }

    Mono<Void> requested(Connection connection, Job job) {
        return write(connection, "export.requested", job, data(job));
    }

    /** That it is over, in whatever way; an expiry is told by nobody. */
    Mono<Void> ended(Connection connection, Job job) {
        Map<String, Object> data = data(job);
        data.put("rows", job.rows());
        data.put("bytes", job.bytes());
        data.put("attempts", job.attempts());
        if (job.state() == JobState.COMPLETED) {
            data.put("sha256", job.sha256().orElseThrow());
            return write(connection, "export.completed", job, data);
        }
        data.put("reason", job.reason().orElse(job.state().word()));
        return write(connection, "export.failed", job, data);
    }

    /** Kept before the first byte leaves: what cannot be told is not handed out. */
    void downloaded(Job job, String subject, String range, Job.Trace trace) {
        EventLog present = log.get();
        if (present == null) {
            return;
        }
        Map<String, Object> data = data(job);
        data.put("sha256", job.sha256().orElse(""));
        data.put("bytes", job.bytes());
        data.put("range", range);
        present.append(new Event(
                ids.next(),
                "export.downloaded",
                clock.instant(),
                Optional.of(job.order().tenant()),
                Optional.of(subject),
                trace.requestId(),
                trace.traceId(),
                data));
    }

    private static Map<String, Object> data(Job job) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("export_id", job.id().toString());
        data.put("dataset", job.order().dataset().toString());
        data.put("format", job.order().format().name().toLowerCase(Locale.ROOT));
        data.put("filter_hash", Digests.hex(job.order().query()));
        return data;
    }

    private Mono<Void> write(Connection connection, String type, Job job, Map<String, Object> data) {
        var statement = connection
                .createStatement("INSERT INTO headgate_export.outbox (event_id, event_type, occurred_at, tenant,"
                        + " subject, request_id, trace_id, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json)")
                .bind("$1", ids.next())
                .bind("$2", type)
                .bind("$3", clock.instant())
                .bind("$4", job.order().tenant())
                .bind("$5", job.order().subject())
                .bind("$8", Job.JSON.writeValueAsString(data));
        bind(statement, "$6", job.trace().requestId(), String.class);
        bind(statement, "$7", job.trace().traceId(), String.class);
        return executed(statement);
    }

    /** Hands a batch over; says whether there is more. What the log does not take stays for the next time. */
    Mono<Boolean> handOver() {
        return database.transaction(connection -> rows(
                        connection.createStatement("DELETE FROM headgate_export.outbox WHERE event_id IN"
                                + " (SELECT event_id FROM headgate_export.outbox ORDER BY event_id LIMIT "
                                + BATCH + " FOR UPDATE SKIP LOCKED) RETURNING *"),
                        JobEvents::event)
                .collectList()
                .map(events -> {
                    EventLog present = log.get();
                    if (present != null) {
                        events.stream()
                                .sorted(java.util.Comparator.comparing(Event::occurredAt))
                                .forEach(present::append);
                    }
                    return events.size() == BATCH;
                }));
    }

    private static Event event(io.r2dbc.spi.Readable row) {
        return new Event(
                JobDatabase.required(row, "event_id", UUID.class),
                JobDatabase.required(row, "event_type", String.class),
                JobDatabase.required(row, "occurred_at", Instant.class),
                Optional.of(JobDatabase.required(row, "tenant", String.class)),
                Optional.of(JobDatabase.required(row, "subject", String.class)),
                Optional.ofNullable(row.get("request_id", String.class)),
                Optional.ofNullable(row.get("trace_id", String.class)),
                Job.JSON.readValue(JobDatabase.required(row, "data", String.class), MEMBERS));
    }
}

package io.headgate.export;

import static io.headgate.export.JobDatabase.required;

import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/**
 * An export that is run beside the request that asked for it, as its row tells.
 *
 * @param fence rises with each attempt: whoever holds an older one has no say any more
 * @param rows of the attempt that runs, or ran last
 * @param location of the whole file in the storage
 * @param source where the rows come from, as JSON
 */
record Job(
        UUID id,
        ExportOrder order,
        JobState state,
        long fence,
        int attempts,
        boolean cancelling,
        long rows,
        long bytes,
        OptionalLong estimate,
        Optional<String> sha256,
        Optional<String> location,
        Optional<String> source,
        Optional<String> reason,
        Optional<String> notifyUrl,
        String bodyHash,
        Trace trace,
        Times times) {

    static final JsonMapper JSON = JsonMapper.builder().build();
    static final String COLUMNS =
            "id, asked, state, fence, attempts, cancelling, rows, bytes, estimate, sha256, location,"
                    + " source, reason, notify_url, body_hash, request_id, trace_id, created_at, started_at, ended_at, expires_at";

    /** The request that asked for it. */
    record Trace(Optional<String> requestId, Optional<String> traceId) {}

    record Times(Instant created, Optional<Instant> started, Optional<Instant> ended, Optional<Instant> expires) {}

    static Job of(Readable row) {
        Long estimate = row.get("estimate", Long.class);
        return new Job(
                required(row, "id", UUID.class),
                JSON.readValue(required(row, "asked", String.class), ExportOrder.class),
                JobState.of(required(row, "state", String.class)),
                required(row, "fence", Long.class),
                required(row, "attempts", Integer.class),
                required(row, "cancelling", Boolean.class),
                required(row, "rows", Long.class),
                required(row, "bytes", Long.class),
                estimate == null ? OptionalLong.empty() : OptionalLong.of(estimate),
                text(row, "sha256"),
                text(row, "location"),
                text(row, "source"),
                text(row, "reason"),
                text(row, "notify_url"),
                required(row, "body_hash", String.class),
                new Trace(text(row, "request_id"), text(row, "trace_id")),
                new Times(
                        required(row, "created_at", Instant.class),
                        time(row, "started_at"),
                        time(row, "ended_at"),
                        time(row, "expires_at")));
    }

    private static Optional<String> text(Readable row, String column) {
        return Optional.ofNullable(row.get(column, String.class));
    }

    private static Optional<Instant> time(Readable row, String column) {
        return Optional.ofNullable(row.get(column, Instant.class));
    }

    /** What the file is called where it is kept: no attempt writes where another did. */
    StoredName fileName() {
        return new StoredName(id, fence, FileKind.of(order).extension());
    }
}

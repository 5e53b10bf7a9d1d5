package io.headgate.export;

import static io.headgate.export.JobDatabase.bind;
import static io.headgate.export.JobDatabase.required;
import static io.headgate.export.JobDatabase.rows;

import io.headgate.api.EventIds;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Jobs as those see them who ask for them. What runs them is the {@link JobQueue}. */
final class JobStore {

    private final JobDatabase database;
    private final JobEvents events;
    private final WebhookOutbox webhooks;
    private final JobsProperties settings;
    private final EventIds ids;
    private final Clock clock;

    JobStore(
            JobDatabase database,
            JobEvents events,
            WebhookOutbox webhooks,
            JobsProperties settings,
            EventIds ids,
            Clock clock) {
        this.database = database;
        this.events = events;
        this.webhooks = webhooks;
        this.settings = settings;
        this.ids = ids;
        this.clock = clock;
    }

    /** @param isNew whether it was made by this request, and not by an earlier one with the same key */
    record Created(Job job, boolean isNew) {}

    /**
     * Writes a job down, or finds the one that the key was used for. Ends in {@code conflict} where that was another
     * request, and in {@code too-many-requests} or {@code export-too-large} where the tenant's quota has no room. The
     * tenant's row is locked meanwhile, so that two requests cannot both take the last place.
     */
    Mono<Created> create(JobRequest request) {
        return database.transaction(connection -> usage(
                        connection, request.order().tenant())
                .flatMap(usage -> earlier(connection, request)
                        .map(job -> new Created(requireSame(job, request), false))
                        .switchIfEmpty(Mono.defer(() -> {
                            requireRoom(request, usage);
                            return insert(connection, request).map(job -> new Created(job, true));
                        }))));
    }

    /** @param rows that the tenant's exports had today */
    private record Usage(int queued, long rows, long bytes) {}

    private Mono<Usage> usage(Connection connection, String tenant) {
        JobsProperties.Quota quota = settings.quotaOf(tenant);
        return rows(
                        connection
                                .createStatement("INSERT INTO headgate_export.tenant AS t (tenant, weight, max_running,"
                                        + " day) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant) DO UPDATE SET"
                                        + " weight = excluded.weight, max_running = excluded.max_running,"
                                        + " day_rows = CASE WHEN t.day = excluded.day THEN t.day_rows ELSE 0 END,"
                                        + " day_bytes = CASE WHEN t.day = excluded.day THEN t.day_bytes ELSE 0 END,"
                                        + " day = excluded.day RETURNING queued, day_rows, day_bytes")
                                .bind("$1", tenant)
                                .bind("$2", quota.weight())
                                .bind("$3", quota.running())
                                .bind("$4", today()),
                        row -> new Usage(
                                required(row, "queued", Integer.class),
                                required(row, "day_rows", Long.class),
                                required(row, "day_bytes", Long.class)))
                .single();
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static Mono<Job> earlier(Connection connection, JobRequest request) {
        return Mono.justOrEmpty(request.idempotencyKey())
                .flatMap(key -> rows(
                                connection
                                        .createStatement("SELECT " + Job.COLUMNS + " FROM headgate_export.job"
                                                + " WHERE tenant = $1 AND subject = $2 AND idempotency_key = $3")
                                        .bind("$1", request.order().tenant())
                                        .bind("$2", request.order().subject())
                                        .bind("$3", key),
                                Job::of)
                        .next());
    }

    private static Job requireSame(Job job, JobRequest request) {
        if (!job.bodyHash().equals(request.bodyHash())) {
            throw Problem.of(
                            ProblemType.CONFLICT,
                            "Idempotency-Key: used for export " + job.id() + " (expected: a key of its own for each"
                                    + " request)")
                    .asException();
        }
        return job;
    }

    private void requireRoom(JobRequest request, Usage usage) {
        JobsProperties.Quota quota = settings.quotaOf(request.order().tenant());
        if (usage.queued() >= quota.queued()) {
            throw Problem.tryLater(
                            ProblemType.TOO_MANY_REQUESTS,
                            usage.queued() + " exports of this tenant are waiting (expected: fewer than "
                                    + quota.queued() + ")",
                            settings.worker().lease())
                    .asException();
        }
        long expected = request.estimate().orElse(1);
        if (expected > quota.rowsPerDay()) {
            throw Problem.of(
                            ProblemType.EXPORT_TOO_LARGE,
                            "About " + expected + " rows (expected: at most " + quota.rowsPerDay()
                                    + ", which this tenant may export in a day)")
                    .asException();
        }
        if (expected > quota.rowsPerDay() - usage.rows()) {
            throw tomorrow(usage.rows() + " rows", quota.rowsPerDay());
        }
        if (usage.bytes() >= quota.bytesPerDay().toBytes()) {
            throw tomorrow(usage.bytes() + " bytes", quota.bytesPerDay().toBytes());
        }
    }

    private RuntimeException tomorrow(String used, long limit) {
        Instant midnight = today().plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        return Problem.tryLater(
                        ProblemType.TOO_MANY_REQUESTS,
                        "This tenant exported " + used + " today (expected: at most " + limit + " in a day)",
                        Duration.between(clock.instant(), midnight))
                .asException();
    }

    private Mono<Job> insert(Connection connection, JobRequest request) {
        ExportOrder order = request.order();
        boolean small = request.estimate().isPresent()
                && request.estimate().getAsLong() <= settings.worker().smallRows();
        Statement statement = connection
                .createStatement("INSERT INTO headgate_export.job (id, tenant, subject, asked, query_hash, small,"
                        + " priority, state, estimate, notify_url, idempotency_key, body_hash, request_id, trace_id,"
                        + " created_at, run_after) VALUES ($1, $2, $3, $4::json, $5, $6, $7, 'queued', $8, $9, $10,"
                        + " $11, $12, $13, $14, now()) RETURNING " + Job.COLUMNS)
                .bind("$1", ids.next())
                .bind("$2", order.tenant())
                .bind("$3", order.subject())
                .bind("$4", Job.JSON.writeValueAsString(order))
                .bind("$5", Digests.hex(order.query()))
                .bind("$6", small)
                .bind("$7", (short) request.priority())
                .bind("$11", request.bodyHash())
                .bind("$14", clock.instant());
        bind(statement, "$8", boxed(request.estimate()), Long.class);
        bind(statement, "$9", request.notifyUrl(), String.class);
        bind(statement, "$10", request.idempotencyKey(), String.class);
        bind(statement, "$12", request.trace().requestId(), String.class);
        bind(statement, "$13", request.trace().traceId(), String.class);
        return rows(statement, Job::of)
                .single()
                .flatMap(job -> events.requested(connection, job).thenReturn(job));
    }

    private static Optional<Long> boxed(OptionalLong value) {
        return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
    }

    /** Empty where the tenant has no such job: that another has one is nobody's business. */
    Mono<Job> find(String tenant, UUID id) {
        return database.transaction(connection -> rows(
                        connection
                                .createStatement("SELECT " + Job.COLUMNS
                                        + " FROM headgate_export.job WHERE id = $1 AND tenant = $2")
                                .bind("$1", id)
                                .bind("$2", tenant),
                        Job::of)
                .next());
    }

    /** The newest first. */
    Mono<List<Job>> list(String tenant, Optional<String> subject, Optional<UUID> before, int limit) {
        String ofSubject = subject.isPresent() ? " AND subject = $4" : "";
        return database.transaction(connection -> {
            Statement statement = connection
                    .createStatement("SELECT " + Job.COLUMNS + " FROM headgate_export.job WHERE tenant = $1 AND id < $2"
                            + ofSubject + " ORDER BY id DESC LIMIT $3")
                    .bind("$1", tenant)
                    .bind("$2", before.orElse(new UUID(-1, -1)))
                    .bind("$3", limit);
            subject.ifPresent(name -> statement.bind("$4", name));
            return rows(statement, Job::of).collectList();
        });
    }

    /** How far jobs are that are looked at, in one question for all of them. */
    Mono<List<Job>> find(List<UUID> watched) {
        return database.transaction(connection -> rows(
                        connection
                                .createStatement(
                                        "SELECT " + Job.COLUMNS + " FROM headgate_export.job WHERE id = ANY($1)")
                                .bind("$1", watched.toArray(UUID[]::new)),
                        Job::of)
                .collectList());
    }

    /**
     * Ends a job: one that waits at once, one that runs as soon as its worker hears of it, and of one that is complete
     * the file goes before its time. One that is over stays as it is.
     */
    Mono<Job> end(Job job) {
        return database.transaction(connection -> rows(
                        connection
                                .createStatement("UPDATE headgate_export.job SET cancelling = true,"
                                        + " state = CASE state WHEN 'queued' THEN 'cancelled'"
                                        + " WHEN 'completed' THEN 'expired' ELSE state END,"
                                        + " ended_at = CASE state WHEN 'queued' THEN $2 ELSE ended_at END,"
                                        + " reason = CASE state WHEN 'queued' THEN 'cancelled'"
                                        + " WHEN 'completed' THEN 'deleted' ELSE reason END"
                                        + " WHERE id = $1 AND state IN ('queued', 'running', 'completed') RETURNING "
                                        + Job.COLUMNS)
                                .bind("$1", job.id())
                                .bind("$2", clock.instant()),
                        Job::of)
                .next()
                .flatMap(ended -> ended.state() == JobState.CANCELLED
                        ? tell(connection, ended).thenReturn(ended)
                        : Mono.just(ended))
                .switchIfEmpty(Mono.just(job)));
    }

    private Mono<Void> tell(Connection connection, Job job) {
        return events.ended(connection, job).then(webhooks.ended(connection, job));
    }
}

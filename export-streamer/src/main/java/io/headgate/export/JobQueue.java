package io.headgate.export;

import static io.headgate.export.JobDatabase.bind;
import static io.headgate.export.JobDatabase.changed;
import static io.headgate.export.JobDatabase.executed;
import static io.headgate.export.JobDatabase.required;
import static io.headgate.export.JobDatabase.rows;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import reactor.core.publisher.Mono;

/**
 * The line that jobs stand in, and the leases of those that run. A lease is measured by the clock of the database, the
 * one that all workers share; whoever lost one changes nothing any more, since every statement of a worker names the
 * fence that it was given.
 */
final class JobQueue {

    enum Lane {
        ANY,
        /** Takes small exports alone, so that large ones never hold all slots. */
        SMALL
    }

    /** What a worker learns from its heartbeat. */
    enum Beat {
        GO_ON,
        CANCELLED,
        OVER_QUOTA,
        /** Somebody else has the job, or nobody. */
        LOST
    }

    private static final String HELD = " WHERE id = $1 AND fence = $2 AND state = 'running'";

    private final JobDatabase database;
    private final JobEvents events;
    private final WebhookOutbox webhooks;
    private final JobsProperties settings;
    private final Clock clock;

    JobQueue(JobDatabase database, JobEvents events, WebhookOutbox webhooks, JobsProperties settings, Clock clock) {
        this.database = database;
        this.events = events;
        this.webhooks = webhooks;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * The next job, with a lease on it. First comes the tenant that has the fewest running for its weight, among those
     * the one that was served longest ago; of its jobs the one of the highest priority, among those the oldest.
     */
    Mono<Job> claim(String worker, Lane lane) {
        String waiting = lane == Lane.SMALL ? "t.queued_small > 0" : "t.queued > 0";
        String fits = "state = 'queued' AND run_after <= now()" + (lane == Lane.SMALL ? " AND small" : "");
        return database.transaction(connection -> rows(
                        connection
                                .createStatement(
                                        "WITH turn AS MATERIALIZED (SELECT t.tenant FROM headgate_export.tenant t"
                                                + " WHERE " + waiting + " AND t.running < t.max_running AND EXISTS"
                                                + " (SELECT FROM headgate_export.job WHERE tenant = t.tenant AND "
                                                + fits + ")"
                                                + " ORDER BY t.load, t.served_at, t.tenant LIMIT 1 FOR UPDATE OF t SKIP LOCKED),"
                                                + " head AS MATERIALIZED (SELECT id FROM headgate_export.job WHERE tenant ="
                                                + " (SELECT tenant FROM turn) AND " + fits
                                                + " ORDER BY priority DESC, created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED),"
                                                + " taken AS (UPDATE headgate_export.job j SET state = 'running', worker = $1,"
                                                + " lease_until = now() + " + millis("$2") + ", fence = fence + 1,"
                                                + " attempts = attempts + 1, rows = 0, bytes = 0, source = NULL,"
                                                + " started_at = coalesce(started_at, $3)"
                                                + " FROM head WHERE j.id = head.id RETURNING j.*)"
                                                + " SELECT " + Job.COLUMNS + " FROM taken")
                                .bind("$1", worker)
                                .bind("$2", (double) settings.worker().lease().toMillis())
                                .bind("$3", clock.instant()),
                        Job::of)
                .next()
                .flatMap(job -> executed(connection
                                .createStatement("UPDATE headgate_export.tenant SET served_at = clock_timestamp()"
                                        + " WHERE tenant = $1")
                                .bind("$1", job.order().tenant()))
                        .thenReturn(job)));
    }

    private static String millis(String parameter) {
        return parameter + " * interval '1 millisecond'";
    }

    /** Jobs that wait, of all tenants. */
    Mono<Long> queued() {
        return database.transaction(connection -> rows(
                        connection.createStatement(
                                "SELECT coalesce(sum(queued), 0)::int8 AS queued FROM headgate_export.tenant"),
                        row -> required(row, "queued", Long.class))
                .single());
    }

    /** Renews the lease and tells how far the attempt is. */
    Mono<Beat> beat(Job job, ExportTally tally) {
        JobsProperties.Quota quota = settings.quotaOf(job.order().tenant());
        return database.transaction(connection -> {
            Statement statement = held(
                            connection.createStatement("UPDATE headgate_export.job SET lease_until = now() + "
                                    + millis("$3") + ", rows = $4, bytes = $5, estimate = coalesce($6, estimate)" + HELD
                                    + " RETURNING cancelling, (SELECT t.day = $7 AND (t.day_rows + $4 > $8"
                                    + " OR t.day_bytes + $5 > $9) FROM headgate_export.tenant t"
                                    + " WHERE t.tenant = job.tenant) AS over"),
                            job)
                    .bind("$3", (double) settings.worker().lease().toMillis())
                    .bind("$4", tally.rows())
                    .bind("$5", tally.bytes())
                    .bind("$7", today())
                    .bind("$8", quota.rowsPerDay())
                    .bind("$9", quota.bytesPerDay().toBytes());
            bind(statement, "$6", tally.source().map(ExportTally.Source::estimate), Long.class);
            return rows(statement, JobQueue::beat).next().defaultIfEmpty(Beat.LOST);
        });
    }

    private static Beat beat(io.r2dbc.spi.Readable row) {
        if (required(row, "cancelling", Boolean.class)) {
            return Beat.CANCELLED;
        }
        return required(row, "over", Boolean.class) ? Beat.OVER_QUOTA : Beat.GO_ON;
    }

    /**
     * Makes the file the job's own: from here on it can be had. False where the lease is lost or the job is called off,
     * and then nobody ever sees it. May be asked again where the answer got lost.
     */
    Mono<Boolean> publish(Job job, ExportTally tally, JobStorage.Stored file) {
        return database.transaction(connection -> {
            Statement statement = held(
                            connection.createStatement("UPDATE headgate_export.job SET state = 'completed',"
                                    + " lease_until = NULL, worker = NULL, rows = $3, bytes = $4, sha256 = $5,"
                                    + " location = $6, source = $7::json, reason = NULL, ended_at = $8,"
                                    + " expires_at = $9" + HELD + " AND NOT cancelling RETURNING " + Job.COLUMNS),
                            job)
                    .bind("$3", tally.rows())
                    .bind("$4", file.bytes())
                    .bind("$5", file.sha256())
                    .bind("$6", file.location())
                    .bind("$8", clock.instant())
                    .bind("$9", clock.instant().plus(settings.files().keep()));
            bind(statement, "$7", tally.source().map(Manifest::source).map(Job.JSON::writeValueAsString), String.class);
            return rows(statement, Job::of)
                    .next()
                    .flatMap(done ->
                            spend(connection, done).then(tell(connection, done)).thenReturn(true))
                    .switchIfEmpty(Mono.defer(() -> isPublished(connection, job, file)));
        });
    }

    private static Mono<Boolean> isPublished(Connection connection, Job job, JobStorage.Stored file) {
        return rows(
                        connection
                                .createStatement("SELECT count(*) AS found FROM headgate_export.job WHERE id = $1"
                                        + " AND fence = $2 AND state = 'completed' AND location = $3")
                                .bind("$1", job.id())
                                .bind("$2", job.fence())
                                .bind("$3", file.location()),
                        row -> required(row, "found", Long.class) == 1)
                .single();
    }

    /** Ends the job for good. */
    Mono<Boolean> fail(Job job, ExportTally tally, JobState state, String reason) {
        return database.transaction(connection -> rows(
                        held(
                                        connection.createStatement("UPDATE headgate_export.job SET state = $3,"
                                                + " lease_until = NULL, worker = NULL, reason = $4, ended_at = $5,"
                                                + " rows = $6, bytes = $7" + HELD + " RETURNING " + Job.COLUMNS),
                                        job)
                                .bind("$3", state.word())
                                .bind("$4", reason)
                                .bind("$5", clock.instant())
                                .bind("$6", tally.rows())
                                .bind("$7", tally.bytes()),
                        Job::of)
                .next()
                .flatMap(done ->
                        spend(connection, done).then(tell(connection, done)).thenReturn(true))
                .defaultIfEmpty(false));
    }

    /** Puts the job back into the line. */
    Mono<Boolean> startOver(Job job, String reason, Duration delay) {
        return requeue(job, reason, delay, 0);
    }

    /** Puts it back as if it had not been taken: the worker leaves, through no fault of the job. */
    Mono<Boolean> release(Job job) {
        return requeue(job, "worker-stopped", Duration.ZERO, 1);
    }

    /** The same for one that found no room to read its rows, or nobody to read them from. */
    Mono<Boolean> waitForRoom(Job job, String reason, Duration delay) {
        return requeue(job, reason, delay, 1);
    }

    private Mono<Boolean> requeue(Job job, String reason, Duration delay, int forgiven) {
        return database.transaction(connection -> changed(held(
                                connection.createStatement("UPDATE headgate_export.job SET state = 'queued',"
                                        + " lease_until = NULL, worker = NULL, reason = $3,"
                                        + " attempts = attempts - $4, run_after = now() + " + millis("$5")
                                        + HELD),
                                job)
                        .bind("$3", reason)
                        .bind("$4", forgiven)
                        .bind("$5", (double) delay.toMillis()))
                .map(count -> count == 1));
    }

    /** What was read counts against the day, whether or not it became a file. */
    private Mono<Void> spend(Connection connection, Job job) {
        return executed(connection
                .createStatement("UPDATE headgate_export.tenant SET"
                        + " day_rows = $2 + CASE WHEN day = $4 THEN day_rows ELSE 0 END,"
                        + " day_bytes = $3 + CASE WHEN day = $4 THEN day_bytes ELSE 0 END, day = $4"
                        + " WHERE tenant = $1")
                .bind("$1", job.order().tenant())
                .bind("$2", job.rows())
                .bind("$3", job.bytes())
                .bind("$4", today()));
    }

    private Mono<Void> tell(Connection connection, Job job) {
        return events.ended(connection, job).then(webhooks.ended(connection, job));
    }

    private LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private static Statement held(Statement statement, Job job) {
        return statement.bind("$1", job.id()).bind("$2", job.fence());
    }
}

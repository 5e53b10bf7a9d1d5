package io.headgate.export;

import static io.headgate.export.JobDatabase.rows;

import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** Sees to it that every job ends: those whose worker has gone silent, and those that have waited for too long. */
final class OverdueJobs {

    private final JobDatabase database;
    private final JobEvents events;
    private final WebhookOutbox webhooks;
    private final JobsProperties.Worker settings;
    private final Clock clock;

    OverdueJobs(
            JobDatabase database,
            JobEvents events,
            WebhookOutbox webhooks,
            JobsProperties.Worker settings,
            Clock clock) {
        this.database = database;
        this.events = events;
        this.webhooks = webhooks;
        this.settings = settings;
        this.clock = clock;
    }

    /** Takes one job from a worker that has been silent for too long. Says whether there was one. */
    Mono<Boolean> takeOver() {
        return one(connection -> connection
                .createStatement("UPDATE headgate_export.job SET lease_until = NULL, worker = NULL,"
                        + " state = CASE WHEN cancelling THEN 'cancelled' WHEN attempts >= $1"
                        + " THEN 'failed' ELSE 'queued' END,"
                        + " reason = CASE WHEN cancelling THEN 'cancelled' ELSE 'worker-lost' END,"
                        + " ended_at = CASE WHEN cancelling OR attempts >= $1 THEN $2 END,"
                        + " run_after = now() WHERE id = (SELECT id FROM headgate_export.job"
                        + " WHERE state = 'running' AND lease_until < now() ORDER BY lease_until"
                        + " LIMIT 1 FOR UPDATE SKIP LOCKED) AND state = 'running' RETURNING "
                        + Job.COLUMNS)
                .bind("$1", settings.attempts())
                .bind("$2", clock.instant()));
    }

    /**
     * Ends one job that still stands in the line long after it was made, with the reason for which it was put back there
     * last. Says whether there was one.
     */
    Mono<Boolean> giveUp() {
        return one(connection -> connection
                .createStatement("UPDATE headgate_export.job SET state = 'failed',"
                        + " reason = coalesce(nullif(reason, 'worker-stopped'), 'waited-too-long'), ended_at = $2"
                        + " WHERE id = (SELECT id FROM headgate_export.job WHERE state = 'queued' AND created_at <= $1"
                        + " ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED) AND state = 'queued' RETURNING "
                        + Job.COLUMNS)
                .bind("$1", clock.instant().minus(settings.maxWait()))
                .bind("$2", clock.instant()));
    }

    private Mono<Boolean> one(Function<Connection, Statement> change) {
        return database.transaction(connection -> rows(change.apply(connection), Job::of)
                .next()
                .flatMap(job -> (job.state().isOver() ? tell(connection, job) : Mono.<Void>empty()).thenReturn(true))
                .defaultIfEmpty(false));
    }

    private Mono<Void> tell(Connection connection, Job job) {
        return events.ended(connection, job).then(webhooks.ended(connection, job));
    }
}

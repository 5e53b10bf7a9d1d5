package io.headgate.export;

import static io.headgate.export.JobDatabase.changed;
import static io.headgate.export.JobDatabase.executed;
import static io.headgate.export.JobDatabase.required;
import static io.headgate.export.JobDatabase.rows;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** What jobs leave behind: files whose time is over, attempts that nobody finished, and what is known of old jobs. */
final class JobRemains {

    private final JobDatabase database;
    private final JobsProperties.Files settings;
    private final Clock clock;

    JobRemains(JobDatabase database, JobsProperties.Files settings, Clock clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    /** Of attempts' files those that are not their job's, and will not become it. */
    Mono<List<JobStorage.Found>> unwanted(List<JobStorage.Found> files) {
        record Attempted(UUID job, long fence) {}
        UUID[] ids = files.stream().map(file -> file.name().job()).distinct().toArray(UUID[]::new);
        return database.transaction(connection -> rows(
                        connection
                                .createStatement("SELECT id, fence FROM headgate_export.job WHERE id = ANY($1)"
                                        + " AND (state = 'running' OR location IS NOT NULL)")
                                .bind("$1", ids),
                        row -> new Attempted(required(row, "id", UUID.class), required(row, "fence", Long.class)))
                .collect(Collectors.toSet())
                .map(wanted -> files.stream()
                        .filter(file -> !wanted.contains(
                                new Attempted(file.name().job(), file.name().fence())))
                        .toList()));
    }

    /** Ends the time of files that were kept long enough. Says how many. */
    Mono<Long> expire() {
        return database.transaction(connection -> changed(connection
                .createStatement("UPDATE headgate_export.job SET state = 'expired', reason = 'expired' WHERE id IN"
                        + " (SELECT id FROM headgate_export.job WHERE state = 'completed' AND expires_at <= $1"
                        + " ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)")
                .bind("$1", clock.instant())
                .bind("$2", settings.sweepBatch())));
    }

    /** A job whose file can go. */
    Mono<Optional<Job>> expired() {
        return database.transaction(connection -> rows(
                        connection.createStatement("SELECT " + Job.COLUMNS + " FROM headgate_export.job"
                                + " WHERE state = 'expired' AND location IS NOT NULL ORDER BY ended_at LIMIT 1"),
                        Job::of)
                .next()
                .map(Optional::of)
                .defaultIfEmpty(Optional.empty()));
    }

    /** @see #expired once the file is gone */
    Mono<Void> forgetFile(Job job) {
        return database.transaction(connection -> executed(connection
                .createStatement("UPDATE headgate_export.job SET location = NULL WHERE id = $1 AND state = 'expired'")
                .bind("$1", job.id())));
    }

    /** Forgets jobs that have been over for long. */
    Mono<Long> forgetJobs() {
        return database.transaction(connection -> changed(connection
                .createStatement("DELETE FROM headgate_export.job WHERE id IN (SELECT id FROM headgate_export.job"
                        + " WHERE state IN ('failed', 'cancelled', 'expired') AND location IS NULL AND ended_at < $1"
                        + " ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)")
                .bind("$1", clock.instant().minus(settings.keepJobs()))
                .bind("$2", settings.sweepBatch())));
    }
}

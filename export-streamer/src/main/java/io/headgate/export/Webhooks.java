package io.headgate.export;

import static io.headgate.export.JobDatabase.bind;
import static io.headgate.export.JobDatabase.changed;
import static io.headgate.export.JobDatabase.executed;
import static io.headgate.export.JobDatabase.required;
import static io.headgate.export.JobDatabase.rows;

import io.headgate.export.WebhookCaller.Answer;
import io.headgate.export.WebhookCaller.Notice;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.Readable;
import io.r2dbc.spi.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * Delivers notices. An attempt is written down before it is made, with the time after which it counts as lost; so a
 * process that ends in between costs a repetition and not a notice.
 */
final class Webhooks {

    private final JobDatabase database;
    private final WebhookSecrets secrets;
    private final WebhookCaller caller;
    private final WebhookSchedule schedule;
    private final Duration timeout;
    private final Clock clock;

    Webhooks(
            JobDatabase database,
            WebhookSecrets secrets,
            WebhookCaller caller,
            WebhookSchedule schedule,
            Duration timeout,
            Clock clock) {
        this.database = database;
        this.secrets = secrets;
        this.caller = caller;
        this.schedule = schedule;
        this.timeout = timeout;
        this.clock = clock;
    }

    private record Due(UUID id, String tenant, String url, String payload, int attempt) {
        static Due of(Readable row) {
            return new Due(
                    required(row, "id", UUID.class),
                    required(row, "tenant", String.class),
                    required(row, "url", String.class),
                    required(row, "payload", String.class),
                    required(row, "attempts", Integer.class));
        }
    }

    /** Sends what has been due the longest. Says whether there was anything. */
    Mono<Boolean> next() {
        return claim().flatMap(due -> send(due).thenReturn(true)).defaultIfEmpty(false);
    }

    private Mono<Due> claim() {
        Instant now = clock.instant();
        return database.transaction(connection -> rows(
                        connection
                                .createStatement("UPDATE headgate_export.delivery SET attempts = attempts + 1,"
                                        + " due_at = $2 WHERE id = (SELECT id FROM headgate_export.delivery"
                                        + " WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at LIMIT 1"
                                        + " FOR UPDATE SKIP LOCKED) RETURNING id, tenant, url, payload, attempts")
                                .bind("$1", now)
                                .bind("$2", now.plus(timeout.multipliedBy(4))),
                        Due::of)
                .next());
    }

    private Mono<Void> send(Due due) {
        Instant at = clock.instant();
        Mono<Answer> answer = Mono.defer(() -> {
            if (!secrets.canSign()) {
                return Mono.just(Answer.failed("no-key"));
            }
            String id = "msg_" + due.id();
            String signature = secrets.sign(due.tenant(), id, at.getEpochSecond(), due.payload());
            return caller.send(new Notice(due.url(), id, at.getEpochSecond(), signature, due.payload()));
        });
        return answer.flatMap(got -> record(due, at, got));
    }

    private Mono<Void> record(Due due, Instant at, Answer answer) {
        return database.transaction(connection -> log(connection, due, at, answer)
                .then(settle(connection, due, answer))
                .then(answer.isUnwanted() ? silence(connection, due) : Mono.empty()));
    }

    private Mono<Void> log(Connection connection, Due due, Instant at, Answer answer) {
        Statement statement = connection
                .createStatement("INSERT INTO headgate_export.delivery_attempt (delivery, attempt, at, millis, status,"
                        + " error) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
                .bind("$1", due.id())
                .bind("$2", due.attempt())
                .bind("$3", at)
                .bind("$4", Duration.between(at, clock.instant()).toMillis());
        bind(
                statement,
                "$5",
                answer.status().isPresent() ? Optional.of(answer.status().getAsInt()) : Optional.empty(),
                Integer.class);
        bind(statement, "$6", answer.error(), String.class);
        return executed(statement);
    }

    private Mono<Void> settle(Connection connection, Due due, Answer answer) {
        Optional<Duration> pause = answer.isTaken() || answer.isUnwanted()
                ? Optional.empty()
                : schedule.after(due.attempt(), answer.retryAfter());
        String state = answer.isTaken()
                ? "delivered"
                : answer.isUnwanted() ? "disabled" : pause.isPresent() ? "pending" : "failed";
        Statement statement = connection
                .createStatement("UPDATE headgate_export.delivery SET state = $3, due_at = $4, ended_at = $5"
                        + " WHERE id = $1 AND attempts = $2 AND state = 'pending'")
                .bind("$1", due.id())
                .bind("$2", due.attempt())
                .bind("$3", state)
                .bind("$4", clock.instant().plus(pause.orElse(Duration.ZERO)));
        bind(statement, "$5", pause.isPresent() ? Optional.empty() : Optional.of(clock.instant()), Instant.class);
        return executed(statement);
    }

    /** The receiver wants no more: nothing else of this tenant goes there, until an export names the place again. */
    private Mono<Void> silence(Connection connection, Due due) {
        return changed(connection
                        .createStatement("UPDATE headgate_export.delivery SET state = 'disabled', ended_at = $3"
                                + " WHERE tenant = $1 AND url = $2 AND state = 'pending'")
                        .bind("$1", due.tenant())
                        .bind("$2", due.url())
                        .bind("$3", clock.instant()))
                .then();
    }

    /** What became of a notice, with its attempts. */
    record Delivery(UUID id, String eventType, String state, Optional<Instant> dueAt, List<Try> tries) {}

    record Try(int attempt, Instant at, long millis, Optional<Integer> status, Optional<String> error) {}

    Mono<List<Delivery>> deliveries(UUID job) {
        record Line(UUID id, String type, String state, Instant due, Optional<Try> attempt) {}
        return database.transaction(connection -> rows(
                        connection
                                .createStatement("SELECT d.id, d.event_type, d.state, d.due_at, a.attempt, a.at,"
                                        + " a.millis, a.status, a.error FROM headgate_export.delivery d LEFT JOIN"
                                        + " headgate_export.delivery_attempt a ON a.delivery = d.id WHERE d.job = $1"
                                        + " ORDER BY d.id, a.attempt LIMIT 100")
                                .bind("$1", job),
                        row -> new Line(
                                required(row, "id", UUID.class),
                                required(row, "event_type", String.class),
                                required(row, "state", String.class),
                                required(row, "due_at", Instant.class),
                                attempt(row)))
                .bufferUntilChanged(Line::id)
                .map(lines -> new Delivery(
                        lines.getFirst().id(),
                        lines.getFirst().type(),
                        lines.getFirst().state(),
                        Optional.of(lines.getFirst().due())
                                .filter(due -> lines.getFirst().state().equals("pending")),
                        lines.stream().flatMap(line -> line.attempt().stream()).toList()))
                .collectList());
    }

    private static Optional<Try> attempt(Readable row) {
        return Optional.ofNullable(row.get("attempt", Integer.class))
                .map(attempt -> new Try(
                        attempt,
                        required(row, "at", Instant.class),
                        required(row, "millis", Long.class),
                        Optional.ofNullable(row.get("status", Integer.class)),
                        Optional.ofNullable(row.get("error", String.class))));
    }
}

package io.headgate.export;

import static io.headgate.export.JobDatabase.executed;

import io.headgate.api.EventIds;
import io.r2dbc.spi.Connection;
import java.time.Clock;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Notices of jobs that are over, written with their end: no end goes unsaid, however the process ends. */
final class WebhookOutbox {

    private final EventIds ids;
    private final Clock clock;

    WebhookOutbox(EventIds ids, Clock clock) {
        this.ids = ids;
        this.clock = clock;
    }

    Mono<Void> ended(Connection connection, Job job) {
        return Mono.justOrEmpty(job.notifyUrl())
                .flatMap(url -> executed(connection
                        .createStatement("INSERT INTO headgate_export.delivery (id, job, tenant, url, event_type,"
                                + " payload, state, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7,"
                                + " $7)")
                        .bind("$1", ids.next())
                        .bind("$2", job.id())
                        .bind("$3", job.order().tenant())
                        .bind("$4", url)
                        .bind("$5", type(job))
                        .bind("$6", payload(job))
                        .bind("$7", clock.instant())));
    }

    private static String type(Job job) {
        return "export." + job.state().word();
    }

    /** Without a link to the file: notices are tried for days, and such a link holds for minutes. */
    private String payload(Job job) {
        ObjectNode payload = Job.JSON
                .createObjectNode()
                .put("type", type(job))
                .put("timestamp", clock.instant().toString());
        ObjectNode data = payload.putObject("data")
                .put("id", job.id().toString())
                .put("dataset", job.order().dataset().toString())
                .put("state", job.state().word())
                .put("rows", job.rows())
                .put("bytes", job.bytes())
                .put("attempts", job.attempts());
        job.sha256().ifPresent(sha256 -> data.put("sha256", sha256));
        job.reason().ifPresent(reason -> data.put("reason", reason));
        data.putObject("links").put("self", JobViews.self(job.id()));
        return Job.JSON.writeValueAsString(payload);
    }
}

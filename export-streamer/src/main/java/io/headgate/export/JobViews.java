package io.headgate.export;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How jobs look to their owners. */
final class JobViews {

    private final SignedLinks links;

    JobViews(SignedLinks links) {
        this.links = links;
    }

    static String self(UUID id) {
        return JobService.ROOT + "/" + id;
    }

    /** @param reader to whom the link to the file is given */
    ObjectNode view(Job job, String reader) {
        ExportOrder order = job.order();
        ObjectNode view = Job.JSON
                .createObjectNode()
                .put("id", job.id().toString())
                .put("state", job.state().word())
                .put("cancelling", job.cancelling() && job.state() == JobState.RUNNING)
                .put("dataset", order.dataset().toString())
                .put("format", order.format().name().toLowerCase(Locale.ROOT))
                .put("subject", order.subject())
                .put("rows", job.rows())
                .put("bytes", job.bytes())
                .put("sha256", job.sha256().orElse(null))
                .put("attempts", job.attempts())
                .put("reason", job.reason().orElse(null));
        view.set("estimate", estimate(job));
        view.put("created_at", job.times().created().toString())
                .put("started_at", text(job.times().started()))
                .put("ended_at", text(job.times().ended()))
                .put("expires_at", text(job.times().expires()));
        view.set("links", links(job, reader));
        return view;
    }

    private static JsonNode estimate(Job job) {
        return job.estimate().isPresent()
                ? Job.JSON.getNodeFactory().numberNode(job.estimate().getAsLong())
                : Job.JSON.getNodeFactory().nullNode();
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    private ObjectNode links(Job job, String reader) {
        String self = self(job.id());
        ObjectNode all = Job.JSON.createObjectNode().put("self", self).put("events", self + "/events");
        if (job.state() == JobState.COMPLETED) {
            links.token(new SignedLinks.Grant(job.id(), job.order().tenant(), reader))
                    .ifPresent(token -> all.put("file", self + "/file?token=" + token));
        }
        if (job.notifyUrl().isPresent()) {
            all.put("deliveries", self + "/deliveries");
        }
        return all;
    }

    static ObjectNode deliveries(List<Webhooks.Delivery> deliveries) {
        ObjectNode body = Job.JSON.createObjectNode();
        ArrayNode data = body.putArray("data");
        for (Webhooks.Delivery delivery : deliveries) {
            ObjectNode view = data.addObject()
                    .put("id", "msg_" + delivery.id())
                    .put("type", delivery.eventType())
                    .put("state", delivery.state())
                    .put("next_attempt_at", text(delivery.dueAt()));
            ArrayNode attempts = view.putArray("attempts");
            delivery.tries().forEach(attempt -> attempts.add(attempt(attempt)));
        }
        return body;
    }

    private static ObjectNode attempt(Webhooks.Try attempt) {
        return Job.JSON
                .createObjectNode()
                .put("attempt", attempt.attempt())
                .put("at", attempt.at().toString())
                .put("millis", attempt.millis())
                .put("status", attempt.status().orElse(null))
                .put("error", attempt.error().orElse(null));
    }
}

package io.headgate.export;

import java.time.Instant;
import java.util.Locale;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import reactor.core.publisher.Flux;
import tools.jackson.databind.node.ObjectNode;

/** What stands beside a file, for whoever has to prove later what is in it and where it came from. */
final class Manifest {

    private Manifest() {}

    static Flux<DataBuffer> of(Job job, ExportTally tally, JobStorage.Stored file, Instant at) {
        ExportOrder order = job.order();
        ObjectNode manifest = Job.JSON
                .createObjectNode()
                .put("export", job.id().toString())
                .put("file", file.location())
                .put("dataset", order.dataset().toString())
                .put("tenant", order.tenant())
                .put("subject", order.subject())
                .put("format", order.format().name().toLowerCase(Locale.ROOT))
                .put("filter_hash", Digests.hex(order.query()))
                .put("rows", tally.rows())
                .put("bytes", file.bytes())
                .put("sha256", file.sha256())
                .put("attempts", job.attempts())
                .put("written_at", at.toString());
        order.columns().forEach(manifest.putArray("columns")::add);
        tally.source().ifPresent(source -> manifest.set("source", source(source)));
        return Flux.just(DefaultDataBufferFactory.sharedInstance.wrap(Job.JSON.writeValueAsBytes(manifest)));
    }

    static ObjectNode source(ExportTally.Source source) {
        return Job.JSON
                .createObjectNode()
                .put("node", source.node())
                .put("snapshot", source.snapshot())
                .put("position", source.position())
                .put("lag_millis", source.lagMillis());
    }
}

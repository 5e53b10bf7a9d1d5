package io.headgate.export;

import io.headgate.api.EventLoops;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Streams how far a job is, as server-sent events, until the job is over. */
final class JobProgress {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(15);

    private final JobWatch watch;
    private final JobViews views;
    private final Places places;
    private final Duration time;

    JobProgress(JobWatch watch, JobViews views, Places places, Duration time) {
        this.watch = watch;
        this.views = views;
        this.places = places;
        this.time = time;
    }

    /**
     * A stream has a place of its own, ends after its time, and is broken off where its client does not even take what
     * there is by then.
     */
    Mono<Void> stream(ServerWebExchange exchange, Job job, String reader) {
        return places.in(
                job.order().tenant(),
                () -> write(exchange, frames(job, reader))
                        .timeout(Mono.delay(time.plus(PATIENCE)), Mono.error(TimeoutException::new)));
    }

    private static Mono<Void> write(ServerWebExchange exchange, Flux<String> frames) {
        ServerHttpResponse response = exchange.getResponse();
        response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
        response.getHeaders().set(HttpHeaders.CACHE_CONTROL, "no-store");
        response.getHeaders().set("X-Accel-Buffering", "no");
        Flux<DataBuffer> buffers = frames.onBackpressureLatest()
                .publishOn(EventLoops.of(exchange.getRequest()), 1)
                .map(frame -> response.bufferFactory().wrap(frame.getBytes(StandardCharsets.UTF_8)));
        return response.writeAndFlushWith(buffers.map(Mono::just));
    }

    private Flux<String> frames(Job job, String reader) {
        var pace = new Pace();
        Flux<String> progress = Flux.concat(Mono.just(job), watch.of(job.id()))
                .takeUntil(seen -> seen.state().isOver())
                .map(seen -> frame(seen, reader, pace))
                .distinctUntilChanged();
        Flux<String> signs = Flux.interval(SIGN_OF_LIFE).map(tick -> ": still there\n\n");
        return Flux.merge(progress.materialize(), signs.materialize())
                .<String>dematerialize()
                .take(time);
    }

    private String frame(Job job, String reader, Pace pace) {
        ObjectNode view = views.view(job, reader).put("rate", pace.rate(job));
        return "event: " + (job.state().isOver() ? job.state().word() : "progress") + "\ndata: "
                + Job.JSON.writeValueAsString(view) + "\n\n";
    }

    /** Rows a second, between two looks at them. */
    private static final class Pace {
        private long rows;
        private long fence;
        private long at = System.nanoTime();
        private double rate;

        double rate(Job job) {
            long now = System.nanoTime();
            if (job.fence() == fence && job.rows() > rows) {
                rate = (job.rows() - rows) * 1e9 / Math.max(1, now - at);
            }
            if (job.fence() != fence || job.rows() != rows) {
                rows = job.rows();
                fence = job.fence();
                at = now;
            }
            return Math.round(rate);
        }
    }
}

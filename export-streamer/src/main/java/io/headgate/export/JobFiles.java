package io.headgate.export;

import io.headgate.api.EventLoops;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Hands out files to whoever has a link. The link is the proof: no other credential is looked at. */
final class JobFiles {

    private final JobStore store;
    private final JobStorage storage;
    private final JobEvents events;
    private final SignedLinks links;
    private final Places places;
    private final Duration time;

    JobFiles(JobStore store, JobStorage storage, JobEvents events, SignedLinks links, Places places, Duration time) {
        this.store = store;
        this.storage = storage;
        this.events = events;
        this.links = links;
        this.places = places;
        this.time = time;
    }

    Mono<Void> serve(ServerWebExchange exchange, UUID id) {
        String token = exchange.getRequest().getQueryParams().getFirst("token");
        SignedLinks.Grant grant = Optional.ofNullable(token)
                .flatMap(it -> links.open(id, it))
                .orElseThrow(() -> new Problem.Forbidden(
                                "token: not a link to this file, or no longer (expected: links.file of the export)",
                                Optional.empty())
                        .asException());
        return store.find(grant.tenant(), id)
                .publishOn(EventLoops.of(exchange.getRequest()))
                .switchIfEmpty(Mono.error(JobFiles::gone))
                .flatMap(job -> serve(exchange, requireThere(job), grant.subject()));
    }

    private static Job requireThere(Job job) {
        if (job.state() != JobState.COMPLETED) {
            throw gone();
        }
        return job;
    }

    private static ProblemException gone() {
        return Problem.of(ProblemType.GONE, "The file of this export is no longer kept.")
                .asException();
    }

    private Mono<Void> serve(ServerWebExchange exchange, Job job, String subject) {
        HttpHeaders asked = exchange.getRequest().getHeaders();
        ServerHttpResponse response = exchange.getResponse();
        String etag = "\"" + job.sha256().orElseThrow() + "\"";
        describe(response.getHeaders(), job, etag);
        if (matches(asked.get(HttpHeaders.IF_NONE_MATCH), etag)) {
            response.setStatusCode(HttpStatus.NOT_MODIFIED);
            return response.setComplete();
        }
        boolean isHead = exchange.getRequest().getMethod() == HttpMethod.HEAD;
        Optional<ByteRange> range = isHead ? Optional.empty() : ByteRange.of(asked, etag, job.bytes());
        ByteRange part = range.orElse(new ByteRange(0, job.bytes()));
        response.getHeaders().setContentLength(part.length());
        range.ifPresent(some -> {
            response.setStatusCode(HttpStatus.PARTIAL_CONTENT);
            response.getHeaders().set(HttpHeaders.CONTENT_RANGE, some.contentRange(job.bytes()));
        });
        if (isHead) {
            return response.setComplete();
        }
        return places.in(job.order().tenant(), () -> {
            events.downloaded(job, subject, part.from() + "+" + part.length(), JobEndpoints.trace(exchange));
            return response.writeWith(content(exchange, job, part))
                    .timeout(Mono.delay(time), Mono.error(TimeoutException::new));
        });
    }

    private static void describe(HttpHeaders headers, Job job, String etag) {
        FileKind kind = FileKind.of(job.order());
        headers.set(HttpHeaders.CONTENT_TYPE, kind.mediaType());
        headers.setContentDisposition(ContentDisposition.attachment()
                .filename(job.order().dataset().name() + "-" + job.id() + "." + kind.extension())
                .build());
        headers.set(HttpHeaders.ETAG, etag);
        headers.set(HttpHeaders.ACCEPT_RANGES, "bytes");
        headers.set(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set(
                "Repr-Digest",
                "sha-256=:"
                        + Base64.getEncoder()
                                .encodeToString(
                                        HexFormat.of().parseHex(job.sha256().orElseThrow()))
                        + ":");
    }

    private static boolean matches(@Nullable List<String> conditions, String etag) {
        return conditions != null
                && conditions.stream()
                        .flatMap(line -> java.util.Arrays.stream(line.split(",")))
                        .map(String::strip)
                        .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
    }

    private Flux<DataBuffer> content(ServerWebExchange exchange, Job job, ByteRange part) {
        return part.length() == 0
                ? Flux.empty()
                : storage.read(job.location().orElseThrow(), part.from(), part.length())
                        .publishOn(EventLoops.of(exchange.getRequest()), 2)
                        .onErrorMap(IOException.class, JobFiles::unreadable);
    }

    private static Throwable unreadable(Throwable away) {
        return Problem.tryLater(
                        ProblemType.EXPORTS_UNAVAILABLE,
                        "The file cannot be read at the moment.",
                        Duration.ofSeconds(5))
                .asException();
    }
}

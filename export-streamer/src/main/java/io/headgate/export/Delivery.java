package io.headgate.export;

import io.headgate.api.EventLoops;
import io.headgate.api.InternalHeaders;
import io.headgate.export.ExportLog.Asker;
import io.headgate.export.ExportMetrics.Outcome;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Brings one export to one client, and records how that ended. Nothing is said before the first bytes are there, so that
 * what fails until then is answered as a problem; what fails later must look broken.
 */
final class Delivery {

    private static final Logger log = LoggerFactory.getLogger(Delivery.class);

    /** Batches that wait for the connection's thread. */
    private static final int QUEUED = 2;

    private static final String ROWS = "X-Export-Rows";
    private static final String SHA256 = "X-Export-Sha256";
    private static final String REPR_DIGEST = "Repr-Digest";
    private static final String TRAILERS = String.join(", ", ROWS, SHA256, REPR_DIGEST);
    private static final DateTimeFormatter FILE_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** What every delivery shares. */
    record Tools(ExportRunner runner, ExportFormats formats, ExportLog log, ExportMetrics metrics, Clock clock) {}

    private final Tools tools;
    private final ExportOrder order;
    private final ServerWebExchange exchange;
    private final ExportFormat format;
    private final Asker asker;
    private final Instant start;
    private final Wire wire;
    private final ExportTally tally = new ExportTally();
    private final MessageDigest digest = ExportLog.sha256();
    private final AtomicBoolean isEnded = new AtomicBoolean();
    private volatile boolean isFlowing;
    private volatile boolean isWhole;
    private volatile byte[] sha256 = {};
    private volatile @Nullable Throwable failure;

    Delivery(Tools tools, ExportOrder order, ServerWebExchange exchange) {
        this.tools = tools;
        this.order = order;
        this.exchange = exchange;
        this.format = tools.formats().of(order.format());
        this.asker = Asker.of(exchange);
        this.start = tools.clock().instant();
        this.wire = Wire.of(exchange.getResponse());
    }

    Mono<Void> send() {
        ServerHttpResponse response = exchange.getResponse();
        return Mono.defer(() -> {
            tools.log().requested(asker, order);
            response.beforeCommit(() -> Mono.fromRunnable(() -> begin(response.getHeaders())));
            wire.trailers(this::trailers);
            return response.writeWith(wire.paced(body()))
                    .then(Mono.defer(this::written))
                    .doOnCancel(this::ended)
                    .onErrorResume(this::failed);
        });
    }

    private Flux<DataBuffer> body() {
        return tools.runner()
                .run(order, tally)
                .doOnNext(this::take)
                .doOnComplete(() -> {
                    sha256 = digest.digest();
                    isWhole = true;
                    isFlowing = true;
                })
                .publishOn(EventLoops.of(exchange.getRequest()), false, QUEUED)
                .doOnError(this::broke);
    }

    private void take(DataBuffer bytes) {
        isFlowing = true;
        try (var buffers = bytes.readableByteBuffers()) {
            buffers.forEachRemaining(digest::update);
        }
    }

    /** Headers of the file; a problem in its place is answered without them. */
    private void begin(HttpHeaders headers) {
        if (!isFlowing) {
            return;
        }
        headers.set(HttpHeaders.CONTENT_TYPE, format.mediaType());
        headers.set(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + fileName() + "\"");
        headers.set(HttpHeaders.ACCEPT_RANGES, "none");
        headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
        headers.set(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set(HttpHeaders.TRAILER, TRAILERS + (mayLeaveToken() ? ", " + InternalHeaders.CONSISTENCY : ""));
        if (order.gzip() && !format.isCompressed()) {
            headers.set(HttpHeaders.CONTENT_ENCODING, "gzip");
        }
        tally.source().ifPresent(source -> {
            source.outcome()
                    .ifPresent(outcome -> headers.set(InternalHeaders.CONSISTENCY_OUTCOME, outcome.headerValue()));
            headers.set("X-Export-Snapshot", source.snapshot());
            headers.set("X-Export-Estimated-Rows", Long.toString(source.estimate()));
        });
    }

    /** Of a routed read, or with what the caller's own tokens say. */
    private boolean mayLeaveToken() {
        return !order.consistency().isEmpty()
                || tally.source().flatMap(ExportTally.Source::outcome).isPresent();
    }

    private String fileName() {
        return order.dataset().name() + "-" + FILE_TIME.format(start) + "." + format.extension();
    }

    private void trailers(io.netty.handler.codec.http.HttpHeaders trailers) {
        if (isWhole) {
            tally.token().ifPresent(token -> trailers.set(InternalHeaders.CONSISTENCY, token));
            trailers.set(ROWS, tally.rows());
            trailers.set(SHA256, HexFormat.of().formatHex(sha256));
            trailers.set(REPR_DIGEST, "sha-256=:" + Base64.getEncoder().encodeToString(sha256) + ":");
        }
    }

    /** A server that waits for a client that stands still would not get to the failure: the connection goes right away. */
    private void broke(Throwable why) {
        failure = why;
        if (exchange.getResponse().isCommitted()) {
            wire.reset();
        }
    }

    /** So a server says, too, when the connection is gone: only a body that ended was whole. */
    private Mono<Void> written() {
        if (isWhole && wire.isOpen() && isEnded.compareAndSet(false, true)) {
            tools.log().completed(asker, order, tally, HexFormat.of().formatHex(sha256), took());
            tools.metrics().ended(order.format(), Outcome.COMPLETED, tally, took());
        }
        ended();
        return Mono.empty();
    }

    /** Once an answer has begun nobody is told of a failure but by the connection, which is reset. */
    private Mono<Void> failed(Throwable why) {
        broke(why);
        ended();
        return exchange.getResponse().isCommitted()
                ? Mono.empty()
                : Mono.error(ExportFailures.told(why, order.dataset()));
    }

    private void ended() {
        if (!isEnded.compareAndSet(false, true)) {
            return;
        }
        Throwable why = failure;
        String reason = why == null ? ExportFailures.CANCELLED : ExportFailures.reason(why);
        tools.metrics().ended(order.format(), why == null ? Outcome.CANCELLED : Outcome.FAILED, tally, took());
        log.atWarn()
                .addKeyValue("dataset", order.dataset())
                .addKeyValue("requestId", asker.requestId().orElse(""))
                .addKeyValue("reason", reason)
                .log("export broke off");
        try {
            tools.log().failed(asker, order, tally, reason, took());
        } catch (RuntimeException e) {
            tools.metrics().unrecorded();
        }
    }

    private Duration took() {
        return Duration.between(start, tools.clock().instant());
    }
}

package io.headgate.gateway.edge;

import io.headgate.api.Caller;
import io.headgate.api.PathTemplate;
import io.headgate.api.ProblemType;
import io.headgate.api.RouteInfo;
import io.headgate.api.TraceId;
import io.headgate.gateway.upstream.OutboundHeaders;
import io.headgate.gateway.upstream.UpstreamRecord;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;

/**
 * Gives each request its place in a trace at the beginning, and makes its spans at the end, when it is known whether
 * they are wanted: all failures, and of the rest those that {@link TraceSampler} keeps. A caller's trace goes on under
 * its id; its wish to be sampled counts only where a trusted proxy utters it.
 */
final class EdgeTracing implements EdgeObserver {

    private static final AttributeKey<String> METHOD = AttributeKey.stringKey("http.request.method");
    private static final AttributeKey<Long> STATUS = AttributeKey.longKey("http.response.status_code");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("http.route");
    private static final AttributeKey<Long> RESENDS = AttributeKey.longKey("http.request.resend_count");
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
    private static final AttributeKey<String> SERVER = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> ROUTE = AttributeKey.stringKey("headgate.route");
    private static final AttributeKey<String> TEAM = AttributeKey.stringKey("headgate.team");
    private static final AttributeKey<String> TENANT = AttributeKey.stringKey("headgate.tenant");
    private static final AttributeKey<String> REQUEST = AttributeKey.stringKey("headgate.request_id");
    private static final AttributeKey<String> ENDING = AttributeKey.stringKey("headgate.ending");
    private static final AttributeKey<String> PROBLEM = AttributeKey.stringKey("headgate.problem");
    private static final AttributeKey<String> STEP = AttributeKey.stringKey("headgate.step");
    private static final AttributeKey<Long> INSIDE = AttributeKey.longKey("headgate.inside_us");

    private final Optional<Consumer<ReadableSpan>> exporter;
    private final Predicate<InetAddress> trustedProxies;
    private final TraceSampler sampler;
    private final Resource resource;
    private final LongSupplier ids;
    private final InstantSource clock;

    /** @param exporter takes a finished span and never waits; empty where spans go nowhere */
    EdgeTracing(
            Optional<Consumer<ReadableSpan>> exporter,
            Predicate<InetAddress> trustedProxies,
            TraceSampler sampler,
            Resource resource,
            LongSupplier ids,
            InstantSource clock) {
        this.exporter = exporter;
        this.trustedProxies = trustedProxies;
        this.sampler = sampler;
        this.resource = resource;
        this.ids = ids;
        this.clock = clock;
    }

    @Override
    public void started(ServerWebExchange exchange, EdgeRecord record) {
        HttpHeaders headers = exchange.getRequest().getHeaders();
        OutboundHeaders outbound = OutboundHeaders.KEY.get(exchange);
        Optional<TraceContext.Parent> parent = TraceContext.Parent.read(headers.getOrEmpty(TraceContext.PARENT_HEADER));
        TraceContext context = parent.map(known -> continued(known, exchange)).orElseGet(this::begun);
        outbound.set(TraceContext.PARENT_HEADER, context.toBackend());
        if (parent.isEmpty() || !TraceContext.mayPass(headers.getOrEmpty(TraceContext.STATE_HEADER))) {
            outbound.drop(TraceContext.STATE_HEADER);
        }
        TraceContext.KEY.put(exchange, context);
        TraceId.KEY.put(exchange, new TraceId(context.traceId()));
        record.traced(context.traceId());
    }

    @Override
    public void completed(ServerWebExchange exchange, EdgeRecord record) {
        if (exporter.isEmpty()) {
            return;
        }
        TraceContext.KEY.find(exchange).ifPresent(context -> {
            int status = Ending.statusOf(exchange, record);
            Ending ending = Ending.of(record, status);
            if (context.sampled() || ending.isFailure()) {
                export(new Finished(exchange, record, context, status, ending), exporter.get());
            }
        });
    }

    private TraceContext continued(TraceContext.Parent parent, ServerWebExchange exchange) {
        boolean sampled = isTrusted(exchange.getRequest().getRemoteAddress())
                ? parent.sampled()
                : sampler.keeps(parent.traceId());
        return new TraceContext(parent.traceId(), parent.spanId(), id(), id(), sampled);
    }

    private boolean isTrusted(@Nullable InetSocketAddress peer) {
        return peer != null && peer.getAddress() != null && trustedProxies.test(peer.getAddress());
    }

    private TraceContext begun() {
        String traceId = TraceContext.newTraceId(id(), id());
        return new TraceContext(traceId, "", id(), id(), sampler.keeps(traceId));
    }

    private long id() {
        long id = ids.getAsLong();
        return id == 0 ? 1 : id; // zero is no id
    }

    private record Finished(
            ServerWebExchange exchange, EdgeRecord record, TraceContext context, int status, Ending ending) {}

    private void export(Finished finished, Consumer<ReadableSpan> sink) {
        Instant now = clock.instant();
        long end = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        long start = end - finished.record().nanos();
        if (finished.record().upstream().attempts() > 0) {
            sink.accept(clientSpan(finished, start));
        }
        sink.accept(serverSpan(finished, start, end));
    }

    private EdgeSpan serverSpan(Finished finished, long start, long end) {
        EdgeRecord record = finished.record();
        TraceContext context = finished.context();
        AttributesBuilder attributes = Attributes.builder()
                .put(METHOD, MethodName.of(finished.exchange()))
                .put(REQUEST, record.requestId())
                .put(ENDING, finished.ending().word())
                .put(INSIDE, Timings.of(record).inside() / 1_000);
        if (finished.ending() != Ending.CANCELLED) {
            attributes.put(STATUS, (long) finished.status());
        }
        record.route()
                .ifPresent(route -> attributes
                        .put(PATH, route.path().text())
                        .put(ROUTE, route.id().toString())
                        .put(TEAM, route.id().team()));
        Caller.KEY.find(finished.exchange()).ifPresent(caller -> attributes.put(TENANT, caller.tenant()));
        record.refusal()
                .ifPresent(problem -> attributes
                        .put(PROBLEM, problem.slug())
                        .put(STEP, record.step().name()));
        if (finished.ending().isFailure()) {
            attributes.put(ERROR, errorOf(finished));
        }
        return new EdgeSpan(
                nameOf(finished),
                SpanKind.SERVER,
                context(context.traceId(), context.serverSpanId()),
                context.parentSpanId().isEmpty()
                        ? SpanContext.getInvalid()
                        : SpanContext.createFromRemoteParent(
                                context.traceId(),
                                context.parentSpanId(),
                                TraceFlags.getSampled(),
                                TraceState.getDefault()),
                resource,
                start,
                end,
                statusOf(finished.ending().isFailure()),
                attributes.build(),
                List.of());
    }

    private EdgeSpan clientSpan(Finished finished, long requestStart) {
        UpstreamRecord upstream = finished.record().upstream();
        TraceContext context = finished.context();
        long start = requestStart + upstream.startedNanos() - finished.record().startedNanos();
        long took = upstream.nanosToEnd() > 0
                ? upstream.nanosToEnd()
                : finished.record().startedNanos() + finished.record().nanos() - upstream.startedNanos();
        boolean failed = finished.ending().isFailure();
        AttributesBuilder attributes = Attributes.builder()
                .put(METHOD, MethodName.of(finished.exchange()))
                .put(RESENDS, upstream.attempts() - 1L);
        putTarget(attributes, upstream.target());
        if (finished.record().refusal().isEmpty() && upstream.nanosToHeaders() > 0) {
            attributes.put(STATUS, (long) finished.status());
        }
        if (failed) {
            attributes.put(ERROR, errorOf(finished));
        }
        return new EdgeSpan(
                MethodName.of(finished.exchange()),
                SpanKind.CLIENT,
                context(context.traceId(), context.clientSpanId()),
                context(context.traceId(), context.serverSpanId()),
                resource,
                start,
                start + took,
                statusOf(failed),
                attributes.build(),
                upstream.nanosToHeaders() > 0
                        ? List.of(EventData.create(start + upstream.nanosToHeaders(), "head", Attributes.empty()))
                        : List.of());
    }

    private static void putTarget(AttributesBuilder attributes, String target) {
        String authority = target.substring(target.lastIndexOf('/') + 1);
        int colon = authority.lastIndexOf(':');
        if (colon <= authority.lastIndexOf(']')) {
            attributes.put(SERVER, authority);
            return;
        }
        attributes.put(SERVER, authority.substring(0, colon));
        attributes.put(PORT, Long.parseLong(authority, colon + 1, authority.length(), 10));
    }

    private static String nameOf(Finished finished) {
        String method = MethodName.of(finished.exchange());
        return finished.record()
                .route()
                .map(RouteInfo::path)
                .map(PathTemplate::text)
                .map(path -> method + ' ' + path)
                .orElse(method);
    }

    private static String errorOf(Finished finished) {
        return finished.record()
                .refusal()
                .map(ProblemType::slug)
                .orElse(finished.ending() == Ending.BROKEN ? "broken" : Integer.toString(finished.status()));
    }

    private static StatusData statusOf(boolean failed) {
        return failed ? StatusData.error() : StatusData.unset();
    }

    private static SpanContext context(String traceId, String spanId) {
        return SpanContext.create(traceId, spanId, TraceFlags.getSampled(), TraceState.getDefault());
    }
}

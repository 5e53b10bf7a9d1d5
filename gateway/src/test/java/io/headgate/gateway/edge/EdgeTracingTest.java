package io.headgate.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ProblemType;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;

class EdgeTracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";
    private static final Instant END = Instant.parse("2026-11-01T12:00:00Z");

    private final List<ReadableSpan> exported = new ArrayList<>();
    private Predicate<InetAddress> trusted = address -> false;
    private long lastId;

    @Test
    void beginsATraceWhereTheCallerHasNone() {
        var request = ObservedRequest.get("/").beginningAt(keeping(1));
        assertThat(request.record.traceId()).isEqualTo("00000000000000010000000000000002");
        assertThat(request.sentUpstream())
                .containsEntry("traceparent", "00-00000000000000010000000000000002-0000000000000004-01");
    }

    @Test
    void goesOnWithTheCallersTrace() {
        var tracing = keeping(1);
        ObservedRequest.of(callerIn(TRACE, "00"))
                .onRoute("reports/reports-api", "/api/reports/**")
                .beginningAt(tracing)
                .answeredByBackend(200)
                .endsAt(50, tracing);

        assertThat(server().getTraceId()).isEqualTo(TRACE);
        assertThat(server().getParentSpanId()).isEqualTo(SPAN);
        assertThat(server().getParentSpanContext().isRemote()).isTrue();
    }

    @Test
    void namesTheCallsSpanAsTheBackendsParent() {
        var tracing = keeping(1);
        var request =
                ObservedRequest.of(callerIn(TRACE, "00")).beginningAt(tracing).answeredByBackend(200);
        request.endsAt(50, tracing);

        assertThat(request.sentUpstream().get("traceparent"))
                .isEqualTo("00-" + TRACE + "-" + client().getSpanId() + "-01");
        assertThat(client().getParentSpanId()).isEqualTo(server().getSpanId());
    }

    @Test
    void heedsTheWishToBeSampledOnlyOfATrustedProxy() {
        var stranger = ObservedRequest.of(callerIn(TRACE, "01")).beginningAt(keeping(0));
        trusted = ObservedRequest.PEER::equals;
        var proxy = ObservedRequest.of(callerIn(TRACE, "01")).beginningAt(keeping(0));
        var silentProxy = ObservedRequest.of(callerIn(TRACE, "00")).beginningAt(keeping(1));

        assertThat(stranger.sentUpstream().get("traceparent")).endsWith("-00");
        assertThat(proxy.sentUpstream().get("traceparent")).endsWith("-01");
        assertThat(silentProxy.sentUpstream().get("traceparent")).endsWith("-00");
    }

    @Test
    void exportsEveryFailureThoughItsTraceIsNotKept() {
        var tracing = keeping(0);
        ObservedRequest.get("/").beginningAt(tracing).answeredByBackend(503).endsAt(50, tracing);
        ObservedRequest.get("/").beginningAt(tracing).answeredByBackend(200).endsAt(50, Outcome.FAILED, tracing);
        ObservedRequest.get("/")
                .beginningAt(tracing)
                .calledInVain(2)
                .refused(EdgeOrder.UPSTREAM, ProblemType.GATEWAY_TIMEOUT)
                .endsAt(50, tracing);

        assertThat(exported)
                .hasSize(6)
                .allMatch(span -> span.toSpanData().getStatus().getStatusCode() == StatusCode.ERROR);
        assertThat(exported).allMatch(span -> span.getSpanContext().isSampled());
    }

    @Test
    void takesARefusalForNoFailure() {
        var tracing = keeping(0);
        ObservedRequest.get("/")
                .beginningAt(tracing)
                .refused(EdgeOrder.AUTHENTICATE, ProblemType.UNAUTHENTICATED)
                .endsAt(50, tracing);
        assertThat(exported).isEmpty();
    }

    @Test
    void saysOfARefusalWhichStepRefused() {
        var tracing = keeping(1);
        ObservedRequest.get("/api/reports/4711?token=hush")
                .onRoute("reports/reports-api", "/api/reports/{id}")
                .beginningAt(tracing)
                .refused(EdgeOrder.AUTHORIZE, ProblemType.FORBIDDEN)
                .of("acme")
                .endsAt(50, tracing);

        assertThat(exported).hasSize(1);
        assertThat(server().getName()).isEqualTo("GET /api/reports/{id}");
        assertThat(server().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(attributesOf(server()))
                .containsEntry("http.route", "/api/reports/{id}")
                .containsEntry("http.response.status_code", 403L)
                .containsEntry("headgate.route", "reports/reports-api")
                .containsEntry("headgate.team", "reports")
                .containsEntry("headgate.tenant", "acme")
                .containsEntry("headgate.problem", "forbidden")
                .containsEntry("headgate.step", "AUTHORIZE")
                .containsEntry("headgate.request_id", "request-1");
    }

    @Test
    void putsTheCallIntoTheTimeWhenItWas() {
        var tracing = keeping(1);
        ObservedRequest.get("/").beginningAt(tracing).answeredByBackend(200).endsAt(50, tracing);

        long end = END.toEpochMilli();
        assertThat(millis(server().getStartEpochNanos())).isEqualTo(end - 50);
        assertThat(millis(server().getEndEpochNanos())).isEqualTo(end);
        assertThat(millis(client().getStartEpochNanos())).isEqualTo(end - 48);
        assertThat(millis(client().getEndEpochNanos())).isEqualTo(end - 10);
        assertThat(client().getEvents())
                .extracting(EventData::getName, event -> millis(event.getEpochNanos()))
                .containsExactly(org.assertj.core.groups.Tuple.tuple("head", end - 18));
        assertThat(attributesOf(client()))
                .containsEntry("server.address", "10.0.0.1")
                .containsEntry("server.port", 9101L)
                .containsEntry("http.request.resend_count", 0L);
    }

    @Test
    void repeatsNoMethodThatAClientInvented() {
        var tracing = keeping(1);
        ObservedRequest.of(MockServerHttpRequest.method(HttpMethod.valueOf("SECRET-42"), "/"))
                .beginningAt(tracing)
                .endsAt(50, tracing);
        assertThat(server().getName()).isEqualTo("_OTHER");
    }

    @Test
    void keepsAStateThatIsTooLongOrBelongsToNoParentFromTheBackend() {
        var passed = ObservedRequest.of(callerIn(TRACE, "01").header("tracestate", "vendor=1"));
        var tooLong = ObservedRequest.of(callerIn(TRACE, "01").header("tracestate", "v=" + "x".repeat(511)));
        var orphan = ObservedRequest.of(MockServerHttpRequest.get("/").header("tracestate", "vendor=1"));

        assertThat(passed.beginningAt(keeping(1)).keptFromUpstream()).isEmpty();
        assertThat(tooLong.beginningAt(keeping(1)).keptFromUpstream()).containsExactly("tracestate");
        assertThat(orphan.beginningAt(keeping(1)).keptFromUpstream()).containsExactly("tracestate");
    }

    @Test
    void makesNoSpansWhereNobodyTakesThem() {
        var tracing = new EdgeTracing(
                Optional.empty(),
                trusted,
                new TraceSampler(1, 0),
                Resource.empty(),
                () -> ++lastId,
                InstantSource.fixed(END));
        var request = ObservedRequest.get("/").beginningAt(tracing).answeredByBackend(503);
        request.endsAt(50, tracing);
        assertThat(request.sentUpstream()).containsKey("traceparent");
        assertThat(exported).isEmpty();
    }

    private EdgeTracing keeping(double share) {
        return new EdgeTracing(
                Optional.of(exported::add),
                trusted,
                new TraceSampler(share, 0),
                Resource.empty(),
                () -> ++lastId,
                InstantSource.fixed(END));
    }

    private static MockServerHttpRequest.BaseBuilder<?> callerIn(String trace, String flags) {
        return MockServerHttpRequest.get("/api/reports/1")
                .header("traceparent", "00-" + trace + "-" + SPAN + "-" + flags);
    }

    private SpanData server() {
        return only(SpanKind.SERVER);
    }

    private SpanData client() {
        return only(SpanKind.CLIENT);
    }

    private SpanData only(SpanKind kind) {
        assertThat(exported).filteredOn(span -> span.getKind() == kind).hasSize(1);
        return exported.stream()
                .filter(span -> span.getKind() == kind)
                .findFirst()
                .orElseThrow()
                .toSpanData();
    }

    private static Map<String, Object> attributesOf(SpanData span) {
        return span.getAttributes().asMap().entrySet().stream()
                .collect(Collectors.toMap(entry -> ((AttributeKey<?>) entry.getKey()).getKey(), Map.Entry::getValue));
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}

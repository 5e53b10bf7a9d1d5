package io.headgate.gateway.edge;

import io.headgate.api.EdgeOrder;
import io.headgate.api.ExchangeKey;
import io.headgate.api.ProblemType;
import io.headgate.api.RouteInfo;
import io.headgate.gateway.upstream.UpstreamRecord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request, for whoever reports on it. Written by the edge alone, on the event loop that carries the
 * request; read by observers.
 */
public final class EdgeRecord {

    public static final ExchangeKey<EdgeRecord> KEY = ExchangeKey.of(EdgeRecord.class);

    /** How a request ended. */
    public enum Outcome {
        /** Its answer was handed over whole, be it a refusal. */
        COMPLETED,
        /** Its answer broke off after bytes had left. */
        FAILED,
        /** The client went away first. */
        CANCELLED
    }

    private final long startedNanos;
    private final UpstreamRecord upstream = new UpstreamRecord();
    private EdgeOrder step = EdgeOrder.HYGIENE;
    private @Nullable RouteInfo route;
    private @Nullable ProblemType refusal;
    private @Nullable Throwable failure;
    private @Nullable Outcome outcome;
    private String requestId = "";
    private String clientAddress = "";
    private String traceId = "";
    private long endedNanos;

    EdgeRecord(long startedNanos) {
        this.startedNanos = startedNanos;
    }

    public long startedNanos() {
        return startedNanos;
    }

    /** From the first look at the request to its end. */
    public long nanos() {
        return endedNanos - startedNanos;
    }

    /** The step that worked on the request last: where it was refused, that is the one that refused. */
    public EdgeOrder step() {
        return step;
    }

    public Optional<RouteInfo> route() {
        return Optional.ofNullable(route);
    }

    /** The problem that the client was told, where it was told one. */
    public Optional<ProblemType> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** What was thrown, where something was: a refusal's exception, or what broke. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** How it ended; {@link Outcome#CANCELLED} until it has. */
    public Outcome outcome() {
        return outcome == null ? Outcome.CANCELLED : outcome;
    }

    public String requestId() {
        return requestId;
    }

    /** The client's address, behind the proxies that are trusted. */
    public String clientAddress() {
        return clientAddress;
    }

    public UpstreamRecord upstream() {
        return upstream;
    }

    /** Empty until an observer has given the request a trace. */
    public String traceId() {
        return traceId;
    }

    /** For the observer that traces, when the request begins. */
    public void traced(String traceId) {
        this.traceId = traceId;
    }

    void at(EdgeOrder step) {
        this.step = step;
    }

    void identified(String requestId) {
        this.requestId = requestId;
    }

    void from(String clientAddress) {
        this.clientAddress = clientAddress;
    }

    void matched(RouteInfo route) {
        this.route = route;
    }

    void failed(Throwable failure, @Nullable ProblemType refusal) {
        this.failure = failure;
        this.refusal = refusal;
    }

    /** Whether this is the first end; a cancel may follow a completion. */
    boolean end(Outcome outcome, long nanos) {
        if (this.outcome != null) {
            return false;
        }
        this.outcome = outcome;
        endedNanos = nanos;
        return true;
    }
}

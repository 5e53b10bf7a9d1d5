package io.headgate.gateway.edge;

import io.headgate.api.Caller;
import io.headgate.api.EdgeOrder;
import io.headgate.api.PathTemplate;
import io.headgate.api.Problem;
import io.headgate.api.ProblemException;
import io.headgate.api.ProblemType;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.gateway.edge.EdgeRecord.Outcome;
import io.headgate.gateway.upstream.OutboundHeaders;
import io.headgate.gateway.upstream.UpstreamCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;

/** A request as observers see it: it begins at the first of these milliseconds and ends when a test says so. */
final class ObservedRequest {

    static final InetAddress PEER = InetAddress.ofLiteral("192.0.2.7");
    static final String BACKEND = "http://10.0.0.1:9101";
    private static final long BEGIN = 1_000_000_000_000L;

    final MockServerWebExchange exchange;
    final EdgeRecord record = new EdgeRecord(BEGIN);
    final OutboundHeaders outbound = new OutboundHeaders();

    private ObservedRequest(MockServerHttpRequest request) {
        exchange = MockServerWebExchange.from(request);
        EdgeRecord.KEY.put(exchange, record);
        OutboundHeaders.KEY.put(exchange, outbound);
        record.identified("request-1");
    }

    static ObservedRequest get(String path) {
        return of(MockServerHttpRequest.get(path));
    }

    static ObservedRequest of(MockServerHttpRequest.BaseBuilder<?> request) {
        return new ObservedRequest(
                request.remoteAddress(new InetSocketAddress(PEER, 40_000)).build());
    }

    ObservedRequest of(String tenant) {
        Caller.KEY.put(
                exchange,
                new Caller(
                        tenant, "ana", Set.of(), Optional.empty(), Set.of(), Set.of(), Set.of(), "key-1", Instant.MAX));
        return this;
    }

    ObservedRequest onRoute(String id, String path) {
        record.matched(new RouteInfo(ResourceId.parse(id), Optional.empty(), PathTemplate.parse(path), Set.of()));
        return this;
    }

    ObservedRequest beginningAt(EdgeObserver... observers) {
        for (EdgeObserver observer : observers) {
            observer.started(exchange, record);
        }
        return this;
    }

    /** The backend is called after 2 ms, answers 30 ms later; after 1 ms that goes to the client, and the last byte comes 7 ms later. */
    ObservedRequest answeredByBackend(int status) {
        UpstreamCalls.answered(record.upstream(), BACKEND, at(2), at(32), at(33), at(40));
        exchange.getResponse().setStatusCode(HttpStatusCode.valueOf(status));
        return this;
    }

    ObservedRequest calledInVain(int attempts) {
        UpstreamCalls.unanswered(record.upstream(), BACKEND, at(2), attempts);
        return this;
    }

    ObservedRequest refused(EdgeOrder step, ProblemType problem) {
        record.at(step);
        record.failed(new ProblemException(Problem.of(problem, "refused in a test")), problem);
        return this;
    }

    void endsAt(int millis, Outcome outcome, EdgeObserver... observers) {
        record.end(outcome, at(millis));
        for (EdgeObserver observer : observers) {
            observer.completed(exchange, record);
        }
    }

    void endsAt(int millis, EdgeObserver... observers) {
        endsAt(millis, Outcome.COMPLETED, observers);
    }

    Map<String, String> sentUpstream() {
        Map<String, String> sent = new HashMap<>();
        UpstreamCalls.forEach(outbound, sent::put);
        return sent;
    }

    Set<String> keptFromUpstream() {
        return UpstreamCalls.dropped(outbound);
    }

    private static long at(int millis) {
        return BEGIN + millis * 1_000_000L;
    }
}

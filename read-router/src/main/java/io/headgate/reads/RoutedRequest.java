package io.headgate.reads;

import io.headgate.api.Caller;
import io.headgate.api.EventLoops;
import io.headgate.api.InternalHeaders;
import io.headgate.reads.SubjectPositions.Subject;
import java.util.List;
import java.util.Optional;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** One request of a route whose reads are routed: what its caller brings, and what the answer takes along. */
final class RoutedRequest {

    private final ReadsFilter.Shared shared;
    private final ServerWebExchange exchange;
    private final GatewayFilterChain chain;
    private final Optional<Cluster> cluster;
    private final String tenant;
    private final Optional<Subject> subject;

    /** @param cluster empty where the database cannot be reached as it is written: all goes to the primary's instance */
    RoutedRequest(
            ReadsFilter.Shared shared,
            ServerWebExchange exchange,
            GatewayFilterChain chain,
            Optional<Cluster> cluster) {
        this.shared = shared;
        this.exchange = exchange;
        this.chain = chain;
        this.cluster = cluster;
        Optional<Caller> caller = Caller.KEY.find(exchange);
        this.tenant = caller.map(Caller::tenant).orElse("");
        this.subject = caller.map(it -> new Subject(it.tenant(), it.subject()));
    }

    ServerWebExchange exchange() {
        return exchange;
    }

    Optional<Cluster> cluster() {
        return cluster;
    }

    ReadsMetrics metrics() {
        return shared.metrics();
    }

    Mono<Void> passOn() {
        return chain.filter(exchange);
    }

    /** Back to where the connection lives, for what continues on the answer of a database or of Redis. */
    <T> Mono<T> backHome(Mono<T> work) {
        Scheduler home = EventLoops.of(exchange.getRequest());
        return work.publishOn(home);
    }

    /** What the request itself says was seen. */
    Seen brought() {
        List<String> tokens = CarriedTokens.brought(exchange.getRequest());
        return tokens.isEmpty() ? Seen.NOTHING : shared.scopes().seen(tenant, tokens);
    }

    /** Whether somebody else has to be asked what this caller wrote. */
    boolean isUnknownTo(Seen brought, Cluster to) {
        return subject.isPresent() && !brought.knows(to.system());
    }

    Mono<Seen> kept(Seen brought) {
        return subject.map(it -> backHome(shared.subjects().of(it)).map(brought::merge))
                .orElseGet(() -> Mono.just(brought));
    }

    Mono<Void> keep(Seen wrote) {
        return subject.map(it -> shared.subjects().keep(it, wrote)).orElse(Mono.empty());
    }

    /** What the caller takes along; without keys there is no token. */
    void handOut(Seen seen) {
        shared.scopes().token(tenant, seen).ifPresent(token -> CarriedTokens.handOut(token, exchange));
    }

    void tell(ReadOutcome outcome) {
        exchange.getResponse().getHeaders().set(InternalHeaders.CONSISTENCY_OUTCOME, outcome.headerValue());
    }
}

package io.headgate.ratelimit;

import io.headgate.api.CallWatch;
import io.headgate.api.Caller;
import io.headgate.api.Destination;
import io.headgate.api.Problem;
import io.headgate.api.ProblemType;
import io.headgate.api.WebSocketHandshake;
import io.headgate.ratelimit.TenantShares.Account;
import java.util.Optional;
import java.util.function.Function;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Passes a request whose backend can take one more, for as long as it waits for the head of its answer. */
final class ShedFilter implements GatewayFilter {

    private static final String DETAIL = "The backend can take less at the moment than it is asked for.";

    private final Throttles throttles;
    private final Criticality criticality;
    private final String route;
    private final Function<ServerWebExchange, Optional<String>> upstream;
    private final boolean isWatched;
    private final Function<ServerWebExchange, String> tenant;

    /**
     * @param route as paces name it
     * @param upstream where a request goes; empty where it needs no backend, as the gateway's own services
     * @param isWatched whether somebody will say when it has been sent
     * @param tenant among whom a backend is shared out
     */
    ShedFilter(
            Throttles throttles,
            Criticality criticality,
            String route,
            Function<ServerWebExchange, Optional<String>> upstream,
            boolean isWatched,
            Function<ServerWebExchange, String> tenant) {
        this.throttles = throttles;
        this.criticality = criticality;
        this.route = route;
        this.upstream = upstream;
        this.isWatched = isWatched;
        this.tenant = tenant;
    }

    /** In the gateway: the upstream that was chosen, and the caller's tenant, or where there is no caller the address. */
    static ShedFilter ofGateway(Throttles throttles, Criticality criticality, String route) {
        return new ShedFilter(
                throttles,
                criticality,
                route,
                exchange -> Destination.KEY.find(exchange).map(Destination::upstream),
                true,
                ShedFilter::tenantOrAddress);
    }

    private static String tenantOrAddress(ServerWebExchange exchange) {
        Optional<Caller> caller = Caller.KEY.find(exchange);
        return caller.isPresent() ? caller.get().tenant() : "ip:" + Keys.address(exchange);
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Optional<String> backend = upstream.apply(exchange);
        if (backend.isEmpty()) {
            return chain.filter(exchange);
        }
        return Mono.using(
                () -> enter(backend.get(), exchange),
                seat -> chain.filter(exchange).doOnError(seat::failed),
                seat -> seat.end(status(exchange)));
    }

    private Seat enter(String backend, ServerWebExchange exchange) {
        Throttle throttle = throttles.of(backend);
        Account account = throttle.account(tenant.apply(exchange));
        if (!throttles.admits(throttle, criticality, account)) {
            throw Problem.tryLater(ProblemType.OVERLOADED, DETAIL, throttles.retryAfter())
                    .asException();
        }
        Seat seat = throttle.seat(account, route);
        if (isWatched) {
            CallWatch.KEY.put(exchange, seat);
        }
        if (isHeadOnly(exchange.getRequest())) {
            return isWatched ? seat.taken() : seat.takenAndSent();
        }
        return seat;
    }

    /** A body comes at the client's pace, and a WebSocket lasts as long as both sides like. */
    private static boolean isHeadOnly(ServerHttpRequest request) {
        HttpHeaders headers = request.getHeaders();
        return headers.getFirst(HttpHeaders.TRANSFER_ENCODING) == null
                && headers.getContentLength() <= 0
                && !WebSocketHandshake.isOne(request);
    }

    private static int status(ServerWebExchange exchange) {
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        return status == null ? 0 : status.value();
    }
}

package io.headgate.gateway.admin;

import io.headgate.api.RequestId;
import java.util.function.Supplier;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/** Names every request of the management port, as the edge does on its own. */
@Order(Ordered.HIGHEST_PRECEDENCE) // so that whatever fails later has a name to be reported by
final class RequestIdFilter implements WebFilter {

    private final Supplier<RequestId> fresh;

    RequestIdFilter(Supplier<RequestId> fresh) {
        this.fresh = fresh;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String sent = exchange.getRequest().getHeaders().getFirst(RequestId.HEADER);
        RequestId id = sent != null && RequestId.isAcceptable(sent) ? new RequestId(sent) : fresh.get();
        RequestId.KEY.put(exchange, id);
        exchange.getResponse().getHeaders().set(RequestId.HEADER, id.value());
        return chain.filter(exchange);
    }
}

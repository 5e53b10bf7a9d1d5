package io.headgate.export;

import java.util.OptionalLong;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Makes orders of what callers ask for in a body, by the same rules as of what they ask for in an address. */
interface JobOrders {

    /**
     * Completes with an order that the caller may give: the policies have been asked. Errs with the problem to answer,
     * with a pointer into the body where that is to blame.
     *
     * @param exchange with the caller, and with the tokens that it brought
     * @param parameters one JSON object
     */
    Mono<ExportOrder> order(ServerWebExchange exchange, byte[] parameters, boolean gzip);

    /**
     * How many rows it is reckoned to have; empty where nobody knows. Errs with the problem to answer where the dataset's
     * limits do not allow it.
     */
    Mono<OptionalLong> reckon(ExportOrder order);
}

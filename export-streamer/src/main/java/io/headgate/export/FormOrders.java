package io.headgate.export;

import java.util.OptionalLong;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Orders of jobs, read as those of streams are and judged as these would be before their first byte. */
final class FormOrders implements JobOrders {

    private final ExportOrders orders;
    private final ExportCursor cursor;

    FormOrders(ExportOrders orders, ExportCursor cursor) {
        this.orders = orders;
        this.cursor = cursor;
    }

    @Override
    public Mono<ExportOrder> order(ServerWebExchange exchange, byte[] parameters, boolean gzip) {
        return Mono.defer(() -> orders.order(ExportForm.ofBody(parameters), gzip, exchange));
    }

    @Override
    public Mono<OptionalLong> reckon(ExportOrder order) {
        return cursor.reckon(order)
                .map(OptionalLong::of)
                .onErrorResume(Failures::isNoRoom, full -> Mono.just(OptionalLong.empty())); // it can wait in the line
    }
}

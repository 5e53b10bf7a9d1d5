package io.headgate.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/**
 * A typed place in the exchange. Request state lives under these and nowhere else.
 *
 * @param name shown when a value that a step relies on is missing
 */
public record ExchangeKey<T>(String name, Class<T> type) {

    public static <T> ExchangeKey<T> of(Class<T> type) {
        return new ExchangeKey<>("headgate." + type.getSimpleName(), type);
    }

    public void put(ServerWebExchange exchange, T value) {
        exchange.getAttributes().put(name, value);
    }

    public Optional<T> find(ServerWebExchange exchange) {
        return Optional.ofNullable(lookup(exchange));
    }

    /** The value, where an earlier step always leaves one. */
    public T get(ServerWebExchange exchange) {
        T value = lookup(exchange);
        if (value == null) {
            throw new IllegalStateException(name + " is not in the exchange: the step that puts it did not run");
        }
        return value;
    }

    private @Nullable T lookup(ServerWebExchange exchange) {
        return type.cast(exchange.getAttributes().get(name));
    }
}

package io.headgate.api;

import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;

/**
 * A typed place in the exchange. Request state lives under these and nowhere else. All of them share one attribute of
 * the exchange, so that a step costs an index and not an entry of a concurrent map.
 */
public final class ExchangeKey<T> {

    static final String ATTRIBUTE = "headgate.values";

    private static final AtomicInteger PLACES = new AtomicInteger();

    private final String name;
    private final Class<T> type;
    private final int place = PLACES.getAndIncrement();

    private ExchangeKey(String name, Class<T> type) {
        this.name = name;
        this.type = type;
    }

    /** A key of its own at each call, to be kept in a constant. */
    public static <T> ExchangeKey<T> of(Class<T> type) {
        return new ExchangeKey<>(type.getSimpleName(), type);
    }

    public void put(ServerWebExchange exchange, T value) {
        ((Values) exchange.getAttributes().computeIfAbsent(ATTRIBUTE, absent -> new Values())).put(place, value);
    }

    public Optional<T> find(ServerWebExchange exchange) {
        return Optional.ofNullable(lookup(exchange));
    }

    /** The value, where an earlier step always leaves one. */
    public T get(ServerWebExchange exchange) {
        T value = lookup(exchange);
        if (value == null) {
            throw new IllegalStateException(this + " is not in the exchange: the step that puts it did not run");
        }
        return value;
    }

    private @Nullable T lookup(ServerWebExchange exchange) {
        Values values = (Values) exchange.getAttributes().get(ATTRIBUTE);
        return values == null ? null : type.cast(values.get(place));
    }

    @Override
    public String toString() {
        return name;
    }

    /** Steps follow one another, on whatever thread; whoever looks on from another may see a value late, never torn. */
    private static final class Values {
        private @Nullable Object[] places = new @Nullable Object[Math.max(PLACES.get(), 1)];

        void put(int place, Object value) {
            if (place >= places.length) {
                places = Arrays.copyOf(places, place + 1);
            }
            places[place] = value;
        }

        @Nullable
        Object get(int place) {
            @Nullable Object[] now = places;
            return place < now.length ? now[place] : null;
        }
    }
}

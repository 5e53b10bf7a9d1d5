package io.headgate.gateway.upstream;

import io.headgate.api.ExchangeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Headers that the gateway itself sends upstream: set last, over whatever the client or a stock filter put under the
 * same name.
 */
public final class OutboundHeaders {

    public static final ExchangeKey<OutboundHeaders> KEY = ExchangeKey.of(OutboundHeaders.class);

    private final List<String> namesAndValues = new ArrayList<>(8);
    private final List<String> dropped = new ArrayList<>(0);

    public void set(String name, String value) {
        namesAndValues.add(name);
        namesAndValues.add(value);
    }

    /** Keeps a header that the client sent from going upstream. */
    public void drop(String name) {
        dropped.add(name);
    }

    void forEachDropped(Consumer<String> consumer) {
        dropped.forEach(consumer);
    }

    void forEach(BiConsumer<String, String> consumer) {
        for (int i = 0; i < namesAndValues.size(); i += 2) {
            consumer.accept(namesAndValues.get(i), namesAndValues.get(i + 1));
        }
    }
}

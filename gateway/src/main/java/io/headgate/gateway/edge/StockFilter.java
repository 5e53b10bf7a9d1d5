package io.headgate.gateway.edge;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** One of the framework's own filters, named with its arguments as the framework's short form reads them. */
public record StockFilter(String name, Map<String, String> args) {

    public StockFilter {
        args = Collections.unmodifiableMap(
                new LinkedHashMap<>(args)); // in the author's order: the short form has no names
    }

    @Override
    public String toString() {
        return args.isEmpty() ? name : name + "=" + String.join(", ", args.values());
    }
}

package io.headgate.gateway.admin;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.web.reactive.function.server.ServerRequest;

/** A misspelt parameter would be a wrong answer that looks right. */
final class Parameters {

    private Parameters() {}

    static void allow(ServerRequest request, String... names) {
        Set<String> known = Set.of(names);
        for (Map.Entry<String, List<String>> sent : request.queryParams().entrySet()) {
            String name = Refusals.excerpt(sent.getKey());
            if (!known.contains(sent.getKey())) {
                throw Refusals.malformed("unknown parameter '" + name + "' (expected: "
                        + (known.isEmpty() ? "none" : String.join(", ", new TreeSet<>(known))) + ")");
            }
            if (sent.getValue().size() > 1) {
                throw Refusals.malformed(
                        "parameter '" + name + "' is there " + sent.getValue().size() + " times (expected: once)");
            }
        }
    }
}

package io.headgate.gateway.edge;

import java.util.Set;
import org.springframework.web.server.ServerWebExchange;

/** A request's method as reports may show it: a client may invent any, and what clients invent is not repeated. */
final class MethodName {

    private static final Set<String> KNOWN =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY");
    private static final String OTHER = "_OTHER"; // the word that OpenTelemetry has for it

    private MethodName() {}

    static String of(ServerWebExchange exchange) {
        String name = exchange.getRequest().getMethod().name();
        return KNOWN.contains(name) ? name : OTHER;
    }
}

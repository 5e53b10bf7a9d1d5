package io.headgate.gateway.edge;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** One route's answer to browsers, made ready when the route is compiled. */
final class Cors {

    private static final List<String> ANSWERS = List.of(
            HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN,
            HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS,
            HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS,
            HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS,
            HttpHeaders.ACCESS_CONTROL_MAX_AGE);
    private static final String ANY_SUBDOMAIN = "://*.";

    private final CorsSpec spec;
    private final boolean anyOrigin;
    private final Set<String> exact;
    private final List<String[]> domains;
    private final String methods;
    private final String exposed;
    private final String maxAge;

    Cors(CorsSpec spec, Set<HttpMethod> routeMethods) {
        this.spec = spec;
        anyOrigin = spec.origins().contains(CorsSpec.ANY);
        exact = spec.origins().stream()
                .filter(it -> !it.contains(ANY_SUBDOMAIN))
                .collect(Collectors.toSet());
        domains = spec.origins().stream()
                .filter(it -> it.contains(ANY_SUBDOMAIN))
                .map(it -> it.split("\\*", 2))
                .toList();
        methods = routeMethods.stream().map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new)).stream()
                .collect(Collectors.joining(", "));
        exposed = String.join(", ", new TreeSet<>(spec.exposedHeaders()));
        maxAge = Long.toString(spec.maxAge().toSeconds());
    }

    static boolean isPreflight(ServerHttpRequest request) {
        return request.getMethod() == HttpMethod.OPTIONS
                && request.getHeaders().containsHeader(HttpHeaders.ORIGIN)
                && request.getHeaders().containsHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
    }

    /** Where the gateway answers browsers, a backend does not: two answers are one that no browser accepts. */
    static Mono<Void> takeBackendsWord(ServerWebExchange exchange, GatewayFilterChain chain) {
        HttpHeaders headers = exchange.getResponse().getHeaders();
        Map<String, String> own = new LinkedHashMap<>();
        for (String name : ANSWERS) {
            String value = headers.getFirst(name);
            if (value != null) {
                own.put(name, value);
            }
        }
        return chain.filter(exchange).then(Mono.fromRunnable(() -> {
            ANSWERS.forEach(headers::remove);
            own.forEach(headers::set);
        }));
    }

    boolean allows(String origin) {
        if (anyOrigin || exact.contains(origin)) {
            return true;
        }
        for (String[] domain : domains) {
            if (origin.startsWith(domain[0])
                    && origin.endsWith(domain[1])
                    && isHost(origin, domain[0].length(), origin.length() - domain[1].length())) {
                return true;
            }
        }
        return false;
    }

    /** Between the scheme and the domain only a name may stand, else {@code https://evil/.example.com} were one. */
    private static boolean isHost(String origin, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = origin.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.')) {
                return false;
            }
        }
        return to > from;
    }

    /** On every answer of the route, refusals included, so that the page can read why. */
    void answer(HttpHeaders headers, @Nullable String origin) {
        if (!anyOrigin) {
            addVary(headers, HttpHeaders.ORIGIN);
        }
        if (origin == null || !allows(origin)) {
            return;
        }
        allowOrigin(headers, origin);
        if (!exposed.isEmpty()) {
            headers.set(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /** Whether the page may send what it asks about; if so, the answer that says so. */
    boolean answerPreflight(HttpHeaders asked, HttpHeaders answer) {
        String origin = asked.getFirst(HttpHeaders.ORIGIN);
        String method = asked.getFirst(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
        List<String> wanted = asked.getAccessControlRequestHeaders();
        answer.set(HttpHeaders.VARY, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
        if (origin == null || method == null) {
            return false;
        }
        boolean allowed = allows(origin)
                && (spec.headers().isEmpty()
                        || wanted.stream().allMatch(name -> spec.headers().contains(name.toLowerCase(Locale.ROOT))));
        if (!allowed) {
            return false;
        }
        allowOrigin(answer, origin);
        answer.set(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods.isEmpty() ? method : methods);
        if (!wanted.isEmpty()) {
            answer.set(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, String.join(", ", wanted));
        }
        answer.set(HttpHeaders.ACCESS_CONTROL_MAX_AGE, maxAge);
        return true;
    }

    private void allowOrigin(HttpHeaders headers, String origin) {
        headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, anyOrigin ? CorsSpec.ANY : origin);
        if (spec.credentials()) {
            headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }

    private static void addVary(HttpHeaders headers, String name) {
        boolean isThere = headers.getVary().stream().anyMatch(it -> it.equalsIgnoreCase(name) || it.equals("*"));
        if (!isThere) {
            headers.add(HttpHeaders.VARY, name);
        }
    }
}

package io.headgate.gateway.edge;

import io.headgate.api.PathTemplate;
import io.headgate.api.RouteInfo;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;

/**
 * The set of requests that a route takes: hosts times methods times paths. Sets of this form have exact answers to
 * whether they overlap and whether one lies within another.
 *
 * @param host a host, {@code *.} and a domain, or empty for every host
 * @param methods with HEAD wherever GET is; empty for every method
 */
record RouteMatch(String host, Set<HttpMethod> methods, PathTemplate path) {

    static final String WILDCARD = "*.";

    RouteMatch {
        methods = Set.copyOf(methods);
    }

    static RouteMatch of(RouteInfo route) {
        Set<HttpMethod> methods = new HashSet<>(route.methods());
        if (methods.contains(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
        return new RouteMatch(route.host().orElse(""), methods, route.path());
    }

    boolean accepts(HttpMethod method) {
        return methods.isEmpty() || methods.contains(method);
    }

    /** Two routes conflict where they meet and neither is strictly narrower: then nothing says whose a request is. */
    boolean conflictsWith(RouteMatch other) {
        return path.intersects(other.path)
                && methodsMeet(other)
                && hostsMeet(other)
                && contains(other) == other.contains(this);
    }

    boolean contains(RouteMatch other) {
        return path.contains(other.path) && methodsContain(other) && hostContains(host, other.host);
    }

    /** A request that both take; they must meet. */
    String exampleWith(RouteMatch other) {
        String narrower = hostContains(host, other.host) ? other.host : host;
        String exampleHost = narrower.isEmpty()
                ? "localhost"
                : narrower.startsWith(WILDCARD) ? "x" + narrower.substring(1) : narrower;
        return exampleMethod(other) + " http://" + exampleHost + path.exampleWith(other.path);
    }

    private HttpMethod exampleMethod(RouteMatch other) {
        if (accepts(HttpMethod.GET) && other.accepts(HttpMethod.GET)) {
            return HttpMethod.GET;
        }
        Set<HttpMethod> some = methods.isEmpty() ? other.methods : methods;
        return some.stream()
                .filter(method -> accepts(method) && other.accepts(method))
                .min(HttpMethod::compareTo)
                .orElseThrow(() -> new IllegalStateException(this + " and " + other + " do not meet"));
    }

    private boolean methodsMeet(RouteMatch other) {
        return methods.isEmpty() || other.methods.isEmpty() || methods.stream().anyMatch(other.methods::contains);
    }

    private boolean methodsContain(RouteMatch other) {
        return methods.isEmpty() || !other.methods.isEmpty() && methods.containsAll(other.methods);
    }

    private boolean hostsMeet(RouteMatch other) {
        return hostContains(host, other.host) || hostContains(other.host, host);
    }

    private static boolean hostContains(String wider, String narrower) {
        if (wider.isEmpty() || wider.equals(narrower)) {
            return true;
        }
        // the star stands for at least one label, so the domain itself is not among its hosts
        return wider.startsWith(WILDCARD)
                && narrower.length() > wider.length() - 1
                && narrower.endsWith(wider.substring(1));
    }

    /** As a person reads it: {@code GET, HEAD api.example.com/api/**}. */
    @Override
    public String toString() {
        String who = methods.isEmpty()
                ? "any method"
                : methods.stream().map(HttpMethod::name).collect(Collectors.toCollection(TreeSet::new)).stream()
                        .collect(Collectors.joining(", "));
        return who + " " + host + path;
    }
}

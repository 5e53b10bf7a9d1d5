package io.headgate.authz;

import io.headgate.api.PathTemplate;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecReader;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.springframework.http.HttpMethod;

/**
 * What requests of some methods and paths mean to the policies.
 *
 * @param methods empty for every method of the route
 * @param id names one resource; without it the request is about the whole collection
 * @param read whether it changes nothing, whatever its method
 */
record Operation(Set<HttpMethod> methods, PathTemplate path, String action, Optional<IdTemplate> id, boolean read) {

    private static final Pattern ACTION = Pattern.compile("[A-Za-z][A-Za-z0-9_.:-]{0,62}");
    private static final Set<String> METHODS = Set.of("GET", "QUERY", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    Operation {
        methods = Set.copyOf(methods);
    }

    static Operation read(SpecReader operation, RouteInfo route) {
        Set<HttpMethod> methods = new HashSet<>(operation.parsedList("methods", text -> method(text, route)));
        PathTemplate path = operation
                .optionalParsed("path", text -> within(route.path(), PathTemplate.parse(text)))
                .orElse(route.path());
        var action = operation.parsed("action", Operation::action);
        Optional<IdTemplate> id = operation.optionalParsed("id", text -> id(text, path));
        boolean read = operation.flag("read", false);
        return operation.build(() -> new Operation(methods, path, action.get(), id, read));
    }

    boolean takes(HttpMethod method) {
        return methods.isEmpty() || methods.contains(method);
    }

    /** Whether some request is one of both. */
    boolean overlaps(Operation other) {
        return sharesMethodWith(other) && path.intersects(other.path);
    }

    boolean isMoreSpecificThan(Operation other) {
        return other.path.contains(path) && !path.contains(other.path);
    }

    private boolean sharesMethodWith(Operation other) {
        return methods.isEmpty() || other.methods.isEmpty() || methods.stream().anyMatch(other.methods::contains);
    }

    private static HttpMethod method(String text, RouteInfo route) {
        if (text.equals("HEAD")) {
            throw new IllegalArgumentException("'HEAD' (expected: GET, which HEAD follows)");
        }
        if (!METHODS.contains(text)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: one of " + String.join(", ", new TreeSet<>(METHODS)) + ")");
        }
        HttpMethod method = HttpMethod.valueOf(text);
        if (!route.methods().isEmpty() && !methodsOf(route).contains(method)) {
            throw new IllegalArgumentException("'" + text + "' (expected: a method of the route, one of "
                    + methodsOf(route).stream().map(HttpMethod::name).sorted().collect(Collectors.joining(", ")) + ")");
        }
        return method;
    }

    /** The route's methods with GET for HEAD, which is never decided otherwise. */
    static Set<HttpMethod> methodsOf(RouteInfo route) {
        return route.methods().stream()
                .map(method -> method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method)
                .collect(Collectors.toSet());
    }

    private static PathTemplate within(PathTemplate route, PathTemplate path) {
        if (!route.contains(path)) {
            throw new IllegalArgumentException("'" + path + "' (expected: a path within the route's " + route + ")");
        }
        return path;
    }

    private static String action(String text) {
        if (!ACTION.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' (expected: 1-63 letters, digits and '_.:-')");
        }
        return text;
    }

    private static IdTemplate id(String text, PathTemplate path) {
        IdTemplate id = IdTemplate.parse(text);
        if (!path.variableNames().containsAll(id.variables())) {
            throw new IllegalArgumentException("'" + text + "' (expected: variables of " + path + ", which has "
                    + new TreeSet<>(path.variableNames()) + ")");
        }
        return id;
    }
}

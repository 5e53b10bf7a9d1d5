package io.headgate.authz;

import io.headgate.api.RouteInfo;
import io.headgate.api.SpecReader;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.springframework.http.HttpMethod;

/**
 * The {@code authz} section of a route.
 *
 * @param resource the type of what the route serves, as policies name it; there where policies are asked
 * @param operations the narrowest that takes a request says what the request is; they leave none out
 */
record AuthzSection(AuthzMode mode, Optional<String> resource, List<Operation> operations) {

    private static final Pattern RESOURCE = Pattern.compile("[A-Za-z][A-Za-z0-9_]*(?:::[A-Za-z][A-Za-z0-9_]*)*");
    private static final int MAX_RESOURCE_LENGTH = 128;

    AuthzSection {
        operations = List.copyOf(operations);
    }

    /** An operation that was read, and its reader, which knows the place. */
    private record Placed(SpecReader at, Operation operation) {}

    static AuthzSection read(SpecReader section, RouteInfo route) {
        AuthzMode mode = section.choice("mode", AuthzMode.class, AuthzMode.ENFORCE);
        Optional<String> resource =
                mode.asksPolicies() ? Optional.of(section.text("resource")) : section.optionalText("resource");
        section.optionalParsed("resource", AuthzSection::resourceType);
        Supplier<List<Placed>> operations =
                section.objects("operations", reader -> new Placed(reader, Operation.read(reader, route)));
        return section.build(() -> {
            refuseAmbiguous(operations.get());
            List<Operation> read =
                    operations.get().stream().map(Placed::operation).toList();
            if (mode.asksPolicies()) {
                refuseUncovered(section, route, read);
            }
            return new AuthzSection(mode, resource, read);
        });
    }

    static boolean isResourceType(String text) {
        return text.length() <= MAX_RESOURCE_LENGTH && RESOURCE.matcher(text).matches();
    }

    private static String resourceType(String text) {
        if (!isResourceType(text)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: an entity type such as Report or Billing::Invoice)");
        }
        return text;
    }

    private static void refuseAmbiguous(List<Placed> operations) {
        for (int later = 1; later < operations.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                Operation one = operations.get(earlier).operation();
                Operation two = operations.get(later).operation();
                if (one.overlaps(two) && !one.isMoreSpecificThan(two) && !two.isMoreSpecificThan(one)) {
                    operations
                            .get(later)
                            .at()
                            .problem("'" + two.path() + "' and '" + one.path() + "' of operation " + earlier
                                    + " both take " + one.path().exampleWith(two.path())
                                    + " (expected: that one is narrower, or that they share no method)");
                }
            }
        }
    }

    private static void refuseUncovered(SpecReader section, RouteInfo route, List<Operation> operations) {
        if (route.methods().isEmpty()
                && !isCovered(
                        route, operations, operation -> operation.methods().isEmpty())) {
            section.problem(
                    "operations",
                    "the route takes every method (expected: an operation without methods for all of " + route.path()
                            + ")");
        }
        Operation.methodsOf(route).stream()
                .filter(method -> !isCovered(route, operations, operation -> operation.takes(method)))
                .map(HttpMethod::name)
                .sorted()
                .forEach(method -> section.problem(
                        "operations",
                        method + " is not covered (expected: an operation that takes " + method + " on all of "
                                + route.path() + ")"));
    }

    private static boolean isCovered(RouteInfo route, List<Operation> operations, Predicate<Operation> takesMethod) {
        return operations.stream()
                .filter(takesMethod)
                .anyMatch(operation -> operation.path().contains(route.path()));
    }
}

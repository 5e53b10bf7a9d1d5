package io.headgate.authz;

import java.util.Map;

/**
 * A question as a service puts it.
 *
 * @param subject with what the service says of it; the roles that it names are its parents
 * @param place where it stands in the request, as a JSON Pointer
 */
record Evaluation(
        PolicyEntity subject, String action, PolicyEntity resource, Map<String, Object> context, String place) {

    Evaluation {
        context = Map.copyOf(context);
    }
}

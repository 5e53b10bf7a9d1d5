package io.headgate.authz;

import java.util.Map;

/** All that a decision depends on, but for the policies: who asks to do what with what, and under which circumstances. */
record Question(PolicyEntity principal, String action, PolicyEntity resource, Map<String, Object> context) {

    static final String ACTION = "Action";
    static final String USER = "User";
    static final String ROLE = "Role";

    Question {
        context = Map.copyOf(context);
    }
}

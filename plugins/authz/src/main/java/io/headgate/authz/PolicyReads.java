package io.headgate.authz;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which parts of a question policies look at. What none of them looks at cannot change the decision, so that a decision
 * is remembered for all questions that differ in nothing else. A use that is not understood counts as looking at all.
 *
 * @param resourceId whether it matters which resource of its type is meant
 */
record PolicyReads(Names context, Names resource, boolean resourceId) {

    static final PolicyReads NOTHING = new PolicyReads(Names.NONE, Names.NONE, false);

    /** Some names, or every name that there could be. */
    record Names(boolean all, Set<String> names) {

        static final Names NONE = new Names(false, Set.of());
        static final Names ALL = new Names(true, Set.of());

        Names {
            names = Set.copyOf(names);
        }

        boolean contain(String name) {
            return all || names.contains(name);
        }

        boolean containAnyOf(Set<String> some) {
            return all || some.stream().anyMatch(names::contains);
        }

        private Names and(Names other) {
            Set<String> both = new HashSet<>(names);
            both.addAll(other.names);
            return new Names(all || other.all, both);
        }
    }

    PolicyReads and(PolicyReads other) {
        return new PolicyReads(
                context.and(other.context), resource.and(other.resource), resourceId || other.resourceId);
    }

    /** @param policies each in Cedar's JSON form */
    static PolicyReads of(List<String> policies) {
        var walk = new Walk();
        for (String policy : policies) {
            JsonNode tree = JsonMapper.shared().readTree(policy);
            String scope = tree.path("resource").path("op").stringValue("");
            walk.resourceId |= !scope.equals("All")
                    && !(scope.equals("is") && !tree.path("resource").has("in"));
            walk.expression(tree.path("conditions"));
        }
        return new PolicyReads(
                new Names(walk.allContext, walk.context), new Names(walk.allResource, walk.resource), walk.resourceId);
    }

    private static final class Walk {
        private final Set<String> context = new HashSet<>();
        private final Set<String> resource = new HashSet<>();
        private boolean allContext;
        private boolean allResource;
        private boolean resourceId;

        private void expression(JsonNode node) {
            if (node.isObject() && node.size() == 1) {
                var only = node.properties().iterator().next();
                if (isUnderstood(only.getKey(), only.getValue())) {
                    return;
                }
            }
            node.valueStream().forEach(this::expression);
        }

        /** Whether this node says all about its use of a variable, so that what is below needs no look. */
        private boolean isUnderstood(String operator, JsonNode operand) {
            return switch (operator) {
                case "Var" -> {
                    all(operand.stringValue(""));
                    yield true;
                }
                case ".", "has" -> attribute(variable(operand.path("left")), operand.path("attr"));
                case "is" -> !variable(operand.path("left")).isEmpty() && !operand.has("in");
                case "Value" -> literal(operand);
                default -> false;
            };
        }

        /** What is known of an entity that is named outright depends on whether it is the one that is asked about. */
        private boolean literal(JsonNode value) {
            String type = value.path("__entity").path("type").stringValue("");
            resourceId |= !type.isEmpty() && !type.equals(Question.ROLE);
            return true;
        }

        private boolean attribute(String variable, JsonNode name) {
            if (!name.isString()) {
                return false;
            }
            return switch (variable) {
                case "context" -> {
                    context.add(name.stringValue());
                    yield true;
                }
                case "resource" -> {
                    resource.add(name.stringValue());
                    yield true;
                }
                default -> false;
            };
        }

        private void all(String variable) {
            if (variable.equals("context")) {
                allContext = true;
            }
            if (variable.equals("resource")) {
                allResource = true;
                resourceId = true;
            }
        }

        private static String variable(JsonNode node) {
            return node.size() == 1 ? node.path("Var").stringValue("") : "";
        }
    }
}

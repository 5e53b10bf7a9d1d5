package io.headgate.authz;

import io.headgate.api.Problem;
import io.headgate.authz.PolicyEntity.Ref;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.NumericNode;

/**
 * Reads what a service asks. What is missing or of another kind than it should be is a problem at its JSON Pointer; what
 * is not known is passed over, and null means that nothing is there.
 */
final class EvaluationReader {

    static final String EVALUATIONS = "evaluations";

    private static final String SUBJECT = "subject";
    private static final String ACTION = "action";
    private static final String RESOURCE = "resource";
    private static final String CONTEXT = "context";
    private static final String TYPE = "type";
    private static final String ID = "id";
    private static final String NAME = "name";
    private static final String PROPERTIES = "properties";
    private static final String ROLES = "roles";

    private static final int MAX_ID = 512;
    private static final int MAX_DECIMALS = 4;
    private static final BigDecimal MAX_DECIMAL = BigDecimal.valueOf(Long.MAX_VALUE, MAX_DECIMALS);
    /** Words of the policy language, which no type can be called. */
    private static final Set<String> RESERVED =
            Set.of("true", "false", "if", "then", "else", "in", "is", "like", "has");

    /** An object of the request and where it stands, with the one that stands in for what it leaves out. */
    private record Part(JsonNode node, String pointer, JsonNode spare, String sparePointer) {

        String text(String name) {
            boolean own = !node.path(name).isMissingNode() && !node.path(name).isNull();
            JsonNode value = own ? node.path(name) : spare.path(name);
            String place = (own || spare.path(name).isMissingNode() ? pointer : sparePointer) + "/" + name;
            if (value.isMissingNode() || value.isNull()) {
                throw bad(place, "missing (expected: a string)");
            }
            if (!value.isString()
                    || value.stringValue().isEmpty()
                    || value.stringValue().length() > MAX_ID) {
                throw bad(place, kind(value) + " (expected: a string of 1.." + MAX_ID + " characters)");
            }
            return value.stringValue();
        }

        Map<String, Object> object(String name) {
            return members(node.path(name), pointer + "/" + name);
        }
    }

    private final JsonNode request;

    EvaluationReader(JsonNode request) {
        if (!request.isObject()) {
            throw bad("", kind(request) + " (expected: an object)");
        }
        this.request = request;
    }

    /** What the request itself asks. */
    Evaluation only() {
        return evaluation(request, "");
    }

    Semantic semantic() {
        JsonNode options = objectAt(request, "options", "");
        JsonNode word = options.path("evaluations_semantic");
        String place = "/options/evaluations_semantic";
        if (!word.isMissingNode() && !word.isNull() && !word.isString()) {
            throw bad(place, kind(word) + " (expected: " + Semantic.words() + ")");
        }
        return Semantic.of(word.stringValue("execute_all"))
                .orElseThrow(() -> bad(place, "another word (expected: " + Semantic.words() + ")"));
    }

    /** What is asked one by one; the request's own members stand in for what an item leaves out. */
    List<JsonNode> items(int max) {
        JsonNode items = request.path(EVALUATIONS);
        if (items.isMissingNode() || items.isNull()) {
            return List.of();
        }
        if (!items.isArray() || items.size() > max) {
            throw bad(
                    "/" + EVALUATIONS,
                    (items.isArray() ? items.size() + " of them" : kind(items)) + " (expected: a list of at most " + max
                            + ")");
        }
        for (String member : List.of(SUBJECT, ACTION, RESOURCE, CONTEXT)) {
            objectAt(request, member, "");
        }
        return items.valueStream().toList();
    }

    Evaluation item(JsonNode item, int index) {
        String pointer = "/" + EVALUATIONS + "/" + index;
        if (!item.isObject()) {
            throw bad(pointer, kind(item) + " (expected: an object)");
        }
        return evaluation(item, pointer);
    }

    private Evaluation evaluation(JsonNode item, String pointer) {
        Part action = part(item, ACTION, pointer);
        return new Evaluation(
                subject(part(item, SUBJECT, pointer)),
                action.text(NAME),
                entity(part(item, RESOURCE, pointer)),
                context(item, pointer, action),
                pointer);
    }

    /** The item's own, else the one that the request gives for all; an item's own may leave its type or id to that. */
    private Part part(JsonNode item, String member, String pointer) {
        JsonNode own = objectAt(item, member, pointer);
        JsonNode common = objectAt(request, member, "");
        if (own.isMissingNode() && common.isMissingNode()) {
            throw bad(pointer + "/" + member, "missing (expected: an object)");
        }
        String sparePointer = "/" + member;
        return own.isMissingNode()
                ? new Part(common, sparePointer, MissingNode.getInstance(), sparePointer)
                : new Part(own, pointer + sparePointer, common, sparePointer);
    }

    private static PolicyEntity subject(Part part) {
        PolicyEntity entity = entity(part);
        Map<String, Object> attributes = new HashMap<>(entity.attributes());
        attributes.remove(ROLES);
        return new PolicyEntity(entity.type(), entity.id(), attributes, roles(part));
    }

    private static PolicyEntity entity(Part part) {
        String type = part.text(TYPE);
        String id = part.text(ID);
        if (!AuthzSection.isResourceType(type)
                || Arrays.stream(type.split("::")).anyMatch(RESERVED::contains)) {
            throw bad(part.pointer() + "/" + TYPE, "no entity type (expected: one such as User or Billing::Invoice)");
        }
        return new PolicyEntity(type, id, part.object(PROPERTIES), Set.of());
    }

    private static Set<Ref> roles(Part subject) {
        JsonNode roles = subject.node().path(PROPERTIES).path(ROLES);
        String place = subject.pointer() + "/" + PROPERTIES + "/" + ROLES;
        if (roles.isMissingNode() || roles.isNull()) {
            return Set.of();
        }
        if (!roles.isArray()) {
            throw bad(place, kind(roles) + " (expected: a list of strings)");
        }
        Set<Ref> parents = new HashSet<>();
        int index = 0;
        for (JsonNode role : roles.values()) {
            if (!role.isString()) {
                throw bad(place + "/" + index, kind(role) + " (expected: a string)");
            }
            parents.add(new Ref(Question.ROLE, role.stringValue()));
            index++;
        }
        return parents;
    }

    /** What is said of the action stands in the context, since actions have no attributes. */
    private Map<String, Object> context(JsonNode item, String pointer, Part action) {
        JsonNode own = objectAt(item, CONTEXT, pointer);
        Map<String, Object> context = new HashMap<>(
                own.isMissingNode()
                        ? members(objectAt(request, CONTEXT, ""), "/" + CONTEXT)
                        : members(own, pointer + "/" + CONTEXT));
        Map<String, Object> properties = action.object(PROPERTIES);
        if (!properties.isEmpty() && context.putIfAbsent(ACTION, properties) != null) {
            throw bad(
                    action.pointer() + "/" + PROPERTIES,
                    "the context has a member 'action' as well (expected: one of the two)");
        }
        return context;
    }

    private static JsonNode objectAt(JsonNode node, String member, String pointer) {
        JsonNode value = node.path(member);
        if (value.isNull()) {
            return MissingNode.getInstance();
        }
        if (!value.isMissingNode() && !value.isObject()) {
            throw bad(pointer + "/" + member, kind(value) + " (expected: an object)");
        }
        return value;
    }

    private static Map<String, Object> members(JsonNode object, String pointer) {
        if (!object.isObject() && !object.isMissingNode() && !object.isNull()) {
            throw bad(pointer, kind(object) + " (expected: an object)");
        }
        Map<String, Object> members = new HashMap<>();
        object.propertyStream().filter(member -> !member.getValue().isNull()).forEach(member -> {
            String place = pointer + "/" + escaped(member.getKey());
            if (member.getKey().startsWith("__")) {
                throw bad(place, "the policy language has names that begin so (expected: another)");
            }
            members.put(member.getKey(), value(member.getValue(), place));
        });
        return members;
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static Object value(JsonNode node, String place) {
        return switch (node.getNodeType()) {
            case STRING -> node.stringValue();
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> number(node, place);
            case ARRAY -> list(node, place);
            case OBJECT -> members(node, place);
            case NULL, MISSING, BINARY, POJO ->
                throw bad(place, kind(node) + " (expected: a string, a number, true, false, a list or an object)");
        };
    }

    private static List<Object> list(JsonNode array, String place) {
        List<Object> values = new ArrayList<>();
        for (JsonNode item : array.values()) {
            values.add(value(item, place + "/" + values.size()));
        }
        return values;
    }

    /** A whole number, however it is written, or a decimal as the policy language has them. */
    private static Object number(JsonNode node, String place) {
        if (node instanceof NumericNode numeric && numeric.isNaN()) {
            throw badNumber(place);
        }
        BigDecimal number = node.decimalValue();
        if (number.precision() - number.scale() > 19 || number.scale() > 400) {
            throw badNumber(place);
        }
        BigDecimal plain = number.stripTrailingZeros();
        if (plain.scale() <= 0) {
            try {
                return plain.longValueExact();
            } catch (ArithmeticException tooLarge) {
                throw badNumber(place);
            }
        }
        if (plain.scale() > MAX_DECIMALS || plain.abs().compareTo(MAX_DECIMAL) > 0) {
            throw badNumber(place);
        }
        return plain;
    }

    private static RuntimeException badNumber(String place) {
        return bad(
                place,
                "a number that policies do not have (expected: 64 bits, or at most " + MAX_DECIMALS + " decimals)");
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> node.stringValue().isEmpty() ? "an empty string" : "a string";
            case BOOLEAN -> "a truth value";
            case NUMBER -> "a number";
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case NULL -> "null";
            case MISSING, BINARY, POJO -> "nothing";
        };
    }

    static RuntimeException bad(String pointer, String detail) {
        return new Problem.MalformedAt(pointer, detail).asException();
    }
}

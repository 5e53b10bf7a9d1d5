package io.headgate.authz;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a Cedar schema declares, as far as questions must be cut to fit it: Cedar refuses a request that says more than
 * the schema knows.
 */
final class PolicySchema {

    /** The members of a record or an entity; a member that is not required may be left out. */
    record Member(Type type, boolean required) {}

    /** A declared type, common types resolved. */
    sealed interface Type {}

    /** Cedar's own, such as {@code String} or {@code ipaddr}, or an entity type. */
    record Named(String name) implements Type {}

    record SetOf(Type element) implements Type {}

    record RecordOf(Map<String, Member> members) implements Type {}

    /** @param parents the entity types that it may be in */
    record EntityType(Map<String, Member> attributes, Set<String> parents) {}

    /** @param context what a request for it may bring along */
    record Action(Set<String> principals, Set<String> resources, Map<String, Member> context) {}

    private static final RecordOf NOTHING = new RecordOf(Map.of());
    private static final int MAX_DEPTH = 32;

    private final Map<String, EntityType> entities = new HashMap<>();
    private final Map<String, Action> actions = new HashMap<>();
    private final Map<String, JsonNode> common = new HashMap<>();

    private PolicySchema(JsonNode namespaces) {
        namespaces
                .propertyStream()
                .forEach(space -> space.getValue()
                        .path("commonTypes")
                        .propertyStream()
                        .forEach(type -> common.put(qualified(space.getKey(), type.getKey()), type.getValue())));
        namespaces.propertyStream().forEach(space -> read(space.getKey(), space.getValue()));
    }

    /** @param json a schema in Cedar's JSON form */
    static PolicySchema read(String json) {
        return new PolicySchema(JsonMapper.shared().readTree(json));
    }

    Optional<EntityType> entity(String type) {
        return Optional.ofNullable(entities.get(type));
    }

    Optional<Action> action(String action) {
        return Optional.ofNullable(actions.get(action));
    }

    boolean takes(String principal, String action, String resource) {
        Action declared = actions.get(action);
        return declared != null
                && declared.principals().contains(principal)
                && declared.resources().contains(resource);
    }

    /** Every type that some action may be done to. */
    Set<String> resourceTypes() {
        Set<String> types = new HashSet<>();
        actions.values().forEach(action -> types.addAll(action.resources()));
        return types;
    }

    Map<String, Action> actions() {
        return Map.copyOf(actions);
    }

    private void read(String space, JsonNode declared) {
        declared.path("entityTypes")
                .propertyStream()
                .forEach(entity ->
                        entities.put(qualified(space, entity.getKey()), entityType(space, entity.getValue())));
        // actions of a namespace are of another type than Action, which no request here asks for
        if (space.isEmpty()) {
            declared.path("actions")
                    .propertyStream()
                    .forEach(action -> actions.put(action.getKey(), action(space, action.getValue())));
        }
    }

    private EntityType entityType(String space, JsonNode entity) {
        return new EntityType(members(space, entity.path("shape"), 0), names(space, entity.path("memberOfTypes")));
    }

    private Action action(String space, JsonNode action) {
        JsonNode applies = action.path("appliesTo");
        return new Action(
                names(space, applies.path("principalTypes")),
                names(space, applies.path("resourceTypes")),
                members(space, applies.path("context"), 0));
    }

    private Set<String> names(String space, JsonNode list) {
        Set<String> names = new HashSet<>();
        list.valueStream().forEach(name -> {
            names.add(qualified(space, name.stringValue()));
            names.add(name.stringValue()); // Cedar looks in the namespace first, then outside
        });
        return names;
    }

    private Map<String, Member> members(String space, JsonNode type, int depth) {
        return type(space, type, depth) instanceof RecordOf(Map<String, Member> members) ? members : Map.of();
    }

    private Type type(String space, JsonNode type, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("types within types (expected: at most " + MAX_DEPTH + " deep)");
        }
        if (type.isMissingNode()) {
            return NOTHING;
        }
        String kind = type.path("type").stringValue("");
        return switch (kind) {
            case "Record" -> record(space, type, depth);
            case "Set" -> new SetOf(type(space, type.path("element"), depth + 1));
            case "EntityOrCommon", "Entity", "Extension" ->
                named(space, type.path("name").stringValue(""), depth);
            default -> named(space, kind, depth);
        };
    }

    private RecordOf record(String space, JsonNode type, int depth) {
        Map<String, Member> members = new LinkedHashMap<>();
        type.path("attributes")
                .propertyStream()
                .forEach(member -> members.put(
                        member.getKey(),
                        new Member(
                                type(space, member.getValue(), depth + 1),
                                member.getValue().path("required").booleanValue(true))));
        return new RecordOf(members);
    }

    private Type named(String space, String name, int depth) {
        JsonNode declared = common.get(qualified(space, name));
        if (declared == null) {
            declared = common.get(name);
        }
        return declared == null
                ? new Named(name.startsWith("__cedar::") ? name.substring("__cedar::".length()) : name)
                : type(space, declared, depth + 1);
    }

    private static String qualified(String space, String name) {
        return space.isEmpty() || name.contains("::") ? name : space + "::" + name;
    }
}

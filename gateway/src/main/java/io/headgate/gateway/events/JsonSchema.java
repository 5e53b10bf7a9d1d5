package io.headgate.gateway.events;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * The part of JSON Schema (2020-12) that the events' schemas use. A keyword that is not known here is an error when the
 * schema is read, so what other consumers take from a schema is never more than what is checked.
 */
final class JsonSchema {

    private static final Set<String> REMARKS = Set.of("$schema", "$id", "title", "description");
    private static final Pattern UUID_TEXT = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    /** Says what is wrong with a value; empty where nothing is. */
    private interface Rule {
        Optional<String> check(JsonNode value, Place place);
    }

    /** Where a value stands; its words are only put together for a value that is wrong. */
    private record Place(Optional<Place> within, Object member) {

        static final Place DOCUMENT = new Place(Optional.empty(), "");

        Place of(Object inner) {
            return new Place(Optional.of(this), inner);
        }

        @Override
        public String toString() {
            return within.map(outer -> outer + "/" + member).orElse("");
        }
    }

    private final List<Rule> rules = new ArrayList<>();

    private JsonSchema() {}

    /** @param named finds the schema that a {@code $ref} names */
    static JsonSchema read(JsonNode document, Function<String, JsonSchema> named) {
        var schema = new JsonSchema();
        if (!document.isObject()) {
            throw new IllegalArgumentException("schema: " + document.getNodeType() + " (expected: an object)");
        }
        for (Map.Entry<String, JsonNode> keyword : document.properties()) {
            if (!REMARKS.contains(keyword.getKey())) {
                schema.rules.add(rule(keyword.getKey(), keyword.getValue(), document, named));
            }
        }
        return schema;
    }

    Optional<String> check(JsonNode value) {
        return check(value, Place.DOCUMENT);
    }

    private Optional<String> check(JsonNode value, Place place) {
        return first(rules, rule -> rule.check(value, place));
    }

    /** Without a stream: each event passes here. */
    private static <T> Optional<String> first(Iterable<T> all, Function<T, Optional<String>> check) {
        for (T one : all) {
            Optional<String> wrong = check.apply(one);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    private static Rule rule(String keyword, JsonNode argument, JsonNode schema, Function<String, JsonSchema> named) {
        return switch (keyword) {
            case "$ref" -> named.apply(argument.stringValue())::check;
            case "allOf" -> allOf(argument, named);
            case "type" -> type(argument);
            case "enum" -> oneOf(argument);
            case "const" -> expecting(argument.toString(), value -> value.equals(argument));
            case "required" -> required(argument);
            case "properties" -> properties(argument, schema, named);
            case "additionalProperties" -> requireFalse(argument);
            case "items" -> items(read(argument, named));
            case "pattern" -> pattern(Pattern.compile(argument.stringValue()));
            case "format" -> format(argument.stringValue());
            case "minLength" ->
                expecting(
                        argument + " characters or more",
                        value -> !value.isString() || length(value) >= argument.intValue());
            case "maxLength" ->
                expecting(
                        argument + " characters at most",
                        value -> !value.isString() || length(value) <= argument.intValue());
            case "minimum" ->
                expecting(
                        argument + " or more",
                        value -> !value.isNumber() || value.decimalValue().compareTo(argument.decimalValue()) >= 0);
            default -> throw new IllegalArgumentException("schema keyword " + keyword + " is not known here");
        };
    }

    private static Rule allOf(JsonNode schemas, Function<String, JsonSchema> named) {
        var all = new JsonSchema();
        schemas.forEach(schema -> all.rules.add(read(schema, named)::check));
        return all::check;
    }

    private static Rule type(JsonNode names) {
        Set<String> allowed = new HashSet<>();
        texts(names).forEach(allowed::add);
        return expecting(
                String.join(" or ", allowed),
                value -> allowed.contains(typeOf(value))
                        || allowed.contains("integer") && value.isNumber() && isWhole(value));
    }

    private static boolean isWhole(JsonNode value) {
        return value.isIntegralNumber()
                || value.decimalValue().stripTrailingZeros().scale() <= 0;
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT, POJO -> "object";
            case ARRAY -> "array";
            case STRING, BINARY -> "string";
            case NUMBER -> "number";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            case MISSING -> "nothing";
        };
    }

    private static Rule oneOf(JsonNode values) {
        Set<JsonNode> allowed = new HashSet<>();
        values.forEach(allowed::add);
        return expecting("one of " + values, allowed::contains);
    }

    private static Rule required(JsonNode names) {
        List<String> all = texts(names).toList();
        return (value, place) -> first(
                all,
                name -> value.isObject() && !value.has(name)
                        ? Optional.of(place.of(name) + " is missing")
                        : Optional.empty());
    }

    private static Rule properties(JsonNode members, JsonNode schema, Function<String, JsonSchema> named) {
        Map<String, JsonSchema> known = new LinkedHashMap<>();
        members.properties().forEach(member -> known.put(member.getKey(), read(member.getValue(), named)));
        boolean closed = schema.has("additionalProperties");
        return (value, place) -> first(value.properties(), member -> member(known, closed, member, place));
    }

    private static Optional<String> member(
            Map<String, JsonSchema> known, boolean closed, Map.Entry<String, JsonNode> member, Place place) {
        JsonSchema schema = known.get(member.getKey());
        if (schema == null) {
            return closed ? Optional.of(place.of(member.getKey()) + " is not known") : Optional.empty();
        }
        return schema.check(member.getValue(), place.of(member.getKey()));
    }

    private static Rule requireFalse(JsonNode argument) {
        if (!argument.isBoolean() || argument.booleanValue()) {
            throw new IllegalArgumentException("additionalProperties: " + argument + " (expected: false, or nothing)");
        }
        return (value, place) -> Optional.empty(); // the rule of the properties sees to it
    }

    private static Rule items(JsonSchema schema) {
        return (value, place) -> {
            Optional<String> wrong = Optional.empty();
            for (int i = 0; value.isArray() && wrong.isEmpty() && i < value.size(); i++) {
                wrong = schema.check(value.get(i), place.of(i));
            }
            return wrong;
        };
    }

    private static Rule pattern(Pattern pattern) {
        return expecting(
                "what matches " + pattern,
                value -> !value.isString()
                        || pattern.matcher(value.stringValue()).find());
    }

    private static Rule format(String name) {
        return switch (name) {
            case "uuid" ->
                expecting(
                        "a UUID",
                        value -> !value.isString()
                                || UUID_TEXT.matcher(value.stringValue()).matches());
            case "date-time" -> expecting("a time", value -> !value.isString() || isTime(value.stringValue()));
            default -> throw new IllegalArgumentException("schema format " + name + " is not known here");
        };
    }

    private static boolean isTime(String text) {
        try {
            OffsetDateTime.parse(text);
            return true;
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    private static Rule expecting(String what, Predicate<JsonNode> holds) {
        return (value, place) -> holds.test(value)
                ? Optional.empty()
                : Optional.of((place == Place.DOCUMENT ? "/" : place) + " is " + excerpt(value) + " (expected: " + what
                        + ")");
    }

    private static String excerpt(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT, POJO -> "an object";
            case ARRAY -> "an array";
            default -> {
                String text = value.toString();
                yield text.length() <= 80 ? text : text.substring(0, 80) + "...";
            }
        };
    }

    private static int length(JsonNode text) {
        return text.stringValue().codePointCount(0, text.stringValue().length());
    }

    private static Stream<String> texts(JsonNode oneOrMore) {
        return oneOrMore.isArray()
                ? oneOrMore.valueStream().map(JsonNode::stringValue)
                : Stream.of(oneOrMore.stringValue());
    }
}

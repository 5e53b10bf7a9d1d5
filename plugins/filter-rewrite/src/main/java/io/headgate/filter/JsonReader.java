package io.headgate.filter;

import io.headgate.api.PageRequest;
import io.headgate.filter.Draft.Raw;
import io.headgate.filter.Draft.Raw.Form;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the language in its JSON form, token by token. It descends only into what the budget has room for, and steps
 * over everything else without descending.
 */
final class JsonReader {

    /** Names that clients make up are not worth remembering. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .build();

    private static final String FILTERS = "filters";
    private static final String SORT = "sort";
    private static final String PAGE = "page";
    private static final String FIELD = "field";
    private static final String OPERATOR = "op";
    private static final String VALUE = "value";
    private static final String AND = "and";
    private static final String OR = "or";
    private static final String NOT = "not";
    private static final Draft NOTHING_READ = new Draft.Group(true, List.of());

    private final JsonParser parser;
    private final String root;
    private final Budget budget;
    private final Refusals refusals;

    private JsonReader(JsonParser parser, String root, Budget budget, Refusals refusals) {
        this.parser = parser;
        this.root = root;
        this.budget = budget;
        this.refusals = refusals;
    }

    /** A body: an object of filters, sort and page. */
    static RawQuery document(String text, Budget budget, Refusals refusals) {
        return read(text, "", budget, refusals, false);
    }

    /** A parameter: the same, or the list of filters alone, or one filter. */
    static RawQuery parameter(String text, String root, Budget budget, Refusals refusals) {
        return read(text, root, budget, refusals, true);
    }

    private static RawQuery read(String text, String root, Budget budget, Refusals refusals, boolean isShort) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            var reader = new JsonReader(parser, root, budget, refusals);
            RawQuery query = reader.root(isShort);
            if (parser.nextToken() != null) {
                throw refusals.fatal(root, "more after the end of the JSON (expected: nothing)");
            }
            return query;
        } catch (JacksonException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
            throw refusals.fatal(root, "not readable as JSON at character " + at + " (expected: JSON)");
        }
    }

    private RawQuery root(boolean isShort) {
        JsonToken token = parser.nextToken();
        if (token == JsonToken.START_ARRAY && isShort) {
            return RawQuery.of(new Draft.Group(true, members(root, 1)));
        }
        if (token != JsonToken.START_OBJECT) {
            throw refusals.fatal(root, described(token) + " (expected: an object" + (isShort ? " or a list)" : ")"));
        }
        JsonToken first = parser.nextToken();
        boolean isNode = isShort && first == JsonToken.PROPERTY_NAME && isOfNode(parser.currentName());
        return isNode ? RawQuery.of(new Draft.Group(true, List.of(node(first, root, 1)))) : document(first);
    }

    private static boolean isOfNode(String name) {
        return switch (name) {
            case FIELD, OPERATOR, VALUE, AND, OR, NOT -> true;
            default -> false;
        };
    }

    private RawQuery document(JsonToken first) {
        var document = new Document();
        Set<String> seen = object(first, root, document);
        return new RawQuery(new Draft.Group(true, document.filters), document.sort, seen.contains(SORT), document.page);
    }

    /** What takes the members of an object, each when its value's first token was read. */
    private interface Members {
        void take(String name, JsonToken value, String at);
    }

    /** Reads the members of an object of which the first token is read, and answers their names. */
    private Set<String> object(JsonToken first, String at, Members members) {
        Set<String> seen = new HashSet<>();
        for (JsonToken token = first; token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            String name = parser.currentName();
            String place = at + "/" + Pointers.escaped(name);
            JsonToken value = parser.nextToken();
            if (seen.add(name)) {
                members.take(name, value, place);
            } else {
                skip(place, "is there twice (expected: once)");
            }
        }
        return seen;
    }

    private final class Document implements Members {
        private List<Draft> filters = List.of();
        private List<RawSort> sort = List.of();
        private PageRequest page = PageRequest.NONE;

        @Override
        public void take(String name, JsonToken value, String at) {
            switch (name) {
                case FILTERS -> filters = isList(value, at) ? members(at, 1) : List.of();
                case SORT -> sort = isList(value, at) ? sort(at) : List.of();
                case PAGE -> page = isObject(value, at) ? page(at) : PageRequest.NONE;
                default -> skip(at, "unknown member (expected: one of filters, sort, page)");
            }
        }
    }

    /** The members of a list that has begun. */
    private List<Draft> members(String at, int depth) {
        List<Draft> members = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            String place = at + "/" + members.size();
            if (token == JsonToken.START_OBJECT) {
                members.add(node(place, depth));
            } else {
                budget.node(place);
                skip(place, described(token) + " (expected: an object)");
                members.add(NOTHING_READ);
            }
        }
        return members;
    }

    /** One object that has begun. */
    private Draft node(String at, int depth) {
        budget.node(at);
        return node(parser.nextToken(), at, depth);
    }

    private Draft node(JsonToken first, String at, int depth) {
        var node = new Node(depth);
        return node.build(object(first, at, node), at);
    }

    private Draft group(boolean isAll, JsonToken value, String at, int depth) {
        budget.depth(depth, at);
        if (!isList(value, at)) {
            return NOTHING_READ;
        }
        List<Draft> members = members(at, depth + 1);
        if (members.isEmpty()) {
            refusals.add(at, "an empty list (expected: one member or more)");
        }
        return new Draft.Group(isAll, members);
    }

    private Draft negated(JsonToken value, String at, int depth) {
        budget.depth(depth, at);
        return isObject(value, at) ? new Draft.Not(node(at, depth + 1)) : NOTHING_READ;
    }

    private void values(Node node, JsonToken first, String at) {
        if (first != JsonToken.START_ARRAY) {
            node.values = List.of(raw(first, at));
            return;
        }
        node.isList = true;
        List<Raw> values = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            budget.list(values.size() + 1, at);
            values.add(raw(token, at + "/" + values.size()));
        }
        node.values = values;
    }

    private Raw raw(JsonToken token, String at) {
        Form form = switch (token) {
            case VALUE_STRING -> Form.STRING;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Form.NUMBER;
            case VALUE_TRUE, VALUE_FALSE -> Form.BOOLEAN;
            case VALUE_NULL -> Form.NULL;
            default -> Form.COMPOUND;
        };
        if (form == Form.COMPOUND) {
            parser.skipChildren();
            return new Raw(form, "", at);
        }
        return new Raw(form, parser.getString(), at);
    }

    private List<RawSort> sort(String at) {
        List<RawSort> keys = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            String place = at + "/" + keys.size();
            budget.sortKeys(keys.size() + 1, at);
            keys.add(isObject(token, place) ? sortKey(place) : new RawSort("", false, place));
        }
        return keys;
    }

    private RawSort sortKey(String at) {
        var key = new Key();
        object(parser.nextToken(), at, key);
        if (!key.direction.equals("asc") && !key.direction.equals("desc")) {
            refusals.add(at + "/dir", Excerpt.of(key.direction) + " (expected: asc or desc)");
        }
        return new RawSort(key.field, key.direction.equals("desc"), at + "/" + FIELD);
    }

    private final class Key implements Members {
        private String field = "";
        private String direction = "asc";

        @Override
        public void take(String name, JsonToken value, String at) {
            switch (name) {
                case FIELD -> field = text(value, at);
                case "dir" -> direction = text(value, at);
                default -> skip(at, "unknown member (expected: one of field, dir)");
            }
        }
    }

    private PageRequest page(String at) {
        var page = new Page();
        object(parser.nextToken(), at, page);
        return new PageRequest(page.limit, page.cursor, page.offset, page.number);
    }

    private final class Page implements Members {
        private OptionalLong limit = OptionalLong.empty();
        private OptionalLong offset = OptionalLong.empty();
        private OptionalLong number = OptionalLong.empty();
        private Optional<String> cursor = Optional.empty();

        @Override
        public void take(String name, JsonToken value, String at) {
            switch (name) {
                case "limit" -> limit = whole(value, at);
                case "offset" -> offset = whole(value, at);
                case PAGE -> number = whole(value, at);
                case "cursor" -> cursor = Optional.of(text(value, at));
                default -> skip(at, "unknown member (expected: one of limit, cursor, offset, page)");
            }
        }
    }

    private OptionalLong whole(JsonToken token, String at) {
        if (token == JsonToken.VALUE_NUMBER_INT) {
            try {
                return OptionalLong.of(Long.parseLong(parser.getString()));
            } catch (NumberFormatException e) {
                refusals.add(at, Excerpt.of(parser.getString()) + " (expected: a whole number of 64 bits)");
                return OptionalLong.empty();
            }
        }
        skip(at, described(token) + " (expected: a whole number)");
        return OptionalLong.empty();
    }

    private String text(JsonToken token, String at) {
        if (token == JsonToken.VALUE_STRING) {
            return parser.getString();
        }
        skip(at, described(token) + " (expected: a string)");
        return "";
    }

    private boolean isList(JsonToken token, String at) {
        return is(JsonToken.START_ARRAY, token, at, "a list");
    }

    private boolean isObject(JsonToken token, String at) {
        return is(JsonToken.START_OBJECT, token, at, "an object");
    }

    private boolean is(JsonToken wanted, JsonToken token, String at, String expected) {
        if (token != wanted) {
            skip(at, described(token) + " (expected: " + expected + ")");
        }
        return token == wanted;
    }

    private void skip(String at, String detail) {
        refusals.add(at, detail);
        parser.skipChildren();
    }

    private static String described(@org.jspecify.annotations.Nullable JsonToken token) {
        return switch (token) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }

    /** What one object has shown of itself so far. */
    private final class Node implements Members {
        private final int depth;
        private String field = "";
        private String operator = "";
        private List<Raw> values = List.of();
        private boolean isList;
        private Draft group = NOTHING_READ;

        Node(int depth) {
            this.depth = depth;
        }

        @Override
        public void take(String name, JsonToken value, String at) {
            switch (name) {
                case FIELD -> field = text(value, at);
                case OPERATOR -> operator = text(value, at);
                case VALUE -> values(this, value, at);
                case AND, OR -> group = group(name.equals(AND), value, at, depth);
                case NOT -> group = negated(value, at, depth);
                default -> skip(at, "unknown member (expected: one of field, op, value, and, or, not)");
            }
        }

        Draft build(Set<String> seen, String at) {
            boolean isTest = seen.contains(FIELD) || seen.contains(OPERATOR) || seen.contains(VALUE);
            long groups = seen.stream()
                    .filter(name -> name.equals(AND) || name.equals(OR) || name.equals(NOT))
                    .count();
            if (isTest ? groups > 0 : groups != 1) {
                refusals.add(
                        at,
                        "an object of "
                                + seen.stream()
                                        .filter(JsonReader::isOfNode)
                                        .sorted()
                                        .toList()
                                + " (expected: field and op, or one of and, or, not)");
                return NOTHING_READ;
            }
            if (!isTest) {
                return group;
            }
            requireMember(FIELD, seen, at);
            requireMember(OPERATOR, seen, at);
            return field.isEmpty() || operator.isEmpty()
                    ? NOTHING_READ
                    : new Draft.Test(
                            field,
                            operator,
                            values,
                            isList,
                            new Draft.Place(at + "/" + FIELD, at + "/" + OPERATOR, at + "/" + VALUE));
        }

        private void requireMember(String name, Set<String> seen, String at) {
            if (!seen.contains(name)) {
                refusals.add(at + "/" + name, "missing (expected: a string)");
            } else if (name.equals(FIELD) ? field.isEmpty() : operator.isEmpty()) {
                refusals.add(at + "/" + name, "empty or no string (expected: a string)");
            }
        }
    }
}

package io.headgate.gateway.registry;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * YAML as far as JSON goes. Plain words are numbers, true, false and null exactly where JSON's would be: {@code off},
 * {@code no} and dates stay strings. Anchors, aliases and tags are refused, since with them a small text can mean a
 * huge or a surprising one.
 */
final class YamlReader {

    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9][0-9]{0,99})");
    private static final Pattern DECIMAL =
            Pattern.compile("-?(0|[1-9][0-9]{0,99})(\\.[0-9]{1,99})?([eE][-+]?[0-9]{1,4})?");

    private final Parser parser;
    private final int maxDepth;

    YamlReader(String text, int maxDepth) {
        var options = new LoaderOptions();
        options.setCodePointLimit(Integer.MAX_VALUE); // the caller has measured the text
        this.parser = new ParserImpl(new StreamReader(text), options);
        this.maxDepth = maxDepth;
    }

    /** Every document that says anything. */
    List<JsonNode> documents() {
        try {
            List<JsonNode> documents = new ArrayList<>();
            for (Event event = parser.getEvent(); !event.is(Event.ID.StreamEnd); event = parser.getEvent()) {
                if (event.is(Event.ID.DocumentStart)) {
                    JsonNode document = node(parser.getEvent(), 1);
                    if (!document.isNull()) {
                        documents.add(document);
                    }
                }
            }
            return documents;
        } catch (MarkedYAMLException e) {
            throw refuse(e.getProblemMark(), String.valueOf(e.getProblem()));
        } catch (YAMLException e) {
            throw Documents.malformed(String.valueOf(e.getMessage()));
        }
    }

    private JsonNode node(Event event, int depth) {
        if (depth > maxDepth) {
            throw refuse(event.getStartMark(), "nested deeper than " + maxDepth + " levels");
        }
        if (event instanceof AliasEvent || event instanceof NodeEvent named && named.getAnchor() != null) {
            throw refuse(event.getStartMark(), "an anchor or alias (expected: the text itself)");
        }
        return switch (event) {
            case ScalarEvent scalar -> scalar(scalar);
            case SequenceStartEvent list -> list(list, depth);
            case MappingStartEvent object -> object(object, depth);
            default -> throw refuse(event.getStartMark(), "not a value");
        };
    }

    private JsonNode list(SequenceStartEvent start, int depth) {
        refuseTag(start.getTag(), start.getStartMark());
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Event event = parser.getEvent(); !event.is(Event.ID.SequenceEnd); event = parser.getEvent()) {
            list.add(node(event, depth + 1));
        }
        return list;
    }

    private JsonNode object(MappingStartEvent start, int depth) {
        refuseTag(start.getTag(), start.getStartMark());
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (Event event = parser.getEvent(); !event.is(Event.ID.MappingEnd); event = parser.getEvent()) {
            if (!(event instanceof ScalarEvent key) || key.getAnchor() != null) {
                throw refuse(event.getStartMark(), "a key that is not a plain word or string");
            }
            if (object.has(key.getValue())) {
                throw refuse(key.getStartMark(), "'" + key.getValue() + "' is there twice (expected: once)");
            }
            object.set(key.getValue(), node(parser.getEvent(), depth + 1));
        }
        return object;
    }

    private static JsonNode scalar(ScalarEvent scalar) {
        refuseTag(scalar.getTag(), scalar.getStartMark());
        String text = scalar.getValue();
        var nodes = JsonNodeFactory.instance;
        if (scalar.getScalarStyle() != DumperOptions.ScalarStyle.PLAIN) {
            return nodes.stringNode(text);
        }
        if (INTEGER.matcher(text).matches()) {
            return text.length() < 18 ? shortest(Long.parseLong(text)) : nodes.numberNode(new BigInteger(text));
        }
        if (DECIMAL.matcher(text).matches()) {
            return nodes.numberNode(new BigDecimal(text).doubleValue());
        }
        return switch (text) {
            case "", "~", "null" -> nodes.nullNode();
            case "true" -> nodes.booleanNode(true);
            case "false" -> nodes.booleanNode(false);
            default -> nodes.stringNode(text);
        };
    }

    private static JsonNode shortest(long number) {
        return number == (int) number
                ? JsonNodeFactory.instance.numberNode((int) number)
                : JsonNodeFactory.instance.numberNode(number);
    }

    private static void refuseTag(@Nullable String tag, Mark where) {
        if (tag != null) {
            throw refuse(where, "the tag " + tag + " (expected: none)");
        }
    }

    private static RuntimeException refuse(@Nullable Mark where, String what) {
        return Documents.malformed(
                where == null ? what : Documents.at(where.getLine() + 1, where.getColumn() + 1, what));
    }
}

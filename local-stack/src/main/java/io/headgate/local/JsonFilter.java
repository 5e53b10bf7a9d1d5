package io.headgate.local;

import io.headgate.local.Predicates.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Compiles the JSON filter language of the reports backend into conditions, within a depth and a number of nodes. */
final class JsonFilter {

    private static final int MAX_DEPTH = 8;
    private static final int MAX_NODES = 60;

    private final Map<String, Column> columns;
    private final Predicates out;
    private int nodes;

    private JsonFilter(Map<String, Column> columns, Predicates out) {
        this.columns = columns;
        this.out = out;
    }

    /** @param filters a list of conditions and groups, which must all hold */
    static void compile(JsonNode filters, Map<String, Column> columns, Predicates out) {
        new JsonFilter(columns, out).group(filters, " AND ", 1);
    }

    private void group(JsonNode members, String joiner, int depth) {
        if (!members.isArray()) {
            throw new BadRequest("filters: a list is expected");
        }
        if (depth > MAX_DEPTH) {
            throw new BadRequest("filters: nested deeper than " + MAX_DEPTH);
        }
        out.append("(").append(joiner.equals(" OR ") ? "false" : "true");
        for (JsonNode member : members) {
            out.append(joiner);
            node(member, depth);
        }
        out.append(")");
    }

    private void node(JsonNode node, int depth) {
        if (++nodes > MAX_NODES) {
            throw new BadRequest("filters: more than " + MAX_NODES + " conditions");
        }
        if (!node.isObject()) {
            throw new BadRequest("filters: an object is expected");
        }
        if (node.has("field")) {
            condition(node);
        } else if (node.size() == 1 && node.has("and")) {
            group(node.get("and"), " AND ", depth + 1);
        } else if (node.size() == 1 && node.has("or")) {
            group(node.get("or"), " OR ", depth + 1);
        } else if (node.size() == 1 && node.has("not")) {
            if (depth >= MAX_DEPTH) {
                throw new BadRequest("filters: nested deeper than " + MAX_DEPTH);
            }
            out.append("NOT ");
            node(node.get("not"), depth + 1);
        } else {
            throw new BadRequest("filters: field, and, or, or not is expected");
        }
    }

    private void condition(JsonNode node) {
        for (String member : node.propertyNames()) {
            if (!List.of("field", "op", "value").contains(member)) {
                throw new BadRequest("filters: unknown member '" + member + "'");
            }
        }
        Column column = Predicates.column(columns, text(node, "field"));
        out.condition(column, Op.of(text(node, "op")), operands(column, node.path("value")));
    }

    private static List<Object> operands(Column column, JsonNode value) {
        List<Object> operands = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(member -> operands.add(operand(column, member)));
        } else if (!value.isMissingNode()) {
            operands.add(operand(column, value));
        }
        return operands;
    }

    private static Object operand(Column column, JsonNode value) {
        boolean number = column.type() == Column.Type.INT || column.type() == Column.Type.DECIMAL;
        if (value.isString() && !number) {
            return column.type().parse(value.stringValue());
        }
        if (value.isNumber() && number) {
            return column.type().parse(value.asString());
        }
        throw new BadRequest("value: " + value.getNodeType() + " (expected: " + (number ? "a number" : "a string")
                + " for " + column.sql() + ")");
    }

    private static String text(JsonNode node, String member) {
        JsonNode value = node.path(member);
        if (!value.isString()) {
            throw new BadRequest(member + ": a string is expected");
        }
        return value.stringValue();
    }
}

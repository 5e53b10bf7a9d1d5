package io.headgate.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes conditions in SQL: columns from a fixed map, values always bound, and every condition true or false. */
final class Predicates {

    enum Op {
        EQ,
        NEQ,
        GT,
        GTE,
        LT,
        LTE,
        IN,
        NIN,
        BETWEEN,
        CONTAINS,
        STARTS_WITH,
        ENDS_WITH,
        IS_NULL,
        NOT_NULL;

        static Op of(String word) {
            for (Op op : values()) {
                if (op.name().toLowerCase(Locale.ROOT).equals(word)) {
                    return op;
                }
            }
            throw new BadRequest("unknown operator '" + word + "'");
        }
    }

    private static final int MAX_VALUES = 200;

    private final StringBuilder sql = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    String sql() {
        return sql.toString();
    }

    List<Object> values() {
        return values;
    }

    Predicates append(String fixedText) {
        sql.append(fixedText);
        return this;
    }

    Predicates bind(Object value) {
        values.add(value);
        sql.append('$').append(values.size());
        return this;
    }

    /** A comparison with NULL is false; its complements, {@code NEQ} and {@code NIN}, are then true. */
    void condition(Column column, Op op, List<Object> operands) {
        requireOperands(op, operands.size());
        requireText(column, op);
        sql.append('(');
        switch (op) {
            case EQ -> compare(column, "=", operands.getFirst());
            case GT -> compare(column, ">", operands.getFirst());
            case GTE -> compare(column, ">=", operands.getFirst());
            case LT -> compare(column, "<", operands.getFirst());
            case LTE -> compare(column, "<=", operands.getFirst());
            case NEQ -> append(column.sql()).append(" IS DISTINCT FROM ").bind(operands.getFirst());
            case IN -> list(column, " IN ", operands);
            case NIN -> {
                append(column.sql()).append(" IS NULL OR ");
                list(column, " NOT IN ", operands);
            }
            case BETWEEN -> {
                compare(column, ">=", operands.getFirst());
                append(" AND ");
                compare(column, "<=", operands.getLast());
            }
            case CONTAINS -> like(column, "%", operands.getFirst(), "%");
            case STARTS_WITH -> like(column, "", operands.getFirst(), "%");
            case ENDS_WITH -> like(column, "%", operands.getFirst(), "");
            case IS_NULL -> append(column.sql()).append(" IS NULL");
            case NOT_NULL -> append(column.sql()).append(" IS NOT NULL");
        }
        sql.append(')');
    }

    /** A pattern of the client's own, in which a star stands for anything. */
    void matches(Column column, String pattern) {
        requireText(column, Op.CONTAINS);
        like(column, "", pattern, "", true);
    }

    private void compare(Column column, String operator, Object value) {
        if (column.nullable()) {
            append(column.sql()).append(" IS NOT NULL AND ");
        }
        append(column.sql()).append(' ' + operator + ' ').bind(value);
    }

    private void list(Column column, String operator, List<Object> operands) {
        if (column.nullable() && operator.equals(" IN ")) {
            append(column.sql()).append(" IS NOT NULL AND ");
        }
        append(column.sql()).append(operator).append("(");
        for (int i = 0; i < operands.size(); i++) {
            append(i == 0 ? "" : ", ").bind(operands.get(i));
        }
        append(")");
    }

    private void like(Column column, String before, Object text, String after) {
        like(column, before, text.toString(), after, false);
    }

    private void like(Column column, String before, String text, String after, boolean stars) {
        String escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
        append(column.sql()).append(" LIKE ").bind(before + (stars ? escaped.replace('*', '%') : escaped) + after);
    }

    private static void requireOperands(Op op, int count) {
        int least = switch (op) {
            case IS_NULL, NOT_NULL -> 0;
            case BETWEEN -> 2;
            case EQ, NEQ, GT, GTE, LT, LTE, IN, NIN, CONTAINS, STARTS_WITH, ENDS_WITH -> 1;
        };
        int most = op == Op.IN || op == Op.NIN ? MAX_VALUES : least;
        if (count < least || count > most) {
            throw new BadRequest(op.name().toLowerCase(Locale.ROOT) + ": " + count + " values (expected: " + least
                    + (most == least ? "" : ".." + most) + ")");
        }
    }

    private static void requireText(Column column, Op op) {
        boolean isPattern = op == Op.CONTAINS || op == Op.STARTS_WITH || op == Op.ENDS_WITH;
        if (isPattern && column.type() != Column.Type.STRING) {
            throw new BadRequest(
                    column.sql() + " is not text, so it has no " + op.name().toLowerCase(Locale.ROOT));
        }
    }

    static String orderBy(Map<String, Column> columns, List<String> keys, String tiebreaker) {
        List<String> terms = keys.stream()
                .map(key -> {
                    boolean descending = key.startsWith("-");
                    return column(columns, descending ? key.substring(1) : key).sql() + (descending ? " DESC" : "");
                })
                .collect(Collectors.toCollection(ArrayList::new));
        terms.add(tiebreaker);
        return String.join(", ", terms);
    }

    static Column column(Map<String, Column> columns, String name) {
        Column column = columns.get(name);
        if (column == null) {
            throw new BadRequest("unknown field '" + name + "' (expected: one of "
                    + columns.keySet().stream().sorted().toList() + ")");
        }
        return column;
    }
}

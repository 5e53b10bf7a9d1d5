package io.headgate.local;

import io.headgate.local.Predicates.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compiles RSQL, the filter language of the metrics backend. Its operators bind as those of SQL do, so one pass from
 * left to right translates it, without a tree and without recursion that parentheses could drive.
 */
final class Rsql {

    private static final int MAX_LENGTH = 4_096;
    private static final int MAX_CONDITIONS = 50;
    private static final int MAX_DEPTH = 20;
    private static final String RESERVED = "\"'();,=!~<> ";
    private static final Map<String, Op> OPERATORS = Map.ofEntries(
            Map.entry("==", Op.EQ),
            Map.entry("!=", Op.NEQ),
            Map.entry("=gt=", Op.GT),
            Map.entry(">", Op.GT),
            Map.entry("=ge=", Op.GTE),
            Map.entry(">=", Op.GTE),
            Map.entry("=lt=", Op.LT),
            Map.entry("<", Op.LT),
            Map.entry("=le=", Op.LTE),
            Map.entry("<=", Op.LTE),
            Map.entry("=in=", Op.IN),
            Map.entry("=out=", Op.NIN));

    private final String text;
    private final Map<String, Column> columns;
    private final Predicates out;
    private int at;

    private Rsql(String text, Map<String, Column> columns, Predicates out) {
        this.text = text;
        this.columns = columns;
        this.out = out;
    }

    static void compile(String text, Map<String, Column> columns, Predicates out) {
        if (text.length() > MAX_LENGTH) {
            throw new BadRequest("filter: longer than " + MAX_LENGTH + " characters");
        }
        new Rsql(text, columns, out).compile();
    }

    private void compile() {
        int depth = 0;
        int conditions = 0;
        out.append("(");
        while (true) {
            while (take('(')) {
                depth++;
                out.append("(");
                if (depth > MAX_DEPTH) {
                    throw refusal("nested deeper than " + MAX_DEPTH);
                }
            }
            condition();
            if (++conditions > MAX_CONDITIONS) {
                throw refusal("more than " + MAX_CONDITIONS + " conditions");
            }
            while (depth > 0 && take(')')) {
                depth--;
                out.append(")");
            }
            if (take(';')) {
                out.append(" AND ");
            } else if (take(',')) {
                out.append(" OR ");
            } else if (at == text.length() && depth == 0) {
                out.append(")");
                return;
            } else {
                throw refusal("expected: ; or , or the end" + (depth > 0 ? " of a group" : ""));
            }
        }
    }

    private void condition() {
        Column column = Predicates.column(columns, word());
        Op op = operator();
        List<String> arguments = arguments();
        boolean pattern = op == Op.EQ
                && column.type() == Column.Type.STRING
                && arguments.size() == 1
                && arguments.getFirst().contains("*");
        if (pattern) {
            out.matches(column, arguments.getFirst());
        } else {
            out.condition(
                    column, op, arguments.stream().map(column.type()::parse).toList());
        }
    }

    private Op operator() {
        int from = at;
        if (at < text.length() && text.charAt(at) == '=') {
            int end = text.indexOf('=', at + 1);
            at = end < 0 ? text.length() : end + 1;
        } else if (text.startsWith("!=", at) || text.startsWith(">=", at) || text.startsWith("<=", at)) {
            at += 2;
        } else if (at < text.length()) {
            at++;
        }
        Op op = OPERATORS.get(text.substring(from, at));
        if (op == null) {
            at = from;
            throw refusal("expected: an operator");
        }
        return op;
    }

    private List<String> arguments() {
        if (!take('(')) {
            return List.of(value());
        }
        List<String> arguments = new ArrayList<>();
        do {
            arguments.add(value());
        } while (take(','));
        if (!take(')')) {
            throw refusal("expected: )");
        }
        return arguments;
    }

    private String value() {
        if (at < text.length() && (text.charAt(at) == '\'' || text.charAt(at) == '"')) {
            return quoted(text.charAt(at));
        }
        return word();
    }

    private String quoted(char quote) {
        var value = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == quote) {
                at++;
                return value.toString();
            }
            if (c == '\\' && at + 1 < text.length()) {
                c = text.charAt(++at);
            }
            value.append(c);
        }
        throw refusal("expected: a closing quote");
    }

    private String word() {
        int from = at;
        while (at < text.length() && RESERVED.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (at == from) {
            throw refusal("expected: a name or a value");
        }
        return text.substring(from, at);
    }

    private boolean take(char expected) {
        if (at < text.length() && text.charAt(at) == expected) {
            at++;
            return true;
        }
        return false;
    }

    private BadRequest refusal(String what) {
        return new BadRequest("filter, at character " + (at + 1) + ": " + what);
    }
}

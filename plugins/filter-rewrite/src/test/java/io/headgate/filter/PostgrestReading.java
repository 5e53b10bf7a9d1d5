package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.Operator;
import io.headgate.api.Value;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code and=(...)} as PostgREST's grammar says, so that what is written for it can be held against its meaning. */
final class PostgrestReading {

    private final String text;
    private int at;

    private PostgrestReading(String text) {
        this.text = text;
    }

    static Filter of(String and) {
        var reading = new PostgrestReading(and);
        Filter filter = new Filter.All(reading.members());
        if (reading.at != and.length()) {
            throw new AssertionError("more at " + reading.at + ": " + and);
        }
        return filter;
    }

    private List<Filter> members() {
        List<Filter> members = new ArrayList<>();
        require('(');
        do {
            members.add(member());
        } while (take(','));
        require(')');
        return members;
    }

    private Filter member() {
        if (text.startsWith("and(", at)) {
            at += 3;
            return new Filter.All(members());
        }
        if (text.startsWith("or(", at)) {
            at += 2;
            return new Filter.Any(members());
        }
        String column = word();
        require('.');
        String operator = word();
        boolean isNegated = operator.equals("not");
        if (isNegated) {
            require('.');
            operator = word();
        }
        require('.');
        Filter condition = condition(field(column), operator);
        return isNegated ? new Filter.Not(condition) : condition;
    }

    private Filter condition(String field, String operator) {
        return switch (operator) {
            case "is" -> {
                if (!word().equals("null")) {
                    throw new AssertionError("is: " + text);
                }
                yield new Condition(field, Operator.IS_NULL);
            }
            case "in" -> {
                List<Value> values = new ArrayList<>();
                require('(');
                do {
                    values.add(value(field, quoted()));
                } while (take(','));
                require(')');
                yield new Condition(field, Operator.IN, values);
            }
            case "like" -> like(field, quoted());
            default -> new Condition(field, Operator.of(operator).orElseThrow(), value(field, quoted()));
        };
    }

    /** A star is any text, and behind a backslash a character is itself. */
    private static Filter like(String field, String pattern) {
        boolean isOpenBefore = pattern.startsWith("*");
        boolean isOpenAfter = pattern.endsWith("*");
        String inner = pattern.substring(isOpenBefore ? 1 : 0, pattern.length() - (isOpenAfter ? 1 : 0));
        var fixed = new StringBuilder();
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if (c == '%' || c == '_' || c == '*') {
                throw new AssertionError("a wildcard in " + pattern);
            }
            fixed.append(c == '\\' ? inner.charAt(++i) : c);
        }
        Operator operator = isOpenBefore ? isOpenAfter ? Operator.CONTAINS : Operator.ENDS_WITH : Operator.STARTS_WITH;
        return new Condition(field, operator, new Value.Text(fixed.toString()));
    }

    private static Value value(String field, String text) {
        return Examples.SCHEMA.field(field).value(text);
    }

    private static String field(String column) {
        return Examples.SCHEMA.fields().keySet().stream()
                .filter(name -> Examples.SCHEMA.column(name).equals(column))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no column " + column));
    }

    private String quoted() {
        require('"');
        var value = new StringBuilder();
        while (text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
            }
            value.append(text.charAt(at++));
        }
        at++;
        return value.toString();
    }

    private String word() {
        int from = at;
        while (at < text.length() && ".,()\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(from, at);
    }

    private boolean take(char c) {
        boolean isThere = text.charAt(at) == c;
        at += isThere ? 1 : 0;
        return isThere;
    }

    private void require(char c) {
        if (!take(c)) {
            throw new AssertionError("expected " + c + " at " + at + ": " + text);
        }
    }
}

package io.headgate.filter;

import io.headgate.api.Operator;
import io.headgate.filter.Draft.Raw;
import io.headgate.filter.Draft.Raw.Form;
import java.util.List;
import java.util.Map;

/**
 * Reads the part of OData's {@code $filter} that the language has words for. It descends at a parenthesis and at
 * {@code not}, and no deeper than the budget lets it.
 */
final class ODataReader extends InfixReader {

    private static final String RESERVED = "'(), \t=<>!\"";
    private static final Map<String, String> COMPARISONS = Map.of(
            "eq", Operator.EQ.word(),
            "ne", Operator.NEQ.word(),
            "gt", Operator.GT.word(),
            "ge", Operator.GTE.word(),
            "lt", Operator.LT.word(),
            "le", Operator.LTE.word());
    private static final Map<String, String> FUNCTIONS = Map.of(
            "contains", Operator.CONTAINS.word(),
            "startswith", Operator.STARTS_WITH.word(),
            "endswith", Operator.ENDS_WITH.word());

    private ODataReader(TextCursor in) {
        super(in);
    }

    static Draft read(TextCursor in) {
        return new ODataReader(in).whole();
    }

    @Override
    boolean takesOr() {
        return in.takeWord("or");
    }

    @Override
    boolean takesAnd() {
        return in.takeWord("and");
    }

    @Override
    Draft term(int depth) {
        if (in.take("(")) {
            return group(depth);
        }
        String word = in.until(RESERVED);
        if (word.equals("not")) {
            in.skipSpaces();
            in.budget().node(in.pointer());
            return new Draft.Not(negated(depth));
        }
        if (in.next() == '(') {
            return call(word);
        }
        if (word.isEmpty()) {
            throw in.wrong("a field");
        }
        return comparison(word);
    }

    /** It binds closer than a comparison, so that what is negated without brackets is a function's answer. */
    private Draft negated(int depth) {
        in.budget().depth(depth, in.pointer());
        if (in.take("(")) {
            Draft group = either(depth + 1);
            in.require(")");
            return group;
        }
        Draft negated = term(depth + 1);
        if (negated instanceof Draft.Test test && !FUNCTIONS.containsValue(test.operator())) {
            in.refuse("not before a comparison (expected: the comparison in brackets)");
        }
        return negated;
    }

    private Draft call(String function) {
        String operator = FUNCTIONS.get(function);
        if (operator == null) {
            throw in.wrong("one of the functions contains, startswith, endswith, not '" + function + "'");
        }
        in.require("(");
        in.skipSpaces();
        String field = in.until(RESERVED);
        in.skipSpaces();
        in.require(",");
        in.skipSpaces();
        Raw value = literal();
        in.skipSpaces();
        in.require(")");
        return in.test(field, operator, List.of(value), false);
    }

    private Draft comparison(String field) {
        in.skipSpaces();
        String word = in.until(RESERVED);
        in.skipSpaces();
        if (word.equals("in")) {
            in.require("(");
            return in.test(field, Operator.IN.word(), in.list(this::literal), true);
        }
        String operator = COMPARISONS.get(word);
        if (operator == null) {
            throw in.wrong("one of eq, ne, gt, ge, lt, le, in before this");
        }
        Raw value = literal();
        if (value.form() == Form.NULL && operator.equals(Operator.EQ.word())) {
            return in.test(field, Operator.IS_NULL.word(), List.of(), false);
        }
        if (value.form() == Form.NULL && operator.equals(Operator.NEQ.word())) {
            return in.test(field, Operator.NOT_NULL.word(), List.of(), false);
        }
        return in.test(field, operator, List.of(value), false);
    }

    private Raw literal() {
        if (in.take("'")) {
            return in.raw(Form.QUOTED, quoted());
        }
        String word = in.until(RESERVED);
        if (word.isEmpty()) {
            throw in.wrong("a value");
        }
        return in.raw(word.equals("null") ? Form.NULL : Form.BARE, word);
    }

    /** Two quotes are one of the text's own. */
    private String quoted() {
        var value = new StringBuilder();
        while (true) {
            value.append(in.until("'"));
            in.require("'");
            if (!in.take("'")) {
                return value.toString();
            }
            value.append('\'');
        }
    }
}

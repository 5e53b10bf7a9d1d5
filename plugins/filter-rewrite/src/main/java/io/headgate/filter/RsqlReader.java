package io.headgate.filter;

import io.headgate.api.Operator;
import io.headgate.filter.Draft.Raw;
import io.headgate.filter.Draft.Raw.Form;
import java.util.List;
import java.util.Map;

/** Reads RSQL. It descends only at a parenthesis, and no deeper than the budget lets it. */
final class RsqlReader extends InfixReader {

    private static final String RESERVED = "\"'();,=!~<> \t";
    private static final Map<String, String> OPERATORS = Map.ofEntries(
            Map.entry("==", Operator.EQ.word()),
            Map.entry("!=", Operator.NEQ.word()),
            Map.entry("=gt=", Operator.GT.word()),
            Map.entry(">", Operator.GT.word()),
            Map.entry("=ge=", Operator.GTE.word()),
            Map.entry(">=", Operator.GTE.word()),
            Map.entry("=lt=", Operator.LT.word()),
            Map.entry("<", Operator.LT.word()),
            Map.entry("=le=", Operator.LTE.word()),
            Map.entry("<=", Operator.LTE.word()),
            Map.entry("=in=", Operator.IN.word()),
            Map.entry("=out=", Operator.NIN.word()),
            Map.entry("=bt=", Operator.BETWEEN.word()),
            Map.entry("=isnull=", Operator.IS_NULL.word()),
            Map.entry("=notnull=", Operator.NOT_NULL.word()));

    private RsqlReader(TextCursor in) {
        super(in);
    }

    static Draft read(TextCursor in) {
        return new RsqlReader(in).whole();
    }

    @Override
    boolean takesOr() {
        return in.take(",") || in.takeWord("or");
    }

    @Override
    boolean takesAnd() {
        return in.take(";") || in.takeWord("and");
    }

    @Override
    Draft term(int depth) {
        return in.take("(") ? group(depth) : comparison();
    }

    private Draft comparison() {
        String field = in.until(RESERVED);
        if (field.isEmpty()) {
            throw in.wrong("a field");
        }
        String sign = operator();
        String operator = OPERATORS.getOrDefault(sign, sign);
        boolean isList = in.take("(");
        List<Raw> values = isList ? in.list(this::value) : List.of(value());
        return switch (sign) {
            case "==", "!=" -> pattern(field, operator, values, isList);
            case "=in=", "=out=" -> in.test(field, operator, values, true);
            case "=isnull=", "=notnull=" -> unary(field, operator, values, isList);
            default -> in.test(field, operator, values, isList);
        };
    }

    /** Between two signs of equality stands a word; other operators are signs alone. */
    private String operator() {
        for (String sign : List.of("==", "!=", ">=", "<=", ">", "<")) {
            if (in.take(sign)) {
                return sign;
            }
        }
        if (in.take("=")) {
            String word = in.until(RESERVED);
            in.require("=");
            return "=" + word + "=";
        }
        throw in.wrong("an operator such as == or =in=");
    }

    private Draft unary(String field, String operator, List<Raw> values, boolean isList) {
        String said = values.getFirst().text();
        if (isList || !said.isEmpty() && !said.equals("true")) {
            in.refuse(Excerpt.of(said) + " (expected: true)");
        }
        return in.test(field, operator, List.of(), false);
    }

    /** A star at an end of a value stands for anything; anywhere else it has no meaning here. */
    private Draft pattern(String field, String operator, List<Raw> values, boolean isList) {
        String text = values.getFirst().text();
        if (isList || text.indexOf('*') < 0) {
            return in.test(field, operator, values, isList);
        }
        boolean isOpenBefore = text.startsWith("*");
        boolean isOpenAfter = text.length() > 1 && text.endsWith("*");
        String fixed = text.substring(isOpenBefore ? 1 : 0, text.length() - (isOpenAfter ? 1 : 0));
        if (fixed.isEmpty() || fixed.indexOf('*') >= 0 || operator.equals(Operator.NEQ.word())) {
            in.refuse(Excerpt.of(text)
                    + " (expected: with ==, a '*' at the ends of a text alone; =in= takes a '*' as it is)");
        }
        Operator meant = isOpenBefore ? isOpenAfter ? Operator.CONTAINS : Operator.ENDS_WITH : Operator.STARTS_WITH;
        return in.test(field, meant.word(), List.of(in.raw(Form.WORD, fixed)), false);
    }

    private Raw value() {
        char quote = in.next();
        if (quote == '\'' || quote == '"') {
            return in.raw(Form.WORD, quoted(quote));
        }
        String word = in.until(RESERVED);
        if (word.isEmpty()) {
            throw in.wrong("a value");
        }
        return in.raw(Form.WORD, word);
    }

    private String quoted(char quote) {
        var value = new StringBuilder();
        in.advance(1);
        while (!in.isAtEnd()) {
            char c = in.next();
            in.advance(1);
            if (c == quote) {
                return value.toString();
            }
            if (c == '\\' && !in.isAtEnd()) {
                c = in.next();
                in.advance(1);
            }
            value.append(c);
        }
        throw in.wrong("a closing " + quote);
    }
}

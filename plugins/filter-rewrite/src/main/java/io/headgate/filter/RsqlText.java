package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.Value;
import java.util.List;
import java.util.regex.Pattern;

/** Writes a {@link Positive} filter as RSQL, with what its common readers agree on. */
final class RsqlText {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:-]+");

    private final StringBuilder out = new StringBuilder();

    private RsqlText() {}

    static String of(Filter filter) {
        var text = new RsqlText();
        text.write(filter, false);
        return text.out.toString();
    }

    private void write(Filter filter, boolean isWithinAll) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> join(members, ';', true);
            case Filter.Any(List<Filter> members) -> {
                out.append(isWithinAll ? "(" : "");
                join(members, ',', false);
                out.append(isWithinAll ? ")" : "");
            }
            case Filter.Not(Filter negated) -> throw unspeakable(negated);
            case Condition condition -> write(condition);
        }
    }

    private static Unspeakable unspeakable(Filter negated) {
        return new Unspeakable(
                negated instanceof Condition condition
                        ? "the negation of " + condition.operator().word() + " on " + condition.field()
                        : "a negation");
    }

    private void join(List<Filter> members, char sign, boolean isAll) {
        for (int i = 0; i < members.size(); i++) {
            if (i > 0) {
                out.append(sign);
            }
            write(members.get(i), isAll);
        }
    }

    private void write(Condition is) {
        switch (is.operator()) {
            case EQ -> one(is, "==");
            case NEQ -> one(is, "!=");
            case GT -> one(is, "=gt=");
            case GTE -> one(is, "=ge=");
            case LT -> one(is, "=lt=");
            case LTE -> one(is, "=le=");
            case IN -> list(is, "=in=");
            case NIN -> list(is, "=out=");
            case BETWEEN -> list(is, "=bt=");
            case CONTAINS -> pattern(is, "*", "*");
            case STARTS_WITH -> pattern(is, "", "*");
            case ENDS_WITH -> pattern(is, "*", "");
            case IS_NULL -> out.append(is.field()).append("=isnull=true");
            case NOT_NULL -> out.append(is.field()).append("=notnull=true");
        }
    }

    private void one(Condition is, String sign) {
        out.append(is.field()).append(sign);
        value(is.value().text());
    }

    private void list(Condition is, String sign) {
        out.append(is.field()).append(sign);
        char separator = '(';
        for (Value value : is.values()) {
            out.append(separator);
            value(value.text());
            separator = ',';
        }
        out.append(')');
    }

    private void pattern(Condition is, String before, String after) {
        String text = is.value().text();
        if (text.isEmpty() || text.indexOf('*') >= 0) {
            throw new Unspeakable(is.operator().word() + " on " + is.field() + " with "
                    + (text.isEmpty() ? "an empty text" : "a star in the text"));
        }
        out.append(is.field()).append("==");
        value(before + text + after);
    }

    private void value(String text) {
        if (PLAIN.matcher(text).matches()) {
            out.append(text);
        } else {
            out.append('\'')
                    .append(text.replace("\\", "\\\\").replace("'", "\\'"))
                    .append('\'');
        }
    }
}

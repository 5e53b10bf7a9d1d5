package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.PageRequest;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.util.List;

/** Writes the language in its JSON form. */
final class JsonText {

    private final StringBuilder out = new StringBuilder(256);
    private final boolean hasValues;

    private JsonText(boolean hasValues) {
        this.hasValues = hasValues;
    }

    static String of(Filter filter) {
        return new JsonText(true).filter(filter).out.toString();
    }

    /** The same without values, whatever their number. */
    static String shape(Filter filter) {
        return new JsonText(false).filter(filter).out.toString();
    }

    /** A list, whose members must all be true. */
    static String list(Filter filter) {
        return new JsonText(true).list(members(filter)).out.toString();
    }

    static String sort(List<SortKey> sort) {
        var text = new JsonText(true);
        text.sortKeys(sort);
        return text.out.toString();
    }

    /** A whole query; members that would say nothing are left out. */
    static String document(Filter filter, List<SortKey> sort, PageRequest page) {
        var text = new JsonText(true);
        text.out.append("{\"filters\":");
        text.list(members(filter));
        if (!sort.isEmpty()) {
            text.out.append(",\"sort\":");
            text.sortKeys(sort);
        }
        if (!page.equals(PageRequest.NONE)) {
            text.out.append(",\"page\":");
            text.page(page);
        }
        return text.out.append('}').toString();
    }

    private static List<Filter> members(Filter filter) {
        return filter instanceof Filter.All(List<Filter> members) ? members : List.of(filter);
    }

    private JsonText filter(Filter filter) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> group("and", members);
            case Filter.Any(List<Filter> members) -> group("or", members);
            case Filter.Not(Filter negated) -> {
                out.append("{\"not\":");
                filter(negated).out.append('}');
            }
            case Filter.Condition condition -> condition(condition);
        }
        return this;
    }

    private void group(String word, List<Filter> members) {
        out.append("{\"").append(word).append("\":");
        list(members).out.append('}');
    }

    private JsonText list(List<Filter> members) {
        out.append('[');
        String separator = "";
        for (Filter member : members) {
            out.append(separator);
            filter(member);
            separator = ",";
        }
        out.append(']');
        return this;
    }

    private void condition(Filter.Condition condition) {
        out.append("{\"field\":\"").append(condition.field());
        out.append("\",\"op\":\"").append(condition.operator().word()).append('"');
        Operator.Arity arity = condition.operator().arity();
        if (hasValues && arity != Operator.Arity.NONE) {
            out.append(",\"value\":");
            if (arity == Operator.Arity.ONE) {
                value(condition.value());
            } else {
                values(condition.values());
            }
        }
        out.append('}');
    }

    private void values(List<Value> values) {
        char separator = '[';
        for (Value value : values) {
            out.append(separator);
            value(value);
            separator = ',';
        }
        out.append(']');
    }

    private void value(Value value) {
        switch (value) {
            case Value.Text _, Value.Uuid _, Value.Moment _, Value.Day _ -> quoted(value.text());
            case Value.Whole _, Value.Decimal _, Value.Truth _ -> out.append(value.text());
        }
    }

    private void sortKeys(List<SortKey> sort) {
        out.append('[');
        String separator = "";
        for (SortKey key : sort) {
            out.append(separator).append("{\"field\":\"").append(key.field()).append("\",\"dir\":\"");
            out.append(key.descending() ? "desc" : "asc").append("\"}");
            separator = ",";
        }
        out.append(']');
    }

    private void page(PageRequest page) {
        int start = out.length();
        page.limit().ifPresent(limit -> out.append(",\"limit\":").append(limit));
        page.cursor().ifPresent(cursor -> {
            out.append(",\"cursor\":");
            quoted(cursor);
        });
        page.offset().ifPresent(offset -> out.append(",\"offset\":").append(offset));
        page.page().ifPresent(number -> out.append(",\"page\":").append(number));
        out.setCharAt(start, '{');
        out.append('}');
    }

    private void quoted(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                default -> {
                    if (c < ' ' || c == '\u2028' || c == '\u2029') {
                        out.append("\\u").append(Character.forDigit(c >> 12, 16));
                        out.append(Character.forDigit(c >> 8 & 15, 16));
                        out.append(Character.forDigit(c >> 4 & 15, 16));
                        out.append(Character.forDigit(c & 15, 16));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}

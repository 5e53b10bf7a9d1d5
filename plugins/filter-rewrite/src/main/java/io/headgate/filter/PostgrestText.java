package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a {@link Positive} filter as PostgREST's {@code and=(...)}; it speaks of columns, not of fields. */
final class PostgrestText {

    private final FilterSchema schema;
    private final StringBuilder out = new StringBuilder();

    private PostgrestText(FilterSchema schema) {
        this.schema = schema;
    }

    /** The value of the parameter {@code and}. */
    static String of(Filter filter, FilterSchema schema) {
        var text = new PostgrestText(schema);
        text.join("", filter instanceof Filter.All(List<Filter> members) ? members : List.of(filter));
        return text.out.toString();
    }

    static String sort(List<SortKey> sort, FilterSchema schema) {
        return sort.stream()
                .map(key -> schema.column(key.field()) + (key.descending() ? ".desc.nullsfirst" : ".asc.nullslast"))
                .collect(Collectors.joining(","));
    }

    private void write(Filter filter) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> join("and", members);
            case Filter.Any(List<Filter> members) -> join("or", members);
            case Filter.Not(Condition condition) -> write(condition, ".not");
            case Filter.Not(Filter _) -> throw new Unspeakable("the negation of a group");
            case Condition condition -> write(condition, "");
        }
    }

    private void join(String word, List<Filter> members) {
        out.append(word).append('(');
        for (int i = 0; i < members.size(); i++) {
            out.append(i > 0 ? "," : "");
            write(members.get(i));
        }
        out.append(')');
    }

    private void write(Condition is, String negation) {
        out.append(schema.column(is.field())).append(negation);
        switch (is.operator()) {
            case EQ -> compare(".eq.", is);
            case NEQ -> compare(".neq.", is);
            case GT -> compare(".gt.", is);
            case GTE -> compare(".gte.", is);
            case LT -> compare(".lt.", is);
            case LTE -> compare(".lte.", is);
            case IN -> list(is);
            case CONTAINS -> like("*", is, "*");
            case STARTS_WITH -> like("", is, "*");
            case ENDS_WITH -> like("*", is, "");
            case IS_NULL -> out.append(".is.null");
            case NOT_NULL -> out.append(".not.is.null");
            case NIN, BETWEEN -> throw new Unspeakable(is.operator().word() + " on " + is.field());
        }
    }

    private void compare(String word, Condition is) {
        out.append(word).append(quoted(is.value().text()));
    }

    private void list(Condition is) {
        out.append(".in.")
                .append(is.values().stream()
                        .map(Value::text)
                        .map(PostgrestText::quoted)
                        .collect(Collectors.joining(",", "(", ")")));
    }

    /** A star stands for any text there, and nothing makes it stand for itself. */
    private void like(String before, Condition is, String after) {
        String text = is.value().text();
        if (text.indexOf('*') >= 0) {
            throw new Unspeakable(is.operator().word() + " on " + is.field() + " with a star in the text");
        }
        out.append(".like.").append(quoted(before + LikePattern.escaped(text) + after));
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}

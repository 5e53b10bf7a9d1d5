package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a {@link Positive} filter as OData's {@code $filter}. */
final class ODataText {

    private final StringBuilder out = new StringBuilder();

    private ODataText() {}

    static String of(Filter filter) {
        var text = new ODataText();
        text.write(filter, false);
        return text.out.toString();
    }

    static String sort(List<SortKey> sort) {
        return sort.stream()
                .map(key -> key.field() + (key.descending() ? " desc" : " asc"))
                .collect(Collectors.joining(","));
    }

    private void write(Filter filter, boolean isWithinAll) {
        switch (filter) {
            case Filter.All(List<Filter> members) -> join(members, " and ", true);
            case Filter.Any(List<Filter> members) -> {
                out.append(isWithinAll ? "(" : "");
                join(members, " or ", false);
                out.append(isWithinAll ? ")" : "");
            }
            case Filter.Not(Filter negated) -> {
                out.append("not (");
                write(negated, false);
                out.append(')');
            }
            case Condition condition -> write(condition);
        }
    }

    private void join(List<Filter> members, String word, boolean isAll) {
        for (int i = 0; i < members.size(); i++) {
            out.append(i > 0 ? word : "");
            write(members.get(i), isAll);
        }
    }

    private void write(Condition is) {
        switch (is.operator()) {
            case EQ -> compare(is, " eq ");
            case NEQ -> compare(is, " ne ");
            case GT -> compare(is, " gt ");
            case GTE -> compare(is, " ge ");
            case LT -> compare(is, " lt ");
            case LTE -> compare(is, " le ");
            case IN -> list(is);
            case CONTAINS -> call("contains(", is);
            case STARTS_WITH -> call("startswith(", is);
            case ENDS_WITH -> call("endswith(", is);
            case IS_NULL -> out.append(is.field()).append(" eq null");
            case NOT_NULL -> out.append(is.field()).append(" ne null");
            case NIN, BETWEEN -> throw new Unspeakable(is.operator().word() + " on " + is.field());
        }
    }

    private void compare(Condition is, String word) {
        out.append(is.field()).append(word).append(literal(is.value()));
    }

    private void list(Condition is) {
        out.append(is.field())
                .append(" in ")
                .append(is.values().stream().map(ODataText::literal).collect(Collectors.joining(",", "(", ")")));
    }

    private void call(String function, Condition is) {
        out.append(function)
                .append(is.field())
                .append(',')
                .append(literal(is.value()))
                .append(')');
    }

    private static String literal(Value value) {
        return switch (value) {
            case Value.Text(String text) -> "'" + text.replace("'", "''") + "'";
            case Value.Whole _, Value.Decimal _, Value.Truth _, Value.Uuid _, Value.Moment _, Value.Day _ ->
                value.text();
        };
    }
}

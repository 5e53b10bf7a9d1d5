package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.Operator;
import java.util.List;

/**
 * The same filter for a language whose comparisons with NULL may be unknown instead of false: negations stand at the
 * conditions alone, and whatever is true of rows without a value says so. It means the same where they are false.
 */
final class Positive {

    private final FilterSchema schema;
    private final boolean isRsql;

    private Positive(FilterSchema schema, boolean isRsql) {
        this.schema = schema;
        this.isRsql = isRsql;
    }

    /** @param isRsql has an operator for none of a list, and takes a star for itself in lists alone */
    static Filter of(Filter filter, FilterSchema schema, boolean isRsql) {
        return Canonical.of(new Positive(schema, isRsql).of(filter, false));
    }

    private Filter of(Filter filter, boolean isNegated) {
        return switch (filter) {
            case Filter.All(List<Filter> members) ->
                isNegated ? new Filter.Any(each(members, true)) : new Filter.All(each(members, false));
            case Filter.Any(List<Filter> members) ->
                isNegated ? new Filter.All(each(members, true)) : new Filter.Any(each(members, false));
            case Filter.Not(Filter negated) -> of(negated, !isNegated);
            case Condition condition -> isNegated ? complement(condition) : plain(condition);
        };
    }

    private List<Filter> each(List<Filter> members, boolean isNegated) {
        return members.stream().map(member -> of(member, isNegated)).toList();
    }

    private Filter plain(Condition is) {
        return switch (is.operator()) {
            case EQ -> isRsql && hasStar(is) ? with(is, Operator.IN) : is;
            case NEQ -> orNull(is, isRsql && hasStar(is) ? with(is, Operator.NIN) : is);
            case NIN -> orNull(is, isRsql ? is : new Filter.Not(with(is, Operator.IN)));
            case BETWEEN ->
                new Filter.All(List.of(
                        new Condition(is.field(), Operator.GTE, is.values().getFirst()),
                        new Condition(is.field(), Operator.LTE, is.values().getLast())));
            case CONTAINS, STARTS_WITH, ENDS_WITH ->
                isOfNothing(is) ? new Condition(is.field(), Operator.NOT_NULL) : is;
            case GT, GTE, LT, LTE, IN, IS_NULL, NOT_NULL -> is;
        };
    }

    private Filter complement(Condition is) {
        return switch (is.operator()) {
            case EQ -> plain(with(is, Operator.NEQ));
            case NEQ -> plain(with(is, Operator.EQ));
            case GT -> orNull(is, with(is, Operator.LTE));
            case GTE -> orNull(is, with(is, Operator.LT));
            case LT -> orNull(is, with(is, Operator.GTE));
            case LTE -> orNull(is, with(is, Operator.GT));
            case IN -> plain(with(is, Operator.NIN));
            case NIN -> with(is, Operator.IN);
            case BETWEEN ->
                orNull(
                        is,
                        new Filter.Any(List.of(
                                new Condition(
                                        is.field(), Operator.LT, is.values().getFirst()),
                                new Condition(
                                        is.field(), Operator.GT, is.values().getLast()))));
            case CONTAINS, STARTS_WITH, ENDS_WITH ->
                isOfNothing(is) ? new Condition(is.field(), Operator.IS_NULL) : orNull(is, new Filter.Not(is));
            case IS_NULL -> with(is, Operator.NOT_NULL);
            case NOT_NULL -> with(is, Operator.IS_NULL);
        };
    }

    private static boolean hasStar(Condition is) {
        return is.value().text().indexOf('*') >= 0;
    }

    /** Every text holds the empty one. */
    private static boolean isOfNothing(Condition is) {
        return is.value().text().isEmpty();
    }

    private Filter orNull(Condition about, Filter filter) {
        return schema.isNullable(about.field())
                ? new Filter.Any(List.of(filter, new Condition(about.field(), Operator.IS_NULL)))
                : filter;
    }

    private static Condition with(Condition condition, Operator operator) {
        return new Condition(condition.field(), operator, condition.values());
    }
}

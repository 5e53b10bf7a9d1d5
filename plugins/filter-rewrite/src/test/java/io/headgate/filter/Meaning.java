package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What filters and orders mean, in as few words as it can be said: rows are maps without what is NULL. */
final class Meaning {

    private Meaning() {}

    static boolean holds(Filter filter, Map<String, Value> row) {
        return switch (filter) {
            case Filter.All(List<Filter> members) -> members.stream().allMatch(member -> holds(member, row));
            case Filter.Any(List<Filter> members) -> members.stream().anyMatch(member -> holds(member, row));
            case Filter.Not(Filter negated) -> !holds(negated, row);
            case Condition is ->
                switch (is.operator()) {
                    case IS_NULL -> !row.containsKey(is.field());
                    case NEQ, NIN -> !compares(is, row).orElse(false);
                    default -> compares(is, row).orElse(false);
                };
        };
    }

    /** As a language sees it that knows a third answer: empty for unknown. */
    static Optional<Boolean> threeValued(Filter filter, Map<String, Value> row) {
        return switch (filter) {
            case Filter.All(List<Filter> members) -> joined(members, row, false);
            case Filter.Any(List<Filter> members) -> joined(members, row, true);
            case Filter.Not(Filter negated) -> threeValued(negated, row).map(truth -> !truth);
            case Condition is ->
                switch (is.operator()) {
                    case IS_NULL -> Optional.of(!row.containsKey(is.field()));
                    case NOT_NULL -> Optional.of(row.containsKey(is.field()));
                    case NEQ, NIN -> compares(is, row).map(truth -> !truth);
                    default -> compares(is, row);
                };
        };
    }

    private static Optional<Boolean> joined(List<Filter> members, Map<String, Value> row, boolean deciding) {
        List<Optional<Boolean>> truths =
                members.stream().map(member -> threeValued(member, row)).toList();
        if (truths.contains(Optional.of(deciding))) {
            return Optional.of(deciding);
        }
        return truths.contains(Optional.<Boolean>empty()) ? Optional.empty() : Optional.of(!deciding);
    }

    /** Whether the comparison that the operator makes or negates holds; empty of a row without a value. */
    private static Optional<Boolean> compares(Condition is, Map<String, Value> row) {
        return Optional.ofNullable(row.get(is.field())).map(value -> switch (is.operator()) {
            case EQ, NEQ -> compare(value, is.value()) == 0;
            case GT -> compare(value, is.value()) > 0;
            case GTE -> compare(value, is.value()) >= 0;
            case LT -> compare(value, is.value()) < 0;
            case LTE -> compare(value, is.value()) <= 0;
            case IN, NIN -> is.values().stream().anyMatch(one -> compare(value, one) == 0);
            case BETWEEN ->
                compare(value, is.values().getFirst()) >= 0
                        && compare(value, is.values().getLast()) <= 0;
            case CONTAINS -> value.text().contains(is.value().text());
            case STARTS_WITH -> value.text().startsWith(is.value().text());
            case ENDS_WITH -> value.text().endsWith(is.value().text());
            case IS_NULL -> false;
            case NOT_NULL -> true;
        });
    }

    static Comparator<Map<String, Value>> order(List<SortKey> sort) {
        return (one, other) -> {
            for (SortKey key : sort) {
                int order = compareNullsLargest(one.get(key.field()), other.get(key.field()));
                if (order != 0) {
                    return key.descending() ? -order : order;
                }
            }
            return 0;
        };
    }

    private static int compareNullsLargest(
            @org.jspecify.annotations.Nullable Value one, @org.jspecify.annotations.Nullable Value other) {
        if (one == null || other == null) {
            return one == other ? 0 : one == null ? 1 : -1;
        }
        return compare(one, other);
    }

    private static int compare(Value one, Value other) {
        return switch (one) {
            case Value.Text(String text) ->
                Arrays.compare(
                        text.codePoints().toArray(),
                        ((Value.Text) other).bound().codePoints().toArray());
            case Value.Whole(Long whole) -> whole.compareTo(((Value.Whole) other).bound());
            case Value.Decimal(var decimal) -> decimal.compareTo(((Value.Decimal) other).bound());
            case Value.Truth(Boolean truth) -> truth.compareTo(((Value.Truth) other).bound());
            case Value.Uuid uuid -> uuid.text().compareTo(other.text());
            case Value.Moment(var instant) -> instant.compareTo(((Value.Moment) other).instant());
            case Value.Day(var day) -> day.compareTo(((Value.Day) other).bound());
        };
    }
}

package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Filter.Condition;
import io.headgate.api.Operator;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Positions between rows: those of a row's own values, where a page ended. */
public final class Keyset {

    private Keyset() {}

    /**
     * A row to go on from.
     *
     * @param sort a total order
     * @param values of the row, one a key; empty where it is NULL
     */
    public record Position(List<SortKey> sort, List<Optional<Value>> values) {
        public Position {
            sort = List.copyOf(sort);
            values = List.copyOf(values);
            if (sort.isEmpty() || sort.size() != values.size()) {
                throw new IllegalArgumentException(
                        "position: " + values.size() + " values (expected: one for each of " + sort.size() + " keys)");
            }
        }

        /** Its values, to be kept where no client can read or change them; {@link #of} reads them. */
        public List<Optional<String>> texts() {
            return values.stream().map(value -> value.map(Value::text)).toList();
        }

        /** @param texts as another position of the same sort wrote them */
        public static Position of(List<SortKey> sort, List<Optional<String>> texts, FilterSchema schema) {
            List<Optional<Value>> values = new ArrayList<>();
            for (int i = 0; i < Math.min(sort.size(), texts.size()); i++) {
                FieldType type = schema.field(sort.get(i).field()).type();
                values.add(texts.get(i).map(text -> Stored.parse(type, text)));
            }
            return new Position(sort, values);
        }
    }

    /** The sort with a field at its end that no two rows share, so that no two rows tie. What follows it says nothing. */
    public static List<SortKey> total(List<SortKey> sort, String unique) {
        List<SortKey> total = new ArrayList<>();
        for (SortKey key : sort) {
            total.add(key);
            if (key.field().equals(unique)) {
                return List.copyOf(total);
            }
        }
        total.add(new SortKey(unique, !sort.isEmpty() && sort.getLast().descending()));
        return List.copyOf(total);
    }

    /** The order in which the rows before a position come, the nearest first. */
    public static List<SortKey> reversed(List<SortKey> sort) {
        return sort.stream()
                .map(key -> new SortKey(key.field(), !key.descending()))
                .toList();
    }

    /** Whether an index that is in this order answers positions in it, too: keys always have values, all in one direction. */
    static boolean isUniform(List<SortKey> sort, FilterSchema schema) {
        return sort.stream()
                .allMatch(key -> !schema.isNullable(key.field())
                        && key.descending() == sort.getFirst().descending());
    }

    /**
     * The rows that come after the position in its order, as a filter of the language. The first key's bound stands
     * alone before the rest, because an index can begin there.
     */
    public static Filter after(Position position, FilterSchema schema) {
        List<Filter> alternatives = new ArrayList<>();
        List<Filter> ties = new ArrayList<>();
        for (int i = 0; i < position.sort().size(); i++) {
            SortKey key = position.sort().get(i);
            Optional<Value> value = position.values().get(i);
            Optional<Filter> beyond = beyond(key, value, schema, false);
            if (beyond.isPresent()) {
                List<Filter> alternative = new ArrayList<>(ties);
                alternative.add(beyond.get());
                alternatives.add(new Filter.All(alternative));
            }
            ties.add(value.<Filter>map(present -> new Condition(key.field(), Operator.EQ, present))
                    .orElseGet(() -> new Condition(key.field(), Operator.IS_NULL)));
        }
        Filter any = new Filter.Any(alternatives);
        return beyond(position.sort().getFirst(), position.values().getFirst(), schema, true)
                .<Filter>map(bound -> new Filter.All(List.of(bound, any)))
                .orElse(any);
    }

    /** What comes after a value of one key, or at it too; nothing comes after NULL where it is the last. */
    private static Optional<Filter> beyond(SortKey key, Optional<Value> value, FilterSchema schema, boolean orAt) {
        String field = key.field();
        if (value.isEmpty()) {
            return key.descending() && !orAt
                    ? Optional.of(new Condition(field, Operator.NOT_NULL))
                    : key.descending() ? Optional.empty() : orAt ? Optional.of(isNull(field)) : Optional.empty();
        }
        if (key.descending()) {
            return Optional.of(new Condition(field, orAt ? Operator.LTE : Operator.LT, value.get()));
        }
        Filter larger = new Condition(field, orAt ? Operator.GTE : Operator.GT, value.get());
        return Optional.of(schema.isNullable(field) ? new Filter.Any(List.of(larger, isNull(field))) : larger);
    }

    private static Filter isNull(String field) {
        return new Condition(field, Operator.IS_NULL);
    }
}

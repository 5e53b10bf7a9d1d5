package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.SortKey;
import io.headgate.api.Value;
import io.headgate.filter.Draft.Raw;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Holds what was read against a schema: everything that does not fit is named, each at its place. */
final class Validator {

    private final FilterSchema schema;
    private final Refusals refusals;

    Validator(FilterSchema schema, Refusals refusals) {
        this.schema = schema;
        this.refusals = refusals;
    }

    /** Nothing of what it answers may be used while there are refusals. It descends no deeper than the reading may. */
    Filter filter(Draft draft) {
        return switch (draft) {
            case Draft.Group(boolean isAll, List<Draft> members) -> {
                List<Filter> filters = members.stream().map(this::filter).toList();
                yield isAll ? new Filter.All(filters) : new Filter.Any(filters);
            }
            case Draft.Not(Draft negated) -> new Filter.Not(filter(negated));
            case Draft.Test test -> condition(test).map(Filter.class::cast).orElse(Filter.EVERYTHING);
        };
    }

    private Optional<Filter.Condition> condition(Draft.Test test) {
        Optional<FilterField> field = schema.find(test.field());
        if (field.isEmpty()) {
            refusals.add(
                    test.at().field(),
                    Excerpt.of(test.field()) + " (expected: one of "
                            + String.join(", ", schema.fields().keySet()) + ")");
        }
        Optional<Operator> operator = Operator.of(test.operator());
        if (operator.isEmpty() || field.isPresent() && !field.get().operators().contains(operator.get())) {
            Set<Operator> known = field.map(FilterField::operators).orElse(java.util.EnumSet.allOf(Operator.class));
            refusals.add(
                    test.at().operator(),
                    Excerpt.of(test.operator()) + " (expected: one of " + FilterField.words(known) + ")");
            return Optional.empty();
        }
        return field.isPresent() && hasArity(test, operator.get())
                ? condition(test, field.get(), operator.get())
                : Optional.empty();
    }

    private Optional<Filter.Condition> condition(Draft.Test test, FilterField field, Operator operator) {
        List<Value> values = new ArrayList<>();
        for (Raw raw : test.values()) {
            value(raw, field).ifPresent(values::add);
        }
        return values.size() == test.values().size()
                ? Optional.of(new Filter.Condition(test.field(), operator, values))
                : Optional.empty();
    }

    private boolean hasArity(Draft.Test test, Operator operator) {
        int count = test.values().size();
        boolean fits = switch (operator.arity()) {
            case NONE -> count == 0 && !test.isList();
            case ONE -> count == 1 && !test.isList();
            case TWO -> count == 2 && test.isList();
            case LIST -> count > 0 && test.isList();
        };
        if (!fits) {
            refusals.add(
                    test.at().value(),
                    (test.isList() ? "a list of " + count : count == 0 ? "no value" : "a value") + " (expected: "
                            + expected(operator) + ")");
        }
        return fits;
    }

    private static String expected(Operator operator) {
        return operator.word() + " takes "
                + switch (operator.arity()) {
                    case NONE -> "no value";
                    case ONE -> "one value";
                    case TWO -> "a list of two values";
                    case LIST -> "a list of one or more values";
                };
    }

    private Optional<Value> value(Raw raw, FilterField field) {
        if (!fits(raw.form(), field.type())) {
            refusals.add(
                    raw.at(), described(raw) + " (expected: " + field.type().expected() + ")");
            return Optional.empty();
        }
        try {
            return Optional.of(field.value(raw.text()));
        } catch (IllegalArgumentException e) {
            refusals.add(raw.at(), String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private static boolean fits(Raw.Form form, FieldType type) {
        return switch (form) {
            case WORD -> true;
            case STRING -> type != FieldType.INT && type != FieldType.BOOLEAN;
            case NUMBER -> type.isNumber();
            case BOOLEAN -> type == FieldType.BOOLEAN;
            case QUOTED -> type.isText();
            case BARE -> !type.isText();
            case NULL, COMPOUND -> false;
        };
    }

    private static String described(Raw raw) {
        return switch (raw.form()) {
            case NULL -> "null; is_null asks for it";
            case COMPOUND -> "an object or a list";
            case STRING, QUOTED -> "the string " + Excerpt.of(raw.text());
            case NUMBER, BOOLEAN, BARE, WORD -> Excerpt.of(raw.text());
        };
    }

    List<SortKey> sort(List<RawSort> keys) {
        List<SortKey> sort = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (RawSort key : keys) {
            boolean isSortable =
                    schema.find(key.field()).filter(FilterField::sortable).isPresent();
            if (!isSortable) {
                refusals.add(key.at(), Excerpt.of(key.field()) + " (expected: one of " + sortable() + ")");
            } else if (!seen.add(key.field())) {
                refusals.add(key.at(), Excerpt.of(key.field()) + " is there twice (expected: once)");
            }
            sort.add(new SortKey(key.field(), key.descending()));
        }
        return sort;
    }

    private String sortable() {
        List<String> names = schema.fields().entrySet().stream()
                .filter(field -> field.getValue().sortable())
                .map(field -> field.getKey())
                .toList();
        return names.isEmpty() ? "none, as nothing here can be sorted by" : String.join(", ", names);
    }
}

package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.Operator;
import io.headgate.api.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Filters of every kind; the same seed makes the same ones. */
final class RandomFilters {

    static final List<String> TEXTS = List.of(
            "", "a", "b", "ab", "A", "%", "_", "a%b", "a_b", "\\", "a\\b", "'", "''", "\"", "a,b", "(a)", "a;b", " ",
            "a b", "é", "\u00e9", "e\u0301", "ß", "Ω", "😀", "\uFFFD", "\uFF21", "*a", "null", "true", "[x]", "a\tb",
            "a\nb", "a&b=c", "a+b", "%25", "#", "a.b", "a:b", "-- x", "$1", "not (", "\u2028");

    private final Random random;

    RandomFilters(long seed) {
        this.random = new Random(seed);
    }

    /** At most {@code depth} groups deep. */
    Filter filter(int depth) {
        return switch (depth <= 1 ? 0 : random.nextInt(4)) {
            case 1 -> new Filter.All(members(depth));
            case 2 -> new Filter.Any(members(depth));
            case 3 -> new Filter.Not(filter(depth - 1));
            default -> condition();
        };
    }

    private List<Filter> members(int depth) {
        List<Filter> members = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            members.add(filter(depth - 1));
        }
        return members;
    }

    private Filter condition() {
        List<String> names = List.copyOf(Examples.SCHEMA.fields().keySet());
        String name = names.get(random.nextInt(names.size()));
        FilterField field = Examples.SCHEMA.field(name);
        List<Operator> operators = field.operators().stream().sorted().toList();
        Operator operator = operators.get(random.nextInt(operators.size()));
        int count = switch (operator.arity()) {
            case NONE -> 0;
            case ONE -> 1;
            case TWO -> 2;
            case LIST -> 1 + random.nextInt(4);
        };
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            values.add(value(field));
        }
        return new Filter.Condition(name, operator, values);
    }

    Value value(FilterField field) {
        return field.value(
                switch (field.type()) {
                    case STRING -> TEXTS.get(random.nextInt(TEXTS.size()));
                    case ENUM ->
                        field.words().stream()
                                .sorted()
                                .toList()
                                .get(random.nextInt(field.words().size()));
                    case UUID -> new java.util.UUID(random.nextInt(3), random.nextInt(2)).toString();
                    case INT -> pick("-9223372036854775808", "-1", "0", "1", "2", "9223372036854775807");
                    case DECIMAL ->
                        pick("-1.5", "0", "0.1", "1", "1e40", "-1e40", "0.0000000001", "12345678901234567890.5");
                    case BOOLEAN -> pick("true", "false");
                    case TIMESTAMP ->
                        pick(
                                "0001-01-01T00:00:00Z",
                                "2026-01-01T00:00:00Z",
                                "2026-01-01T00:00:00.000001Z",
                                "2026-06-01T12:00:00.5+02:00",
                                "9999-12-31T23:59:59.999999Z");
                    case DATE -> pick("0001-01-01", "2024-02-29", "2026-01-01", "9999-12-31");
                });
    }

    private String pick(String... texts) {
        return texts[random.nextInt(texts.length)];
    }
}

package io.headgate.filter;

import io.headgate.api.Operator;
import io.headgate.api.SpecReader;
import io.headgate.api.Value;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What may be asked of one field.
 *
 * @param words those of an enumeration
 * @param indexed whether a database finds rows by it without reading them all
 * @param nullable whether rows may be without it
 * @param column its name in the database, where that is not the field's own
 */
public record FilterField(
        FieldType type,
        Set<String> words,
        Set<Operator> operators,
        boolean sortable,
        boolean indexed,
        boolean nullable,
        Optional<String> column) {

    /** No language and no database takes anything else without quotes. */
    static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

    private static final int MAX_WORDS = 200;

    public FilterField {
        words = Set.copyOf(words);
        operators = Set.copyOf(operators);
        if ((type == FieldType.ENUM) == words.isEmpty() || words.size() > MAX_WORDS) {
            throw new IllegalArgumentException(
                    "values: " + words.size() + " (expected: 1.." + MAX_WORDS + " of type enum, none of any other)");
        }
    }

    static FilterField read(SpecReader field) {
        FieldType type = field.choice("type", FieldType.class);
        List<String> words = field.texts("values");
        List<Operator> operators = field.parsedList("ops", text -> operator(type, text));
        boolean sortable = field.flag("sortable", false);
        boolean indexed = field.flag("indexed", false);
        boolean nullable = field.flag("nullable", true);
        Optional<String> column = field.optionalParsed("column", FilterField::name);
        return field.build(() -> new FilterField(
                type,
                Set.copyOf(words),
                operators.isEmpty() ? type.operators() : EnumSet.copyOf(operators),
                sortable,
                indexed,
                nullable,
                column));
    }

    private static Operator operator(FieldType type, String text) {
        return Operator.of(text)
                .filter(type.operators()::contains)
                .orElseThrow(() -> new IllegalArgumentException(
                        "'" + text + "' (expected: one of " + words(type.operators()) + ")"));
    }

    static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: 1-63 letters, digits and '_', beginning with no digit)");
        }
        return text;
    }

    /** @throws IllegalArgumentException with the text and what is expected */
    Value value(String text) {
        if (type == FieldType.ENUM && !words.contains(text)) {
            throw new IllegalArgumentException(Excerpt.of(text) + " (expected: one of "
                    + String.join(", ", words.stream().sorted().toList()) + ")");
        }
        return type.read(text);
    }

    static String words(Set<Operator> operators) {
        return String.join(", ", operators.stream().sorted().map(Operator::word).toList());
    }
}

package io.headgate.filter;

import io.headgate.api.SpecReader;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What clients may ask of one collection. Whatever name reaches a backend or a database comes from here.
 *
 * @param tenantField the field that holds a row's tenant: no client may name it, every query is held to the caller's
 */
public record FilterSchema(String tenantField, Map<String, FilterField> fields) {

    private static final int MAX_FIELDS = 200;
    /** Words of the languages themselves. */
    private static final Set<String> RESERVED = Set.of("and", "or", "not", "null", "true", "false", "in");

    private static final String FIELDS = "fields";

    public FilterSchema {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        if (fields.containsKey(tenantField)) {
            throw new IllegalArgumentException(
                    "tenantField: '" + tenantField + "' (expected: none of the fields, as it cannot be filtered by)");
        }
    }

    static FilterSchema read(SpecReader spec) {
        Supplier<String> tenant = spec.parsed("tenantField", FilterField::name);
        Supplier<Map<String, FilterField>> fields = spec.map(FIELDS, FilterField::read);
        return spec.build(() -> {
            requireNames(spec, fields.get().keySet());
            return new FilterSchema(tenant.get(), fields.get());
        });
    }

    private static void requireNames(SpecReader spec, Set<String> names) {
        if (names.isEmpty() || names.size() > MAX_FIELDS) {
            spec.problem(FIELDS, names.size() + " (expected: 1.." + MAX_FIELDS + ")");
        }
        for (String name : names) {
            if (!FilterField.NAME.matcher(name).matches() || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
                spec.problem(
                        FIELDS,
                        "'" + name + "' (expected: 1-63 letters, digits and '_', beginning with no digit, and none of "
                                + String.join(", ", RESERVED.stream().sorted().toList()) + ")");
            }
        }
    }

    Optional<FilterField> find(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** A field that a filter of this schema names. */
    FilterField field(String name) {
        FilterField field = fields.get(name);
        if (field == null) {
            throw new IllegalArgumentException(
                    "'" + name + "' (expected: one of " + List.copyOf(fields.keySet()) + ")");
        }
        return field;
    }

    /** The name in the database. */
    String column(String name) {
        return name.equals(tenantField) ? name : field(name).column().orElse(name);
    }

    boolean isNullable(String name) {
        return !name.equals(tenantField) && field(name).nullable();
    }
}

package io.headgate.filter;

import io.headgate.api.DatasetSpec;
import io.headgate.api.ResourceId;
import io.headgate.api.SpecProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A dataset with the schema of its filters, which fit each other. A name of a row's column is a field's of the schema,
 * where that has one, and else the table's own.
 */
public record Dataset(ResourceId id, DatasetSpec spec, FilterSchema schema) {

    public Dataset {
        List<SpecProblem> misfits = misfits(spec, schema);
        if (!misfits.isEmpty()) {
            throw new IllegalArgumentException(id + ": " + misfits.getFirst());
        }
    }

    /** What keeps rows from being read with this schema, at its place in the dataset's document. */
    static List<SpecProblem> misfits(DatasetSpec spec, FilterSchema schema) {
        List<SpecProblem> misfits = new ArrayList<>();
        if (!schema.tenantField().equals(spec.tenantColumn())) {
            misfits.add(new SpecProblem(
                    "/spec/tenantColumn",
                    "'" + spec.tenantColumn() + "' (expected: '" + schema.tenantField() + "', the tenantField of "
                            + spec.filterSchema() + ")"));
        }
        Optional<FilterField> key = schema.find(spec.key());
        if (key.isEmpty() || key.get().nullable()) {
            misfits.add(new SpecProblem(
                    "/spec/key",
                    "'" + spec.key() + "' (expected: a field of " + spec.filterSchema()
                            + " that has nullable: false)"));
        }
        return misfits;
    }

    /** The name in the table of what a row calls {@code name}. */
    String column(String name) {
        return schema.find(name).flatMap(FilterField::column).orElse(name);
    }

    /** What a filter can be about so that rows are found without reading all. */
    public List<String> indexed() {
        return schema.fields().entrySet().stream()
                .filter(field -> field.getValue().indexed())
                .map(field -> field.getKey())
                .toList();
    }
}

package io.headgate.filter;

import io.headgate.api.ResourceId;
import io.headgate.api.SpecReader;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * How a route's filters are read and written.
 *
 * @param schema what may be filtered and sorted
 * @param accepts what clients may write
 * @param emits what the backend reads
 */
record FilterSection(ResourceId schema, Set<FilterDialect> accepts, FilterDialect emits) {

    FilterSection {
        if (accepts.contains(FilterDialect.POSTGREST)) {
            throw new IllegalArgumentException("accepts: postgrest (expected: json, brackets, rsql or odata)");
        }
        accepts = Set.copyOf(accepts);
    }

    static FilterSection read(SpecReader section, String team) {
        var schema = section.parsed("schema", text -> ResourceId.reference(team, text));
        List<FilterDialect> accepts = section.choices("accepts", FilterDialect.class);
        FilterDialect emits = section.choice("emits", FilterDialect.class, FilterDialect.JSON);
        return section.build(() -> new FilterSection(
                schema.get(), accepts.isEmpty() ? Set.of(FilterDialect.JSON) : EnumSet.copyOf(accepts), emits));
    }

    String summary() {
        return "Validates filter and sort against schema " + schema + ".";
    }
}

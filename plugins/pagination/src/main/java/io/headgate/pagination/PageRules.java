package io.headgate.pagination;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** How pages may be asked for. */
interface PageRules {

    Set<ClientDialect> accepts();

    int maxLimit();

    /** Names of parameters, as a careless backend may read them, that are about pages. */
    Set<String> reserved();

    default String accepted() {
        return accepts().stream()
                .sorted()
                .map(dialect -> dialect.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}

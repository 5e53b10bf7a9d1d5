package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.SortKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a filter can be written. */
public enum FilterDialect {
    JSON,
    BRACKETS,
    RSQL,
    ODATA,
    /** Spoken to backends only. */
    POSTGREST;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The filter and the order in parameters that mean the same in this dialect.
     *
     * @throws Unspeakable where it has no words for a part of them
     */
    List<Parameter> parameters(Filter filter, List<SortKey> sort, FilterSchema schema) {
        List<Parameter> parameters = new ArrayList<>();
        if (!filter.equals(Filter.EVERYTHING)) {
            switch (this) {
                case JSON -> parameters.add(new Parameter("filter", JsonText.list(filter)));
                case BRACKETS -> parameters.addAll(BracketText.of(filter));
                case RSQL -> parameters.add(new Parameter("filter", RsqlText.of(carried(filter, schema))));
                case ODATA -> parameters.add(new Parameter("$filter", ODataText.of(carried(filter, schema))));
                case POSTGREST ->
                    parameters.add(new Parameter("and", PostgrestText.of(carried(filter, schema), schema)));
            }
        }
        if (!sort.isEmpty()) {
            parameters.add(
                    switch (this) {
                        case JSON, BRACKETS, RSQL ->
                            new Parameter(
                                    "sort", sort.stream().map(SortKey::text).collect(Collectors.joining(",")));
                        case ODATA -> new Parameter("$orderby", ODataText.sort(sort));
                        case POSTGREST -> new Parameter("order", PostgrestText.sort(sort, schema));
                    });
        }
        return parameters;
    }

    /** Whether a parameter of this name says something about filter or order to a backend that speaks it. */
    boolean means(String parameter) {
        String name = parameter.toLowerCase(Locale.ROOT);
        return QueryLanguage.isOurs(name)
                || switch (this) {
                    case JSON, BRACKETS, RSQL -> false;
                    case ODATA -> name.equals("$apply") || name.equals("$search") || name.equals("$compute");
                    case POSTGREST ->
                        name.equals("and")
                                || name.equals("or")
                                || name.equals("order")
                                || name.startsWith("not.")
                                || name.contains(".order")
                                || name.contains(".or")
                                || name.contains(".and");
                };
    }

    /** The filter in such words as the dialect has. */
    Filter carried(Filter filter, FilterSchema schema) {
        return switch (this) {
            case JSON, BRACKETS -> filter;
            case RSQL -> Positive.of(filter, schema, true);
            case ODATA, POSTGREST -> Positive.of(filter, schema, false);
        };
    }
}

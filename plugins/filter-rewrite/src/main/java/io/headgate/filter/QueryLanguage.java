package io.headgate.filter;

import io.headgate.api.Filter;
import io.headgate.api.PageRequest;
import io.headgate.api.SortKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads queries in every form that clients write them, and holds them against a schema. What it answers is canonical;
 * what it does not understand it refuses as {@code invalid-query}, with everything that is wrong.
 */
public final class QueryLanguage {

    private static final String FILTER = "filter";
    private static final String SORT = "sort";
    private static final String ODATA_FILTER = "$filter";
    private static final String ODATA_SORT = "$orderby";

    private final Budgets budgets;

    public QueryLanguage(Budgets budgets) {
        this.budgets = budgets;
    }

    /**
     * A query that was understood.
     *
     * @param dialect none where the client asked for nothing
     * @param shape what it asks, without the values, as a hash
     * @param digest of all that it says, as a hash
     */
    public record Understood(
            Filter filter,
            List<SortKey> sort,
            PageRequest page,
            Optional<FilterDialect> dialect,
            String shape,
            String digest) {

        public Understood {
            sort = List.copyOf(sort);
        }

        /** Filter and sort as a document that {@link QueryLanguage#document} reads, to be kept until they are needed. */
        public String text() {
            return JsonText.document(filter, sort, PageRequest.NONE);
        }
    }

    /** A query as a document of its own: {@code {"filters": [...], "sort": [...], "page": {...}}}. */
    public Understood document(String json, FilterSchema schema) {
        var refusals = new Refusals();
        var budget = new Budget(budgets, refusals);
        budget.size(json.length(), "");
        return understood(
                JsonReader.document(json, budget, refusals), Optional.of(FilterDialect.JSON), schema, refusals);
    }

    /** What a URL asks for; parameters that are no part of a query are somebody else's. */
    public Understood url(@Nullable String rawQuery, FilterSchema schema, Set<FilterDialect> accepts) {
        return parameters(
                UrlQuery.read(rawQuery).stream()
                        .filter(parameter -> isOurs(parameter.name()))
                        .toList(),
                schema,
                accepts);
    }

    /** Whether a parameter is part of a query, whatever the case of its letters: some backends do not mind them. */
    static boolean isOurs(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals(FILTER)
                || lower.startsWith(BracketReader.PREFIX)
                || lower.equals(SORT)
                || lower.startsWith("sort[")
                || lower.equals(ODATA_FILTER)
                || lower.equals(ODATA_SORT);
    }

    /** @param parameters those of a URL that nobody else reads, decoded and in their order */
    Understood parameters(List<Parameter> parameters, FilterSchema schema, Set<FilterDialect> accepts) {
        var refusals = new Refusals();
        var budget = new Budget(budgets, refusals);
        int size = 0;
        for (Parameter parameter : parameters) {
            size += parameter.name().length() + parameter.value().length();
            budget.size(size, "/" + Pointers.escaped(parameter.name()));
        }
        Optional<FilterDialect> dialect = dialect(parameters, accepts, refusals);
        RawQuery query = dialect.map(spoken -> filter(spoken, parameters, budget, refusals))
                .orElse(RawQuery.of(RawQuery.NO_FILTER));
        RawQuery whole = withSort(query, parameters, budget, refusals);
        boolean isSaid = dialect.isPresent() || whole.isSorted();
        return understood(
                whole, isSaid ? Optional.of(dialect.orElse(FilterDialect.JSON)) : Optional.empty(), schema, refusals);
    }

    private static Optional<FilterDialect> dialect(
            List<Parameter> parameters, Set<FilterDialect> accepts, Refusals refusals) {
        Set<FilterDialect> spoken = parameters.stream()
                .flatMap(parameter -> dialect(parameter, refusals).stream())
                .collect(Collectors.toSet());
        if (spoken.size() > 1) {
            throw refusals.fatal("", "filters in " + words(spoken) + " (expected: one language in one request)");
        }
        spoken.stream()
                .filter(dialect -> !accepts.contains(dialect))
                .findFirst()
                .ifPresent(dialect -> {
                    throw refusals.fatal(
                            dialect == FilterDialect.ODATA ? "/" + ODATA_FILTER : "/" + FILTER,
                            "a filter in " + dialect.word() + " (expected: " + words(accepts) + ")");
                });
        return spoken.stream().findFirst();
    }

    private static Optional<FilterDialect> dialect(Parameter parameter, Refusals refusals) {
        String name = parameter.name();
        if (name.equals(FILTER)) {
            String text = parameter.value().strip();
            boolean isJson = text.startsWith("[") || text.startsWith("{");
            return Optional.of(isJson ? FilterDialect.JSON : FilterDialect.RSQL);
        }
        if (name.startsWith(BracketReader.PREFIX)) {
            return Optional.of(FilterDialect.BRACKETS);
        }
        if (name.equals(ODATA_FILTER)) {
            return Optional.of(FilterDialect.ODATA);
        }
        if (!name.equals(SORT) && !name.equals(ODATA_SORT)) {
            refusals.add(
                    "/" + Pointers.escaped(name),
                    "unknown parameter (expected: filter, sort, or one that this place knows)");
        }
        return Optional.empty();
    }

    private static String words(Set<FilterDialect> dialects) {
        return dialects.stream().sorted().map(FilterDialect::word).collect(Collectors.joining(" or "));
    }

    private RawQuery filter(FilterDialect dialect, List<Parameter> parameters, Budget budget, Refusals refusals) {
        return switch (dialect) {
            case JSON -> JsonReader.parameter(only(FILTER, parameters, refusals), "/" + FILTER, budget, refusals);
            case BRACKETS ->
                RawQuery.of(BracketReader.read(
                        parameters.stream()
                                .filter(parameter -> parameter.name().startsWith(BracketReader.PREFIX))
                                .toList(),
                        budgets,
                        budget,
                        refusals));
            case RSQL -> RawQuery.of(RsqlReader.read(cursor(FILTER, parameters, budget, refusals)));
            case ODATA -> RawQuery.of(ODataReader.read(cursor(ODATA_FILTER, parameters, budget, refusals)));
            case POSTGREST -> throw new IllegalStateException("postgrest is not read");
        };
    }

    private static TextCursor cursor(String name, List<Parameter> parameters, Budget budget, Refusals refusals) {
        return new TextCursor(only(name, parameters, refusals), "/" + name, budget, refusals);
    }

    private static String only(String name, List<Parameter> parameters, Refusals refusals) {
        List<String> values = parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Parameter::value)
                .toList();
        if (values.size() > 1) {
            throw refusals.fatal("/" + name, "is there " + values.size() + " times (expected: once)");
        }
        return values.getFirst();
    }

    private static RawQuery withSort(RawQuery query, List<Parameter> parameters, Budget budget, Refusals refusals) {
        boolean isPlain =
                parameters.stream().anyMatch(parameter -> parameter.name().equals(SORT));
        boolean isOData =
                parameters.stream().anyMatch(parameter -> parameter.name().equals(ODATA_SORT));
        if (!isPlain && !isOData) {
            return query;
        }
        String name = isPlain ? SORT : ODATA_SORT;
        if (isPlain && isOData || query.isSorted()) {
            throw refusals.fatal("/" + name, "the order is said twice (expected: once)");
        }
        String text = only(name, parameters, refusals);
        List<RawSort> keys = new ArrayList<>();
        int from = 0;
        while (!text.isEmpty() && from <= text.length()) {
            int comma = text.indexOf(',', from);
            int end = comma < 0 ? text.length() : comma;
            String at = "/" + name + "/" + keys.size();
            budget.sortKeys(keys.size() + 1, "/" + name);
            keys.add(isPlain ? plainKey(text.substring(from, end), at) : oDataKey(text.substring(from, end), at));
            from = end + 1;
        }
        return new RawQuery(query.filter(), keys, true, query.page());
    }

    private static RawSort plainKey(String text, String at) {
        boolean descending = text.startsWith("-");
        return new RawSort(descending ? text.substring(1) : text, descending, at);
    }

    private static RawSort oDataKey(String text, String at) {
        String key = text.strip();
        if (key.endsWith(" desc")) {
            return new RawSort(key.substring(0, key.length() - " desc".length()).strip(), true, at);
        }
        return key.endsWith(" asc")
                ? new RawSort(key.substring(0, key.length() - " asc".length()).strip(), false, at)
                : new RawSort(key, false, at);
    }

    private Understood understood(
            RawQuery query, Optional<FilterDialect> dialect, FilterSchema schema, Refusals refusals) {
        requireDepth(query.filter(), refusals);
        var validator = new Validator(schema, refusals);
        Filter filter = validator.filter(query.filter());
        List<SortKey> sort = validator.sort(query.sort());
        refusals.throwIfAny();
        Filter canonical = Canonical.of(filter);
        return new Understood(
                canonical,
                sort,
                query.page(),
                dialect,
                Canonical.shape(canonical, sort),
                Canonical.digest(canonical, sort));
    }

    /** Where one sign binds closer than another there are groups that no bracket opened. */
    private void requireDepth(Draft filter, Refusals refusals) {
        int depth = filter instanceof Draft.Group(boolean isAll, List<Draft> members) && isAll
                ? members.stream().mapToInt(QueryLanguage::depth).max().orElse(0)
                : depth(filter);
        if (depth > budgets.depth()) {
            throw refusals.fatal("", "nested " + depth + " deep (expected: at most " + budgets.depth() + ")");
        }
    }

    private static int depth(Draft draft) {
        return switch (draft) {
            case Draft.Group(boolean _, List<Draft> members) ->
                1 + members.stream().mapToInt(QueryLanguage::depth).max().orElse(0);
            case Draft.Not(Draft negated) -> 1 + depth(negated);
            case Draft.Test _ -> 0;
        };
    }
}

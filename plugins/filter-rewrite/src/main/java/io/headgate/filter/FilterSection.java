package io.headgate.filter;

import io.headgate.api.PathTemplate;
import io.headgate.api.ResourceId;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecReader;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a route's filters are read and written.
 *
 * @param schema what may be filtered and sorted
 * @param accepts what clients may write
 * @param emits what the backend reads
 * @param collections the paths that answer queries
 * @param parameters names that may stand beside a query and go on, besides those of pages
 */
record FilterSection(
        ResourceId schema,
        Set<FilterDialect> accepts,
        FilterDialect emits,
        List<PathTemplate> collections,
        Set<String> parameters) {

    private static final int MAX_PATHS = 20;
    private static final int MAX_PARAMETERS = 50;
    private static final int MAX_NAME = 64;
    /** What pages are asked for by, in one way or another; the step after this one reads them. */
    private static final Set<String> OF_PAGES = Set.of("limit", "cursor", "offset", "page", "per_page");

    FilterSection {
        if (accepts.contains(FilterDialect.POSTGREST)) {
            throw new IllegalArgumentException("accepts: postgrest (expected: json, brackets, rsql or odata)");
        }
        if (collections.size() > MAX_PATHS) {
            throw new IllegalArgumentException(
                    "paths: " + collections.size() + " (expected: at most " + MAX_PATHS + ")");
        }
        if (parameters.size() > MAX_PARAMETERS) {
            throw new IllegalArgumentException(
                    "parameters: " + parameters.size() + " (expected: at most " + MAX_PARAMETERS + ")");
        }
        accepts = Set.copyOf(accepts);
        collections = List.copyOf(collections);
        parameters = Set.copyOf(parameters);
    }

    static FilterSection read(SpecReader section, RouteInfo route) {
        var schema =
                section.parsed("schema", text -> ResourceId.reference(route.id().team(), text));
        List<FilterDialect> accepts = section.choices("accepts", FilterDialect.class);
        FilterDialect emits = section.choice("emits", FilterDialect.class, FilterDialect.JSON);
        List<PathTemplate> paths = section.parsedList("paths", text -> path(text, route));
        List<String> parameters = section.parsedList("parameters", text -> parameter(text, emits));
        return section.build(() -> new FilterSection(
                schema.get(),
                accepts.isEmpty() ? Set.of(FilterDialect.JSON) : EnumSet.copyOf(accepts),
                emits,
                paths.isEmpty() ? List.of(closed(route.path())) : paths,
                Set.copyOf(parameters)));
    }

    /** The path that a route is about: what may follow it is about members of the collection there. */
    static PathTemplate closed(PathTemplate path) {
        if (!path.openEnded()) {
            return path;
        }
        String text = path.text().substring(0, path.text().length() - "/**".length());
        return PathTemplate.parse(text.isEmpty() ? "/" : text);
    }

    private static PathTemplate path(String text, RouteInfo route) {
        PathTemplate path = PathTemplate.parse(text);
        if (path.openEnded() || !route.path().contains(path)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a path without '**' within " + route.path() + ")");
        }
        return path;
    }

    private static String parameter(String text, FilterDialect emits) {
        if (text.isEmpty() || text.length() > MAX_NAME || QueryLanguage.isOurs(text) || emits.means(text)) {
            throw new IllegalArgumentException("'" + text
                    + "' (expected: the name of a parameter that says nothing about filter or order in "
                    + emits.word() + ")");
        }
        return text;
    }

    static boolean isOfPages(String parameter) {
        return OF_PAGES.contains(parameter);
    }

    boolean passes(String parameter) {
        return isOfPages(parameter) || parameters.contains(parameter);
    }

    String passing() {
        return java.util.stream.Stream.concat(OF_PAGES.stream(), parameters.stream())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    String summary() {
        return "Reads queries of "
                + collections.stream().map(PathTemplate::text).collect(Collectors.joining(", "))
                + " in "
                + accepts.stream().sorted().map(FilterDialect::word).collect(Collectors.joining(" or "))
                + ", holds them against schema " + schema
                + ", limits them to the caller's tenant and writes them in " + emits.word()
                + ": 400 for what the schema does not have, 422 for what " + emits.word() + " cannot say.";
    }
}

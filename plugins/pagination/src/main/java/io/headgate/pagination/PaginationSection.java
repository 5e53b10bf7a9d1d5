package io.headgate.pagination;

import io.headgate.api.PathTemplate;
import io.headgate.api.RouteInfo;
import io.headgate.api.SpecReader;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How a route's pages are asked for and answered.
 *
 * @param maxLimit more items than these are never asked of the backend for one page
 * @param collections the paths that answer in pages
 * @param reserved names of parameters, as a careless backend may read them, that no client may pass on
 */
record PaginationSection(
        Set<ClientDialect> accepts,
        UpstreamPages upstream,
        int maxLimit,
        PageFormat respond,
        List<PathTemplate> collections,
        Set<String> reserved)
        implements PageRules {

    private static final int DEFAULT_MAX_LIMIT = 100;
    private static final int HIGHEST_MAX_LIMIT = 10_000;
    private static final int MAX_PATHS = 20;

    PaginationSection {
        accepts = Set.copyOf(accepts);
        collections = List.copyOf(collections);
        reserved = Set.copyOf(reserved);
        if (collections.size() > MAX_PATHS) {
            throw new IllegalArgumentException(
                    "paths: " + collections.size() + " (expected: at most " + MAX_PATHS + ")");
        }
        if (respond == PageFormat.ENVELOPE && !accepts.contains(ClientDialect.CURSOR)) {
            throw new IllegalArgumentException(
                    "accepts: " + accepts + " (expected: cursor among them, as the envelope hands cursors out)");
        }
        boolean isCounted = upstream.dialect() == UpstreamDialect.OFFSET || upstream.dialect() == UpstreamDialect.PAGE;
        if (!isCounted && !accepts.equals(Set.of(ClientDialect.CURSOR))) {
            throw new IllegalArgumentException(
                    "accepts: " + accepts + " (expected: cursor alone, as the backend cannot be asked by number)");
        }
    }

    PaginationSection(
            Set<ClientDialect> accepts,
            UpstreamPages upstream,
            int maxLimit,
            PageFormat respond,
            List<PathTemplate> collections) {
        this(accepts, upstream, maxLimit, respond, collections, reserved(upstream));
    }

    private static Set<String> reserved(UpstreamPages upstream) {
        Set<String> reserved = new HashSet<>(PageQuestion.NAMES);
        reserved.add(UrlParameters.loose(upstream.limit()));
        upstream.position().map(UrlParameters::loose).ifPresent(reserved::add);
        return reserved;
    }

    static PaginationSection read(SpecReader section, RouteInfo route) {
        List<ClientDialect> accepts = section.choices("accepts", ClientDialect.class);
        var upstream = section.object("upstream", UpstreamPages::read);
        int maxLimit = section.integer("maxLimit", DEFAULT_MAX_LIMIT, 1, HIGHEST_MAX_LIMIT);
        PageFormat respond = section.choice("respond", PageFormat.class, PageFormat.ENVELOPE);
        List<PathTemplate> paths = section.parsedList("paths", text -> path(text, route));
        return section.build(() -> new PaginationSection(
                accepts.isEmpty() ? Set.of(ClientDialect.CURSOR) : EnumSet.copyOf(accepts),
                upstream.get(),
                maxLimit,
                respond,
                paths.isEmpty() ? List.of(closed(route.path())) : paths));
    }

    private static PathTemplate path(String text, RouteInfo route) {
        PathTemplate path = PathTemplate.parse(text);
        if (path.openEnded() || !route.path().contains(path)) {
            throw new IllegalArgumentException(
                    "'" + text + "' (expected: a path without '**' within " + route.path() + ")");
        }
        return path;
    }

    /** The path that a route is about: what may follow it is about members of the collection there. */
    private static PathTemplate closed(PathTemplate path) {
        if (!path.openEnded()) {
            return path;
        }
        String text = path.text().substring(0, path.text().length() - "/**".length());
        return PathTemplate.parse(text.isEmpty() ? "/" : text);
    }

    String summary() {
        String answer = respond == PageFormat.ENVELOPE
                ? "answers in the envelope {data, page}"
                : "leaves the backend's answer as it is (legacy, counted)";
        return "Reads pages of at most " + maxLimit + " items of "
                + collections.stream().map(PathTemplate::text).collect(Collectors.joining(", ")) + " by " + accepted()
                + ", asks the backend by "
                + upstream.dialect().name().toLowerCase(Locale.ROOT) + ", and " + answer
                + ": 400 for a cursor of another query or caller.";
    }
}

package io.headgate.pagination;

import io.headgate.api.SpecReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JsonPointer;

/**
 * How a backend is asked for a page, and where its answer has what.
 *
 * @param limit the parameter for the number of items
 * @param position the parameter for where to begin: its name is the dialect's
 * @param items where the items are; the root where the answer is a bare list
 * @param next where a backend with cursors puts the next one
 */
record UpstreamPages(
        UpstreamDialect dialect,
        String limit,
        Optional<String> position,
        JsonPointer items,
        Optional<JsonPointer> total,
        Optional<JsonPointer> next) {

    private static final Pattern PARAMETER = Pattern.compile("[A-Za-z0-9_.\\[\\]-]{1,64}");

    UpstreamPages {
        if ((dialect == UpstreamDialect.CURSOR) != next.isPresent()) {
            throw new IllegalArgumentException("next (expected: a JSON Pointer with dialect cursor, and only there)");
        }
    }

    static UpstreamPages read(SpecReader upstream) {
        UpstreamDialect dialect = upstream.choice("dialect", UpstreamDialect.class);
        String limit =
                upstream.optionalParsed("limit", UpstreamPages::parameter).orElse("limit");
        Optional<String> position = switch (dialect) {
            case OFFSET -> Optional.of(parameter(upstream, "offset"));
            case PAGE -> Optional.of(parameter(upstream, "page"));
            case CURSOR -> Optional.of(parameter(upstream, "cursor"));
            case LINK -> Optional.empty();
        };
        var items = upstream.parsed("items", UpstreamPages::pointer);
        Optional<JsonPointer> total = upstream.optionalParsed("total", UpstreamPages::pointer);
        Optional<JsonPointer> next = upstream.optionalParsed("next", UpstreamPages::pointer);
        return upstream.build(() -> new UpstreamPages(dialect, limit, position, items.get(), total, next));
    }

    /** The parameter for where to begin, with a dialect that has one. */
    String positionName() {
        return position.orElseThrow();
    }

    /** The names of the members that a pointer leads through. */
    static List<String> tokens(JsonPointer pointer) {
        List<String> tokens = new ArrayList<>();
        for (JsonPointer rest = pointer; !rest.matches(); rest = rest.tail()) {
            tokens.add(rest.getMatchingProperty());
        }
        return List.copyOf(tokens);
    }

    private static String parameter(SpecReader upstream, String member) {
        return upstream.optionalParsed(member, UpstreamPages::parameter).orElse(member);
    }

    static String parameter(String text) {
        if (!PARAMETER.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' (expected: the name of a query parameter)");
        }
        return text;
    }

    static JsonPointer pointer(String text) {
        try {
            return JsonPointer.compile(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + text + "' (expected: a JSON Pointer such as /items)", e);
        }
    }
}

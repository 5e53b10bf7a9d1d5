package io.headgate.pagination;

import io.headgate.api.PageRequest;
import io.headgate.pagination.UrlParameters.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which page a client asks for, as it asked.
 *
 * @param limit clamped to what the route allows; empty where the client named none
 * @param others the parameters that are not about pages, as they came
 */
record PageQuestion(Optional<Integer> limit, Start start, List<Parameter> others) {

    /** Where the client wants to begin. Each knows its place in the request, for whoever reads why it is refused. */
    sealed interface Start {
        record Beginning() implements Start {}

        record AtOffset(long items, String where) implements Start {}

        record AtPage(long number, String where) implements Start {}

        record AtCursor(String text, String where) implements Start {}
    }

    static final Set<String> NAMES = Set.of("limit", "cursor", "offset", "page", "per_page");

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final int QUOTED = 32;

    /** @param body what a body asked for, where the query came in one */
    static PageQuestion read(String rawQuery, PageRequest body, PageRules rules) {
        List<Parameter> others = new ArrayList<>();
        List<Asked> asked = new ArrayList<>();
        for (Parameter parameter : parameters(rawQuery)) {
            if (!rules.reserved().contains(parameter.looseName())) {
                others.add(parameter);
            } else if (NAMES.contains(parameter.name())) {
                asked.add(new Asked(parameter.name(), parameter.value(), "/" + parameter.name()));
            } else {
                throw Refusals.of(pointer(parameter.name()), "not a parameter of this API (expected: limit, cursor)");
            }
        }
        add("limit", body.limit(), asked);
        body.cursor().ifPresent(cursor -> asked.add(new Asked("cursor", cursor, "/page/cursor")));
        add("offset", body.offset(), asked);
        add("page", body.page(), asked);
        return new PageQuestion(limit(asked, rules), start(asked, rules), others);
    }

    private record Asked(String name, String value, String where) {
        boolean isLimit() {
            return name.equals("limit") || name.equals("per_page");
        }
    }

    private static List<Parameter> parameters(String rawQuery) {
        try {
            return UrlParameters.read(rawQuery);
        } catch (IllegalArgumentException e) {
            throw Refusals.of("", "not readable (expected: two hexadecimal digits behind '%')");
        }
    }

    private static void add(String name, OptionalLong value, List<Asked> asked) {
        value.ifPresent(number -> asked.add(new Asked(name, Long.toString(number), "/page/" + name)));
    }

    private static Optional<Integer> limit(List<Asked> asked, PageRules rules) {
        return only(asked.stream().filter(Asked::isLimit).toList()).map(limit -> {
            if (limit.name().equals("per_page")) {
                requireAccepted(limit, ClientDialect.PAGE, rules);
            }
            return (int) Math.min(number(limit, 1), rules.maxLimit());
        });
    }

    private static Start start(List<Asked> asked, PageRules rules) {
        Optional<Asked> start = only(asked.stream().filter(it -> !it.isLimit()).toList());
        if (start.isEmpty()) {
            return new Start.Beginning();
        }
        Asked it = start.get();
        return switch (it.name()) {
            case "offset" -> {
                requireAccepted(it, ClientDialect.OFFSET, rules);
                yield new Start.AtOffset(number(it, 0), it.where());
            }
            case "page" -> {
                requireAccepted(it, ClientDialect.PAGE, rules);
                yield new Start.AtPage(number(it, 1), it.where());
            }
            default -> {
                requireAccepted(it, ClientDialect.CURSOR, rules);
                yield new Start.AtCursor(it.value(), it.where());
            }
        };
    }

    private static Optional<Asked> only(List<Asked> asked) {
        if (asked.size() > 1) {
            throw Refusals.of(
                    asked.get(1).where(), "said twice, with " + asked.getFirst().where() + " (expected: once)");
        }
        return asked.stream().findFirst();
    }

    private static void requireAccepted(Asked asked, ClientDialect dialect, PageRules rules) {
        if (!rules.accepts().contains(dialect)) {
            throw Refusals.of(asked.where(), "not accepted here (expected: " + rules.accepted() + ")");
        }
    }

    private static long number(Asked asked, int least) {
        boolean isNumber = NUMBER.matcher(asked.value()).matches();
        long number = isNumber ? Long.parseLong(asked.value()) : -1;
        if (number < least) {
            throw Refusals.of(
                    asked.where(), "'" + excerpt(asked.value()) + "' (expected: a whole number from " + least + " on)");
        }
        return number;
    }

    private static String excerpt(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }

    private static String pointer(String name) {
        return "/" + excerpt(name).replace("~", "~0").replace("/", "~1").toLowerCase(Locale.ROOT);
    }
}

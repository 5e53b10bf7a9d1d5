package io.headgate.pagination;

import io.headgate.pagination.PageQuestion.Start;
import io.headgate.pagination.UrlParameters.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The page as its backend is asked for it, and what follows from the answer.
 *
 * @param limit the client's size of a page
 * @param count of items that this page may have: fewer than the limit only where it ends at a position
 * @param begin items before it, or its number, as the dialect counts
 * @param place the parameters that say where it begins
 */
record BackendPage(UpstreamPages upstream, int limit, int count, long begin, List<Parameter> place) {

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,18}");

    BackendPage {
        place = List.copyOf(place);
    }

    /** @param cursor what the client's cursor turned out to say, where it sent one */
    static BackendPage of(
            UpstreamPages upstream, Start start, Optional<Cursor> cursor, int limit, PaginationProperties limits) {
        return switch (upstream.dialect()) {
            case OFFSET -> byOffset(upstream, start, cursor, limit, limits);
            case PAGE -> byPage(upstream, start, cursor, limit, limits);
            case CURSOR ->
                new BackendPage(
                        upstream,
                        limit,
                        limit,
                        0,
                        token(cursor)
                                .map(token -> List.of(Parameter.of(upstream.positionName(), token)))
                                .orElse(List.of()));
            case LINK ->
                new BackendPage(
                        upstream,
                        limit,
                        limit,
                        0,
                        token(cursor).map(UrlParameters::read).orElse(List.of()));
        };
    }

    private static Optional<String> token(Optional<Cursor> cursor) {
        return cursor.map(it -> {
            if (!(it.position() instanceof Position.Token(String text))) {
                throw changed();
            }
            return text;
        });
    }

    private static BackendPage byOffset(
            UpstreamPages upstream, Start start, Optional<Cursor> cursor, int limit, PaginationProperties limits) {
        if (cursor.isPresent() && cursor.get().position() instanceof Position.Before(long end)) {
            int count = (int) Math.min(limit, end);
            return at(upstream, limit, count, end - count);
        }
        long offset = switch (start) {
            case Start.Beginning() -> 0;
            case Start.AtOffset(long items, String where) -> requireNear(items, where, limits);
            case Start.AtPage(long number, String where) -> requireNear(product(number - 1, limit), where, limits);
            case Start.AtCursor(String text, String where) -> requireNear(offset(cursor), where, limits);
        };
        return at(upstream, limit, limit, offset);
    }

    private static BackendPage at(UpstreamPages upstream, int limit, int count, long begin) {
        return new BackendPage(
                upstream, limit, count, begin, List.of(Parameter.of(upstream.positionName(), Long.toString(begin))));
    }

    private static long offset(Optional<Cursor> cursor) {
        if (cursor.isPresent() && cursor.get().position() instanceof Position.Offset(long items)) {
            return items;
        }
        throw changed();
    }

    private static BackendPage byPage(
            UpstreamPages upstream, Start start, Optional<Cursor> cursor, int limit, PaginationProperties limits) {
        long number = switch (start) {
            case Start.Beginning() -> 1;
            case Start.AtPage(long asked, String where) -> asked;
            case Start.AtOffset(long items, String where) -> {
                if (items % limit != 0) {
                    throw Refusals.of(where, items + " (expected: a multiple of the limit, " + limit + ")");
                }
                yield items / limit + 1;
            }
            case Start.AtCursor(String text, String where) -> {
                if (cursor.isEmpty() || !(cursor.get().position() instanceof Position.Page(long page))) {
                    throw changed();
                }
                if (cursor.get().limit() != limit) {
                    throw Refusals.of(
                            "/limit",
                            limit + " (expected: " + cursor.get().limit() + ", as on the page that the cursor is of)");
                }
                yield page;
            }
        };
        requireNear(product(number - 1, limit), "/page", limits);
        return at(upstream, limit, limit, number);
    }

    private static long product(long pages, int limit) {
        return pages > Long.MAX_VALUE / limit ? Long.MAX_VALUE : pages * limit;
    }

    private static long requireNear(long offset, String where, PaginationProperties limits) {
        if (offset > limits.maxOffset()) {
            throw Refusals.of(where, "too far (expected: at most " + limits.maxOffset() + " items on)");
        }
        return offset;
    }

    /** The cursor is ours and for this query, but the route has another dialect by now. */
    private static RuntimeException changed() {
        return Refusals.of("/cursor", "of another kind of pages (expected: begin anew, without a cursor)");
    }

    /** What the backend is told, beside the rest of the query. */
    List<Parameter> parameters(boolean looksAhead) {
        List<Parameter> parameters = new ArrayList<>(place);
        parameters.add(Parameter.of(upstream.limit(), Integer.toString(looksAhead ? count + 1 : count)));
        return parameters;
    }

    /** Whether one item more is asked for: only where pages are counted in items, and the backend does not say how many. */
    boolean canLookAhead() {
        return upstream.dialect() == UpstreamDialect.OFFSET && upstream.total().isEmpty();
    }

    /** Items after these are left out: where pages are counted in items, the next page begins with them. */
    long mostItems() {
        return upstream.dialect() == UpstreamDialect.OFFSET ? count : Long.MAX_VALUE;
    }

    /** Where the next page begins, if there is one. The links of the answer's head count for themselves. */
    Optional<Position> next(PageSeen seen) {
        return switch (upstream.dialect()) {
            case OFFSET ->
                hasMore(seen, begin) ? Optional.of(new Position.Offset(begin + seen.items())) : Optional.empty();
            case PAGE ->
                hasMore(seen, product(begin - 1, limit)) ? Optional.of(new Position.Page(begin + 1)) : Optional.empty();
            case CURSOR -> seen.next().filter(token -> !token.isEmpty()).map(Position.Token::new);
            case LINK -> Optional.empty();
        };
    }

    /** By the total where the backend tells it; else a page that is as full as it can be may have one after it. */
    private boolean hasMore(PageSeen seen, long before) {
        OptionalLong total = seen.total().filter(text -> COUNT.matcher(text).matches()).stream()
                .mapToLong(Long::parseLong)
                .findFirst();
        if (seen.isCut()) {
            return true;
        }
        if (total.isPresent()) {
            return seen.items() > 0 && before + seen.items() < total.getAsLong();
        }
        return !canLookAhead() && seen.items() >= count;
    }

    /** Where the page before this one begins, as far as that is known without the answer. */
    Optional<Position> previous() {
        return switch (upstream.dialect()) {
            case OFFSET -> begin > 0 ? Optional.of(new Position.Before(begin)) : Optional.empty();
            case PAGE -> begin > 1 ? Optional.of(new Position.Page(begin - 1)) : Optional.empty();
            case CURSOR, LINK -> Optional.empty();
        };
    }
}
